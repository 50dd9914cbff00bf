/*
 * Happy path: the candidate is taken apart; each set of parts that the attribution asks for is evaluated on
 * the session's loop as the candidate was, against the same base, whose answers are known by now; the
 * document and the offered patch are written.
 *
 * Failure modes: an evaluation that fails or is cancelled ends the series, and what is known is told. What
 * can't be taken apart is told and leaves the report as it is.
 */
#include "orchestrator/commands/attribute.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/attribution/document.h"
#include "orchestrator/attribution/shelf.h"
#include "policies/figure.h"
#include "policies/foreign.h"

#include <stdio.h>
#include <string.h>

struct attribute {
    const struct attribute_input *input;
    const struct evidence *whole; /* borrowed from the candidate's evaluation */
    const struct policy *policy;  /* likewise */
    struct known_base *known;     /* the base's answers; owned */
    struct parts parts;
    struct trials trials;
};

static void attribute_say(const struct attribute_input *input, const char *sentence)
{
    if (!input->quiet)
        fprintf(stderr, "cupel: %s\n", sentence);
}

/* A candidate like the whole, but for what it is and with whom it was tried. */
static int attribute_evaluate(const struct intake_request *request, size_t family_size, const char *name,
                              struct evidence *evidence, void *data, struct err *err)
{
    struct attribute *attribute = data;
    struct session *session = attribute->input->session;
    const struct evaluation_input *like = attribute->input->like;
    struct evaluation_input input = {.request = request,
                                     .base = request->base,
                                     .only = like->only,
                                     .timeout_s = like->timeout_s,
                                     .family_size = family_size,
                                     .family = PAIRS_ATTRIBUTION,
                                     .known_base = attribute->known};
    snprintf(session->progress.label, sizeof session->progress.label, "%s", name);
    struct single single;
    int code = single_evaluate(&single, session, attribute->input->identity, &input, err);
    session->progress.label[0] = '\0';
    if (code == 0)
        evaluation_take_evidence(single.evaluation, evidence);
    single_fini(&single);
    return code;
}

static double attribute_seconds(const struct evidence *whole)
{
    double seconds = 0;
    for (int i = 0; i < STAGE_COUNT; i++)
        seconds += whole->stages[i].seconds;
    return seconds;
}

/* What is about to be done and what it may cost. */
static void attribute_announce(const struct attribute *attribute)
{
    cleanup_text struct text words = {0};
    size_t most = attribution_family_size(attribute->parts.count);
    double seconds = attribute_seconds(attribute->whole);
    text_printf(&words, "the verdict is %s; now its parts, %zu of %zu %s, in at most %zu evaluations: about ",
                verdict_name(attribute->input->verdict), attribute->parts.count, attribute->parts.pieces,
                parts_kind_name(attribute->parts.kind), most);
    figure_append_seconds(&words, seconds * (double)most);
    bool measured = attribute->whole->stages[STAGE_MEASURE].outcome == STAGE_PASSED;
    text_append_string(&words, measured
                                   ? " if each takes as long as the candidate did, with measuring of at most "
                                   : " and the measuring that the candidate did not come to, of at most ");
    figure_append_seconds(&words, attribute->policy->time_budget_s);
    text_append_string(&words, " each; Ctrl-C keeps what is known");
    attribute_say(attribute->input, text_string(&words));
    if (attribute->parts.remark)
        attribute_say(attribute->input, attribute->parts.remark);
}

/* Names of whoever wrote the candidate go with each part of it: they can't sign that either. */
static void attribute_write_mail(const struct attribute *attribute, const char *name, const char *id,
                                 const char *bytes, size_t length, struct text *out)
{
    char *const *people = attribute->whole->people;
    text_append_string(out, "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n");
    for (size_t i = 0; people && people[i]; i++) {
        text_append_string(out, i == 0 ? "From: " : "Co-authored-by: ");
        foreign_append(out, people[i], 1000);
        if (i == 0)
            text_printf(out, "\nSubject: [PATCH] cupel: %s of report %s\n", name, id);
        text_append_char(out, '\n');
    }
    if (!people || !people[0])
        text_printf(out, "Subject: [PATCH] cupel: %s of report %s\n\n", name, id);
    text_append_string(out, "---\n");
    text_append(out, bytes, length);
}

/* Writes the offered parts as a patch. `offer` and *path stay empty where nothing is offered. */
static int attribute_offer(const struct attribute *attribute, const char *id, struct document_offer *offer,
                           struct digest *digest, char **path, struct err *err)
{
    const struct attribute_input *input = attribute->input;
    size_t offered = attribute->trials.attribution.offered;
    cleanup_free char *bytes = NULL;
    cleanup_text struct text mail = {0};
    size_t length;
    *offer = (struct document_offer){.digest = digest};
    if (offered == ATTRIBUTION_NONE)
        return 0;
    const struct trial *trial = &attribute->trials.items[offered];
    int code =
        parts_write(input->session->repository, &attribute->parts, &trial->set, &bytes, &length, digest, err);
    if (code < 0)
        return code;
    if (!bytes) {
        offer->why = "it changes a binary file, which no patch of ours holds";
        return 0;
    }
    cleanup_free char *name = trials_name(trial->parts);
    attribute_write_mail(attribute, name, id, bytes, length, &mail);
    code = shelf_write_patch(input->session->state, id, mail.data, mail.length, path, err);
    offer->file = *path;
    return code;
}

static int attribute_keep(const struct attribute *attribute, cJSON **attribution, struct err *err)
{
    const struct attribute_input *input = attribute->input;
    const cJSON *candidates = cJSON_GetObjectItemCaseSensitive(input->report, "candidates");
    const char *id =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(candidates, 0), "id"));
    cleanup_free char *path = NULL;
    struct document_offer offer;
    struct digest digest;
    int code = attribute_offer(attribute, id, &offer, &digest, &path, err);
    if (code < 0)
        return code;
    const struct document_input document = {
        .parts = &attribute->parts,
        .trials = &attribute->trials,
        .policy = attribute->policy,
        .context = input->context,
        .report = input->report,
        .report_digest = input->report_digest,
        .offer = attribute->trials.attribution.offered == ATTRIBUTION_NONE ? NULL : &offer,
    };
    *attribution = document_build(&document);
    code = shelf_write_document(input->session->state, id, *attribution, err);
    if (code < 0) {
        cJSON_Delete(*attribution);
        *attribution = NULL;
    }
    return code;
}

static int attribute_try_parts(struct attribute *attribute, cJSON **attribution, struct err *err)
{
    const struct attribute_input *input = attribute->input;
    struct session *session = input->session;
    const struct trials_input trials = {
        .repository = session->repository,
        .parts = &attribute->parts,
        .policy = attribute->policy,
        .whole = attribute->whole,
        .whole_verdict = input->verdict,
        .base = input->like->base,
        .evaluate = attribute_evaluate,
        .data = attribute,
    };
    attribute_announce(attribute);
    attribute->known = evaluation_take_base(input->evaluation);
    trials_run(&trials, &attribute->trials);
    if (attribute->trials.stopped && !session->caught)
        attribute_say(input, attribute->trials.stopped);
    int code = attribute_keep(attribute, attribution, err);
    trials_fini(&attribute->trials);
    known_base_free(attribute->known);
    return code;
}

/* Why there is nothing to try, a sentence; NULL: there is. */
static const char *attribute_find_obstacle(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_DOES_NOT_APPLY:
        return "no attribution: the candidate does not apply";
    case VERDICT_NO_EFFECT:
        return "no attribution: the candidate has no effect";
    case VERDICT_ERROR:
        return "no attribution: the candidate was not evaluated to its end";
    default:
        return NULL;
    }
}

int attribute_candidate(const struct attribute_input *input, cJSON **attribution, struct err *err)
{
    struct attribute attribute = {
        .input = input,
        .whole = evaluation_evidence(input->evaluation),
        .policy = &evaluation_configuration(input->evaluation)->policy,
    };
    *attribution = NULL;
    const char *obstacle = attribute_find_obstacle(input->verdict);
    if (obstacle) {
        attribute_say(input, obstacle);
        return 0;
    }
    int code = parts_find(input->session->repository, input->like->request, attribute.whole->patch_digest,
                          &attribute.parts, err);
    if (code < 0)
        return err_wrap(err, "take the candidate apart");
    if (attribute.parts.count < 2)
        attribute_say(input, "no attribution: the candidate is one part, there is nothing to take apart");
    else
        code = attribute_try_parts(&attribute, attribution, err);
    parts_fini(&attribute.parts);
    return code;
}
