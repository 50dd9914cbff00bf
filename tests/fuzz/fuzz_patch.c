/* Patches come from anybody. Whatever is accepted must
 * hold what the header promises, and apply without a fault. */
#include "base/text.h"
#include "orchestrator/repository/apply_text.h"
#include "policies/patch/placeholder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_check_hunk(const struct patch *patch, const struct patch_hunk *hunk)
{
    uint32_t old_count = 0, new_count = 0;
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct patch_line *line = &hunk->lines[i];
        fuzz_require(line->bytes >= patch->text && line->bytes + line->length <= patch->text + patch->length);
        fuzz_require(!memchr(line->bytes, '\n', line->length));
        old_count += line->kind != '+';
        new_count += line->kind != '-';
    }
    fuzz_require(old_count == hunk->old_count && new_count == hunk->new_count);
}

/* The old side of the hunks, as a file that they nearly fit, so that matching and searching are reached. */
static void fuzz_apply(struct patch *patch, const struct patch_file *file)
{
    struct text old = {0}, out = {0};
    char *failure = NULL;
    text_append_string(&old, "first\n");
    for (size_t i = 0; i < file->hunk_count; i++)
        for (size_t j = 0; j < file->hunks[i].line_count; j++) {
            const struct patch_line *line = &file->hunks[i].lines[j];
            if (line->kind == '+')
                continue;
            text_append(&old, line->bytes, line->length);
            text_append_string(&old, line->no_newline ? "" : "\n");
        }
    for (size_t skip = 0; skip <= 6; skip += 6) {
        bool applied = apply_text(patch, file, old.data + skip, old.length - skip, &out, &failure);
        fuzz_require(applied == (failure == NULL));
        free(failure);
        text_clear(&out);
    }
    text_fini(&old);
    text_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct patch patch;
    struct err err = {0};
    if (patch_parse(&patch, "fuzz.patch", (const char *)data, size, &err) < 0) {
        fuzz_require(err.code < 0 && err.message[0]);
        return 0;
    }
    fuzz_require(patch.file_count > 0);
    fuzz_require((patch_check_placeholders(&patch, "fuzz.patch", &err) < 0) == (err.code < 0));
    for (size_t i = 0; i < patch.file_count; i++) {
        const struct patch_file *file = &patch.files[i];
        const char *why;
        fuzz_require(file->old_path || file->new_path);
        fuzz_require((file->change == PATCH_ADD) == (file->old_path == NULL));
        fuzz_require((file->change == PATCH_DELETE) == (file->new_path == NULL));
        fuzz_require(patch_path_is_safe(patch_file_name(file), &why) == (why == NULL));
        for (size_t j = 0; j < file->hunk_count; j++)
            fuzz_check_hunk(&patch, &file->hunks[j]);
        fuzz_apply(&patch, file);
    }
    patch_fini(&patch);
    return 0;
}
