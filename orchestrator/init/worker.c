/* Workers: scripts that read lines of JSON and answer each with one, by their name and by what they call. */
#include "orchestrator/init/plan.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define WORKER_READ_MOST 64 /* files looked into */

/* What such a script can't do without; a call that only a comment names is a guess gone wrong, no harm. */
static const struct worker_language {
    const char *suffix;  /* of the file */
    const char *program; /* that runs it */
    const char *calls[3];
    const char *flush; /* without which an answer may stay in a buffer; NULL: written at once */
} worker_languages[] = {
    {".py", "python3", {"sys.stdin", "json.loads", "json.dumps"}, "flush"},
    {".js", "node", {"process.stdin", "JSON.parse", "JSON.stringify"}, NULL},
    {".mjs", "node", {"process.stdin", "JSON.parse", "JSON.stringify"}, NULL},
};

#define WORKER_LANGUAGES (sizeof worker_languages / sizeof *worker_languages)

static const struct worker_language *worker_language(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot || !init_is_plain(path) || init_is_side_program(path) || !strcasestr(name, "worker"))
        return NULL;
    for (size_t i = 0; i < WORKER_LANGUAGES; i++)
        if (strcmp(dot, worker_languages[i].suffix) == 0)
            return &worker_languages[i];
    return NULL;
}

static bool worker_answers(const struct worker_language *language, const char *text)
{
    for (size_t i = 0; i < sizeof language->calls / sizeof *language->calls; i++)
        if (!strstr(text, language->calls[i]))
            return false;
    return true;
}

/* Takes the place of what was found to run, which stays named. */
static void worker_take(const struct worker_language *language, const char *path, const char *text,
                        struct init_plan *plan)
{
    cleanup_free char *instead = STEAL(plan->run);
    free(STEAL(plan->run_name));
    plan->run_is_ambiguous = false;
    plan->worker = true;
    init_plan_run(plan, path, language->program, path, NULL);
    init_list_add(
        &plan->notes,
        "%s reads lines of JSON and writes some, so the workload is of kind worker: one process "
        "answers all samples, and is measured without its start-up. See that it writes one line for "
        "each line and nothing else.",
        path);
    if (language->flush && !strstr(text, language->flush))
        init_list_add(&plan->notes,
                      "%s doesn't seem to flush: an answer that stays in a buffer is no answer.", path);
    if (instead && strcmp(instead, plan->run) != 0)
        init_list_add(&plan->notes, "For a process a sample, kind command, \"run\" would be %s.", instead);
}

void init_detect_worker(const struct init_input *input, struct init_plan *plan)
{
    size_t looked = 0;
    for (size_t i = 0; i < input->count && looked < WORKER_READ_MOST; i++) {
        const char *path = input->files[i];
        const struct worker_language *language = worker_language(path);
        if (!language)
            continue;
        looked++;
        cleanup_free char *text = init_read_text(input, path);
        if (!text || !worker_answers(language, text))
            continue;
        if (plan->worker)
            init_plan_run(plan, path, language->program, path, NULL);
        else
            worker_take(language, path, text, plan);
    }
}
