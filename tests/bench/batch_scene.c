#include "tests/bench/batch_scene.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "tests/bench/batch_process.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PARTS 200 /* files that no proposal's tree changes, so that trees have some size */

static const char sum_c[] = "#include <stdio.h>\n"
                            "#include <stdlib.h>\n"
                            "\n"
                            "int main(int argc, char **argv)\n"
                            "{\n"
                            "    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;\n"
                            "    volatile unsigned long sum = 0;\n"
                            "    for (unsigned long round = 0; round < 3000000; round++)\n"
                            "        sum += round % (n + 7);\n"
                            "    printf(\"{\\\"n\\\": %lu, \\\"sum\\\": %lu}\\n\", n, sum);\n"
                            "    return 0;\n"
                            "}\n";

static const char cupel_json[] =
    "{\n"
    "  \"version\": 1,\n"
    "  \"build\": [[\"make\"]],\n"
    "  \"workloads\": [\n"
    "    { \"name\": \"sum\", \"kind\": \"command\", \"run\": [\"./sum\"], \"samples\": \"sum.jsonl\" }\n"
    "  ]\n"
    "}\n";

static const char samples[] = "{\"id\": \"zero\", \"args\": [\"0\"]}\n"
                              "{\"id\": \"one\", \"args\": [\"1\"]}\n"
                              "{\"id\": \"ten\", \"args\": [\"10\"]}\n"
                              "{\"id\": \"big\", \"args\": [\"4000000\"]}\n";

static void scene_write(const char *folder, const char *name, const char *content)
{
    cleanup_free char *path = memory_format("%s/%s", folder, name);
    cleanup_file FILE *file = fopen(path, "we");
    if (!file || fputs(content, file) < 0) {
        fprintf(stderr, "bench_batch: can't write %s\n", path);
        exit(1);
    }
}

void batch_scene_make_repository(const char *folder)
{
    cleanup_free char *parts = memory_format("%s/parts", folder);
    (void)mkdir(parts, 0755);
    for (int i = 0; i < PARTS; i++) {
        cleanup_text struct text content = {0};
        cleanup_free char *name = memory_format("part-%03d.c", i);
        for (int line = 0; line < 60; line++)
            text_printf(&content, "int part_%d_%d(int x)\n{\n    return x + %d;\n}\n\n", i, line, line);
        scene_write(parts, name, text_string(&content));
    }
    scene_write(folder, "sum.c", sum_c);
    scene_write(folder, "Makefile", "sum: sum.c\n\t$(CC) -O1 -o $@ sum.c\n");
    scene_write(folder, "cupel.json", cupel_json);
    scene_write(folder, "sum.jsonl", samples);
    scene_write(folder, ".gitignore", "/sum\n");
    batch_process_must((const char *const[]){"git", "-C", folder, "init", "-q", "-b", "main", NULL});
    batch_process_must((const char *const[]){"git", "-C", folder, "add", "-A", NULL});
    batch_process_must((const char *const[]){"git", "-C", folder, "-c", "user.name=Bench", "-c",
                                             "user.email=bench@example.org", "commit", "-q", "-m",
                                             "Add a program", NULL});
}

/* A hunk of one file that takes the old line, between its neighbours, for the new one. */
static void scene_diff(struct text *out, const char *file, int line, const char *before, const char *old,
                       const char *new, const char *after)
{
    text_printf(out, "diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -%d,3 +%d,3 @@\n", file, file, file, file,
                line, line);
    text_printf(out, " %s\n-%s\n+%s\n %s\n", before, old, new, after);
}

static void scene_diff_sum(struct text *out, const char *new)
{
    scene_diff(out, "sum.c", 8, "    for (unsigned long round = 0; round < 3000000; round++)",
               "        sum += round % (n + 7);", new,
               "    printf(\"{\\\"n\\\": %lu, \\\"sum\\\": %lu}\\n\", n, sum);");
}

/* Another statement each, and the same answers at about the same speed. */
static void scene_diff_tree(const struct batch_scene *scene, struct text *out, size_t tree)
{
    cleanup_free char *built =
        memory_format("        sum += (round + %zuUL * (n + 7)) %% (n + 7);", tree + 1);
    cleanup_free char *broken = memory_format("        sum += round %% (n + 7) + nothing_%zu;", tree);
    scene_diff_sum(out, tree < scene->built ? built : broken);
}

static void scene_proposal(const struct batch_scene *scene, size_t number, struct text *out)
{
    static const char same[] = "        sum += round % (n + 7);";
    cleanup_free char *part = memory_format("parts/part-%03zu.c", number % PARTS);
    cleanup_free char *line = memory_format("    return %zu;", number);
    cleanup_free char *loose = memory_format("  // noise floor %zu", number);
    switch (number % 20) {
    case 9:
    case 10:
    case 11:
        scene_diff(out, "cupel.json", 1, "{", "  \"version\": 1,", loose, "  \"build\": [[\"make\"]],");
        break;
    case 12:
    case 13:
        scene_diff_sum(out, same);
        break;
    case 14:
        text_printf(out, "Sorry, I could not find a way to make number %zu faster.\n", number);
        break;
    case 15:
    case 16:
    case 17:
    case 18:
    case 19:
        scene_diff_tree(scene, out, (number / 20 * 5 + number % 20 - 15) % scene->trees);
        break;
    default: /* against a file as it never was */
        scene_diff(out, part, 12, "int walk(struct list *list)", "    return list->count;", line, "}");
    }
}

void batch_scene_write_proposals(const struct batch_scene *scene, const char *path, const char *patches)
{
    cleanup_file FILE *file = fopen(path, "we");
    for (size_t i = 0; file && i < scene->proposals; i++) {
        cleanup_text struct text diff = {0};
        cleanup_free char *id = memory_format("proposal-%05zu", i);
        cleanup_free char *name = memory_format("%zu.patch", i);
        scene_proposal(scene, i, &diff);
        cJSON *record = cJSON_CreateObject();
        cJSON_AddStringToObject(record, "id", id);
        cJSON_AddStringToObject(record, "diff", text_string(&diff));
        cJSON_AddStringToObject(record, "model", "model-x");
        cJSON_AddStringToObject(record, "rationale", "Does less in the inner loop.");
        cleanup_free char *words = cJSON_PrintUnformatted(record);
        cJSON_Delete(record);
        fprintf(file, "%s\n", words);
        if (patches)
            scene_write(patches, name, text_string(&diff));
    }
    if (file && fflush(file) == 0)
        return;
    fprintf(stderr, "bench_batch: can't write %s\n", path);
    exit(1);
}
