#include "orchestrator/report/parts_words.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "policies/attribution.h"
#include "policies/figure.h"

#include <math.h>
#include <string.h>

static const struct {
    enum attribution_class class;
    const char *words;
} parts_classes[] = {
    {ATTRIBUTION_CARRIES, "carries"},
    {ATTRIBUTION_NOTHING, "carries nothing"},
    {ATTRIBUTION_HARMS, "harms"},
    {ATTRIBUTION_BREAKS, "breaks"},
    {ATTRIBUTION_DEPENDS, "can't stand alone"},
    {ATTRIBUTION_UNDECIDED, "undecided"},
};

static bool parts_is(const cJSON *part, enum attribution_class class)
{
    return strcmp(member_string(part, "class"), attribution_class_name(class)) == 0;
}

const char *parts_class_words(const cJSON *part)
{
    for (size_t i = 0; i < sizeof parts_classes / sizeof *parts_classes; i++)
        if (parts_is(part, parts_classes[i].class))
            return parts_classes[i].words;
    return "unknown";
}

bool parts_is_carrying(const cJSON *part)
{
    return parts_is(part, ATTRIBUTION_CARRIES);
}

bool parts_is_bad(const cJSON *part)
{
    return parts_is(part, ATTRIBUTION_HARMS) || parts_is(part, ATTRIBUTION_BREAKS);
}

/* "part 1", "parts 1, 3 and 4" */
static void parts_append_numbers(struct text *out, const cJSON *object, const char *key)
{
    size_t left = member_count(object, key);
    text_append_string(out, left == 1 ? "part " : "parts ");
    for (const cJSON *each = member_first(object, key); each; each = each->next) {
        left--;
        figure_append_count(out, cJSON_IsNumber(each) ? each->valuedouble : NAN);
        text_append_string(out, left == 0 ? "" : left == 1 ? " and " : ", ");
    }
}

void parts_append_headline(struct text *out, const cJSON *attribution)
{
    const cJSON *family = member_get(attribution, "family");
    double parts = (double)member_count(attribution, "parts"), pieces = member_number(attribution, "pieces");
    const char *split = member_string(attribution, "split");
    const char *words = strcmp(split, "commits") == 0 ? "commits"
                        : strcmp(split, "mails") == 0 ? "mails"
                                                      : "hunks";
    figure_append_count(out, pieces);
    text_printf(out, " %s", words);
    if (pieces > parts) {
        text_append_string(out, " in ");
        figure_append_count(out, parts);
        text_append_string(out, " parts, neighbours put together");
    }
    text_append_string(out, ": each alone, then one added after the other. Exploratory, up to ");
    figure_append_count(out, member_number(family, "size"));
    text_append_string(out, " tries held against each other; the verdict of the whole stays what it is");
    if (*member_string(attribution, "stopped"))
        text_append_string(out, ". It was ended before all were evaluated");
}

static void parts_append_gain(struct text *out, const cJSON *object)
{
    struct gain gain = member_gain(object);
    figure_append_gain(out, &gain, "");
}

/* Alone, or in what company the figure was found. */
static void parts_append_company(struct text *out, const cJSON *part)
{
    if (!member_is_true(part, "by_step")) {
        text_append_string(out, " alone");
    } else if (member_count(part, "before") > 0) {
        text_append_string(out, " when added to ");
        parts_append_numbers(out, part, "before");
    } else {
        text_append_string(out, ", only as ");
        parts_append_numbers(out, member_get(part, "cumulative"), "parts");
        text_append_string(out, " together");
    }
}

/* What the set said that the class was found by: its reason. */
static void parts_append_reason(struct text *out, const cJSON *part, ranked_escape *escape)
{
    const cJSON *set = member_get(part, member_is_true(part, "by_step") ? "cumulative" : "alone");
    parts_append_company(out, part);
    text_append_string(out, *member_string(set, "reason") ? ": " : "");
    escape(out, member_string(set, "reason"), CARD_VALUE_MAX);
}

/* Why it was not tried alone, or what came of that. */
static void parts_append_dependence(struct text *out, const cJSON *part)
{
    static const struct {
        enum verdict verdict;
        const char *words;
    } verdicts[] = {{VERDICT_DOES_NOT_BUILD, "does not build alone"},
                    {VERDICT_DOES_NOT_START, "does not start alone"}};
    const cJSON *first = member_first(part, "needs");
    bool itself = cJSON_IsNumber(first) && first->valuedouble == member_number(part, "id");
    if (itself) {
        text_append_string(out, "does not apply as a patch");
    } else if (first) {
        text_append_string(out, "needs ");
        parts_append_numbers(out, part, "needs");
    }
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        if (strcmp(member_string(member_get(part, "alone"), "verdict"), verdict_name(verdicts[i].verdict)) ==
            0)
            text_append_string(out, verdicts[i].words);
}

void parts_append_sentence(struct text *out, const cJSON *part, ranked_escape *escape)
{
    struct text dependence cleanup_text = {0};
    escape(out, member_string(part, "name"), CARD_VALUE_MAX);
    parts_append_dependence(&dependence, part);
    text_append_string(out, ":");
    if (dependence.length > 0)
        text_printf(out, " %s", text_string(&dependence));
    if (parts_is_bad(part)) {
        text_append_string(out, dependence.length > 0 ? ";" : "");
        parts_append_reason(out, part, escape);
    } else if (!member_is_true(part, "by_step") && strcmp(member_string(member_get(part, "alone"), "verdict"),
                                                          verdict_name(VERDICT_NO_EFFECT)) == 0) {
        text_append_string(out, " no effect");
    } else if (member_gain(part).known) {
        text_append_string(out, dependence.length > 0 ? "; " : " ");
        parts_append_gain(out, part);
        parts_append_company(out, part);
    } else if (dependence.length == 0) {
        const cJSON *alone = member_get(part, "alone");
        text_append_string(out, cJSON_IsObject(alone) ? " no figure" : " not evaluated");
    }
    if (member_is_true(part, "needed") && parts_is(part, ATTRIBUTION_NOTHING))
        text_append_string(out, "; others don't stand without it");
}

void parts_append_offer(struct text *out, const cJSON *attribution, ranked_escape *escape)
{
    const cJSON *offered = member_get(attribution, "offered");
    if (!cJSON_IsObject(offered)) {
        text_append_string(out, "no smaller set of parts passes and keeps nine tenths of the gain");
        return;
    }
    double keeps = member_number(offered, "keeps");
    parts_append_numbers(out, offered, "parts");
    text_append_string(out, " alone ");
    if (isfinite(keeps)) {
        text_append_string(out, member_count(offered, "parts") == 1 ? "keeps " : "keep ");
        figure_append_share(out, round(keeps * 100) / 100);
        text_append_string(out, " of the gain: ");
    } else {
        text_append_string(out, member_count(offered, "parts") == 1 ? "passes: " : "pass: ");
    }
    parts_append_gain(out, offered);
    text_append_string(out, ". A candidate of its own, to be evaluated afresh");
    if (*member_string(offered, "why_no_file")) {
        text_append_string(out, "; no file was written: ");
        escape(out, member_string(offered, "why_no_file"), CARD_VALUE_MAX);
    }
}
