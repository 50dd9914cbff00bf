/* One finding asked again: the one sample that shows it instead of all of its workload. */
#include "base/cleanup.h"
#include "base/text.h"
#include "orchestrator/evaluation/state.h"

#include <string.h>

/* The line of a sample that is among the workload's own. */
static int replay_find(const struct sample_set *set, const char *id, struct text *line, struct err *err)
{
    size_t at = 0;
    while (at < set->count && strcmp(set->items[at].id, id) != 0)
        at++;
    if (at == set->count)
        return err_set(
            err, ERR_NOT_FOUND,
            "the sample \"%s\" is not in %s (it may have been made for the evaluation); give what is "
            "to be asked with --input FILE",
            id, set->path);
    if (!samples_write_line(&set->items[at], line))
        return err_set(err, ERR_INVALID, "the sample \"%s\" holds bytes that are no UTF-8", id);
    return 0;
}

int replay_narrow(struct evaluation *evaluation, struct err *err)
{
    struct evaluation_replay *replay = evaluation->input.replay;
    struct sample_set *set = &evaluation->cases[0].samples;
    cleanup_text struct text line = {0};
    if (!replay->line) {
        if (replay_find(set, replay->sample, &line, err) < 0)
            return err->code;
        replay->line = text_take(&line);
    }
    if (samples_replace(set, replay->name, replay->line, strlen(replay->line), err) < 0)
        return err->code;
    if (set->count != 1)
        return err_set(err, ERR_INVALID, "%s: %zu samples; one is asked again at a time", replay->name,
                       set->count);
    return 0;
}
