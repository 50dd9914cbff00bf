#include "orchestrator/signoff/ruling.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/signoff/keygen.h"
#include "policies/foreign.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define RULING_NAME_MAX   80  /* bytes shown of a name */
#define RULING_REASON_MAX 300 /* bytes shown of a reason */
#define RULING_SKEW_S     300 /* by how much a signer's clock may be ahead of ours */
#define RULING_DIGEST     19  /* characters shown of "sha256:…" */
#define DAY_S             86400

static const char *const ruling_names[] = {[RULING_AWAITING] = "awaiting",
                                           [RULING_APPROVED] = "approved",
                                           [RULING_REJECTED] = "rejected",
                                           [RULING_STALE] = "stale",
                                           [RULING_REFUSED] = "refused"};
static const int ruling_statuses[] = {[RULING_AWAITING] = 5,
                                      [RULING_APPROVED] = 0,
                                      [RULING_REJECTED] = 8,
                                      [RULING_STALE] = 6,
                                      [RULING_REFUSED] = 8};

const char *ruling_state_name(enum ruling_state state)
{
    return ruling_names[state];
}

const char *ruling_view_state(const struct ruling *ruling)
{
    if (ruling->state != RULING_REFUSED)
        return ruling_names[ruling->state];
    return ruling_names[ruling->rejected ? RULING_REJECTED : RULING_AWAITING];
}

char *ruling_mail(const char *person)
{
    const char *open = strrchr(person, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    if (close)
        person = open + 1;
    person += strspn(person, " \t");
    size_t length = close && close > person ? (size_t)(close - person) : close ? 0 : strlen(person);
    while (length > 0 && isspace((unsigned char)person[length - 1]))
        length--;
    return memory_copy_bytes(person, length);
}

static bool ruling_matches(const char *glob, const char *name)
{
    cleanup_free char *low_glob = memory_copy_string(glob);
    cleanup_free char *low_name = memory_copy_string(name);
    for (char *at = low_glob; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    for (char *at = low_name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return policy_glob_matches(low_glob, low_name);
}

static bool ruling_any_matches(char *const *globs, const char *const *names)
{
    for (; globs && *globs; globs++)
        for (const char *const *name = names; *name; name++)
            if (ruling_matches(*globs, *name))
                return true;
    return false;
}

static bool ruling_wrote_it(char *const *people, const char *const *names)
{
    for (; people && *people; people++) {
        cleanup_free char *mail = ruling_mail(*people);
        for (const char *const *name = names; *name; name++)
            if (strcasecmp(mail, *name) == 0)
                return true;
    }
    return false;
}

const char *ruling_excludes(const struct circumstances *now, const char *const *names)
{
    const struct policy_sign_off *rule = now->rule;
    if (!rule)
        return NULL;
    if (ruling_any_matches(rule->bots, names))
        return "is a program by the policy's sign_off.bots";
    if (rule->exclude_author && ruling_wrote_it(now->people, names))
        return "wrote, committed or co-authored the patch";
    if (rule->signers && *rule->signers && !ruling_any_matches(rule->signers, names))
        return "is not among the policy's sign_off.signers";
    return NULL;
}

/* Why a decision does not hold whatever else is true: appended
 * behind "the decision of NAME "; false: it does. */
static bool ruling_voids(const struct subject *subject, const struct circumstances *now,
                         const struct vote *vote, struct text *words)
{
    const struct statement *statement = vote->statement;
    const char *difference = subject_difference(subject, &statement->subject);
    if (vote->signature == VOTE_NAMESPACE) {
        text_append_string(words, "was signed for another purpose (namespace ");
        foreign_append_quoted(words, vote->name_space, RULING_NAME_MAX);
        text_append_string(words, ", not \"" KEYGEN_NAMESPACE "\")");
    } else if (vote->signature == VOTE_UNKNOWN_KEY)
        text_printf(words, "is signed with key %s, which the allowed signers don't list under that name",
                    vote->key);
    else if (vote->signature == VOTE_REVOKED)
        text_printf(words, "is signed with key %s, which was revoked", vote->key);
    else if (vote->signature == VOTE_BAD)
        text_append_string(words,
                           "does not verify: it was changed, or the list doesn't let its key sign this now "
                           "(namespaces, valid-after, valid-before)");
    else if (difference && strcmp(difference, "report") == 0)
        text_printf(words, "is about another report (%.*s…)", RULING_DIGEST, statement->subject.report);
    else if (difference)
        text_printf(words, "names another %s than its report", difference);
    else if (strcmp(statement->repository_root, now->repository_root) != 0 ||
             (now->repository_name &&
              (!statement->repository_name || strcmp(statement->repository_name, now->repository_name) != 0)))
        text_append_string(words, "was made for another repository");
    else if (statement->issued_s > now->now_s + RULING_SKEW_S)
        text_printf(words, "is dated in the future (%s)", statement->issued);
    else
        return false;
    return true;
}

static bool ruling_expired(const struct circumstances *now, const struct statement *statement,
                           struct text *words)
{
    int64_t age = (int64_t)(now->rule ? now->rule->expires_days : 0) * DAY_S;
    if (now->now_s >= statement->expires_s)
        text_printf(words, "expired (%s)", statement->expires);
    else if (age > 0 && now->now_s >= statement->issued_s + age)
        text_printf(words, "expired: it is older than the policy's %u days",
                    (unsigned)now->rule->expires_days);
    else
        return false;
    return true;
}

/* Do two votes come from one person: the same key, or a name in common? */
static bool ruling_same_person(const struct vote *one, const struct vote *two)
{
    if (strcmp(one->key, two->key) == 0)
        return true;
    for (const char *const *a = one->names; *a; a++)
        for (const char *const *b = two->names; *b; b++)
            if (strcasecmp(*a, *b) == 0)
                return true;
    return false;
}

/* Did the same person say something later? At the same second the rejection counts. */
static bool ruling_superseded(const struct vote *votes, const bool *sound, size_t count, size_t index)
{
    for (size_t i = 0; i < count; i++) {
        if (i == index || !sound[i] || !ruling_same_person(&votes[i], &votes[index]))
            continue;
        int64_t other = votes[i].statement->issued_s, own = votes[index].statement->issued_s;
        bool rejects = !votes[i].statement->approve && votes[index].statement->approve;
        bool equal = votes[i].statement->approve == votes[index].statement->approve && i > index;
        if (other > own || (other == own && (rejects || equal)))
            return true;
    }
    return false;
}

/* What is being weighed; words that wait until it is known whether they matter. */
struct ruling_work {
    const struct subject *subject;
    const struct circumstances *now;
    const struct vote *votes;
    size_t count;          /* of votes */
    bool *sound;           /* by vote: signed by somebody of the list, about this report, here */
    struct text unsound;   /* why the first that isn't does not hold */
    struct text uncounted; /* why the first sound one does not count */
};

static void ruling_name(struct text *words, const struct vote *vote)
{
    foreign_append(words, vote->statement->signer, RULING_NAME_MAX);
}

static void ruling_sort_out(struct ruling_work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        cleanup_text struct text why = {0};
        work->sound[i] = !ruling_voids(work->subject, work->now, &work->votes[i], &why);
        if (work->sound[i] || work->unsound.length > 0)
            continue;
        text_append_string(&work->unsound, "the decision of ");
        ruling_name(&work->unsound, &work->votes[i]);
        text_printf(&work->unsound, " %s", text_string(&why));
    }
}

static bool ruling_end(struct ruling *ruling, enum ruling_state state)
{
    ruling->state = state;
    ruling->exit_status = ruling_statuses[state];
    return true;
}

/* The first sound rejection that its signer did not take back, or NULL. */
static const struct vote *ruling_find_rejection(const struct ruling_work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        const struct vote *vote = &work->votes[i];
        if (!work->sound[i] || vote->statement->approve ||
            ruling_superseded(work->votes, work->sound, work->count, i) ||
            (work->now->rule && ruling_any_matches(work->now->rule->bots, vote->names)))
            continue;
        return vote;
    }
    return NULL;
}

static void ruling_tell_rejection(struct ruling *ruling, const struct vote *vote)
{
    ruling_end(ruling, RULING_REJECTED);
    ruling_name(&ruling->words, vote);
    text_append_string(&ruling->words, " rejected it");
    if (vote->statement->reason) {
        text_append_string(&ruling->words, ": ");
        foreign_append_quoted(&ruling->words, vote->statement->reason, RULING_REASON_MAX);
    }
}

/* "the NAME changed since the report was made (… then, … now)" */
static bool ruling_tell_change(struct ruling *ruling, const char *name, const char *then, const char *now,
                               const char *unread_why)
{
    if (now && strcmp(then, now) == 0)
        return false;
    text_printf(&ruling->words, "the %s changed since the report was made (%.*s… then, ", name, RULING_DIGEST,
                then);
    if (now)
        text_printf(&ruling->words, "%.*s… now", RULING_DIGEST, now);
    else
        text_append_string(&ruling->words, "none that can be read now");
    if (!now && unread_why) {
        text_append_string(&ruling->words, ": ");
        foreign_append(&ruling->words, unread_why, RULING_REASON_MAX);
    }
    text_append_string(&ruling->words, "): evaluate the candidate again, or name the --config that it was "
                                       "evaluated with");
    return ruling_end(ruling, RULING_STALE);
}

static bool ruling_has_moved(struct ruling *ruling, const struct ruling_work *work)
{
    static const char *const words[] = {
        [MERGED_DIFFERENT] = "merging gives another tree than the one that was measured: evaluate the "
                             "candidate again, on top of that",
        [MERGED_CONFLICT] = "the candidate no longer merges: make it again on top of that",
        [MERGED_UNKNOWN] = "the patch is not here to see what merging gives: name it with --patch FILE",
    };
    const struct subject *subject = work->subject;
    enum merged merged = work->now->merged;
    if (merged == MERGED_UNMOVED || merged == MERGED_SAME)
        return false;
    if (merged == MERGED_FOREIGN)
        text_printf(
            &ruling->words,
            "this repository does not have the report's base commit %.12s: it is another repository's "
            "report, or git fetch is due",
            subject->base_commit);
    else {
        text_printf(&ruling->words, "the base moved: ");
        foreign_append(&ruling->words, work->now->trust_ref, RULING_NAME_MAX);
        text_printf(&ruling->words, " is no longer at %.12s, and %s", subject->base_commit, words[merged]);
    }
    return ruling_end(ruling, RULING_STALE);
}

static bool ruling_is_stale(struct ruling *ruling, const struct ruling_work *work)
{
    const struct subject *subject = work->subject;
    const struct circumstances *now = work->now;
    if (now->merged == MERGED_FOREIGN)
        return ruling_has_moved(ruling, work);
    bool head = subject->candidate_commit && now->head && strcmp(subject->candidate_commit, now->head) != 0;
    if (head || now->head_differs) {
        text_printf(&ruling->words, "the head changed: it is at %.12s and not what was evaluated",
                    now->head ? now->head : "another commit");
        if (subject->candidate_commit)
            text_printf(&ruling->words, " (%.12s)", subject->candidate_commit);
        return ruling_end(ruling, RULING_STALE);
    }
    if (ruling_tell_change(ruling, "configuration", subject->configuration, now->configuration,
                           now->unread_why) ||
        ruling_tell_change(ruling, "policy", subject->policy, now->policy, now->unread_why))
        return true;
    for (size_t i = 0; i < subject->sample_count; i++)
        if (now->samples[i] &&
            ruling_tell_change(ruling, "samples", subject->samples[i].digest, now->samples[i], NULL))
            return true;
    return ruling_has_moved(ruling, work);
}

/* Why a sound approval does not count, kept for the words; true: it counts. */
static bool ruling_counts(struct ruling *ruling, struct ruling_work *work, size_t index)
{
    const struct vote *vote = &work->votes[index];
    cleanup_text struct text why = {0};
    const char *excluded = ruling_excludes(work->now, vote->names);
    struct text *words = excluded ? &work->uncounted : &work->unsound;
    if (excluded)
        text_append_string(&why, excluded);
    else if (!ruling_expired(work->now, vote->statement, &why)) {
        for (size_t i = 0; i < ruling->count; i++)
            if (ruling_same_person(&work->votes[ruling->counted[i]], vote))
                return false;
        return true;
    }
    if (words->length == 0) {
        text_append_string(words, excluded ? "" : "the approval of ");
        ruling_name(words, vote);
        text_printf(words, " %s%s", excluded ? "does not count: it " : "", text_string(&why));
    }
    return false;
}

static void ruling_count(struct ruling *ruling, struct ruling_work *work)
{
    ruling->counted = memory_zeroed((work->count + 1) * sizeof *ruling->counted);
    for (size_t i = 0; i < work->count; i++)
        if (work->sound[i] && work->votes[i].statement->approve &&
            !ruling_superseded(work->votes, work->sound, work->count, i) && ruling_counts(ruling, work, i))
            ruling->counted[ruling->count++] = i;
}

static void ruling_tell_approval(struct ruling *ruling, const struct ruling_work *work)
{
    text_append_string(&ruling->words, "approved by ");
    for (size_t i = 0; i < ruling->count; i++) {
        text_append_string(&ruling->words, i == 0 ? "" : ", ");
        ruling_name(&ruling->words, &work->votes[ruling->counted[i]]);
    }
    if (work->now->merged == MERGED_SAME)
        text_append_string(&ruling->words, "; the base moved, and merging still gives the measured tree");
}

static void ruling_weigh(struct ruling *ruling, struct ruling_work *work)
{
    size_t needed = work->now->rule ? work->now->rule->signatures : 1;
    ruling_count(ruling, work);
    if (ruling->count >= needed) {
        ruling_end(ruling, RULING_APPROVED);
        ruling_tell_approval(ruling, work);
        return;
    }
    if (work->unsound.length > 0) {
        ruling_end(ruling, RULING_STALE);
        text_append_string(&ruling->words, text_string(&work->unsound));
        return;
    }
    ruling_end(ruling, RULING_AWAITING);
    text_printf(&ruling->words, "%zu of %zu signature%s: cupel sign %s", ruling->count, needed,
                needed == 1 ? "" : "s", work->subject->id);
    if (work->now->signers_why)
        text_printf(&ruling->words, "; nobody may sign yet: %s", work->now->signers_why);
    else if (work->uncounted.length > 0)
        text_printf(&ruling->words, "; %s", text_string(&work->uncounted));
}

void ruling_make(struct ruling *ruling, const struct subject *subject, const struct circumstances *now,
                 const struct vote *votes, size_t vote_count)
{
    struct ruling_work work = {.subject = subject,
                               .now = now,
                               .votes = votes,
                               .count = vote_count,
                               .sound = memory_zeroed(vote_count + 1)};
    *ruling = (struct ruling){0};
    ruling_sort_out(&work);
    const struct vote *rejection = ruling_find_rejection(&work);
    ruling->rejected = rejection != NULL;
    if (strcmp(subject->verdict, "recommended") != 0) {
        ruling_end(ruling, RULING_REFUSED);
        text_printf(&ruling->words, "the verdict is ");
        foreign_append(&ruling->words, subject->verdict, RULING_NAME_MAX);
        text_append_string(&ruling->words, ": only a recommended candidate may be merged");
    } else if (rejection)
        ruling_tell_rejection(ruling, rejection);
    else if (!ruling_is_stale(ruling, &work))
        ruling_weigh(ruling, &work);
    free(work.sound);
    text_fini(&work.unsound);
    text_fini(&work.uncounted);
}

void ruling_fini(struct ruling *ruling)
{
    text_fini(&ruling->words);
    free(ruling->counted);
    *ruling = (struct ruling){0};
}
