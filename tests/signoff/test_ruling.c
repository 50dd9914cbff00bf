/* The ruling over facts: what keeps an approval, what voids it, who counts. */
#include "base/memory.h"
#include "orchestrator/signoff/ruling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW      1772366400 /* 2026-03-01T12:00:00Z */
#define DAY      86400
#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define OID_A    "1111111111111111111111111111111111111111"
#define OID_B    "2222222222222222222222222222222222222222"
#define S(text)  ((char *)(uintptr_t)(text))

/* A report by ada, up to three decisions on it, and how things stand; bent by each case. */
struct scene {
    struct subject_samples samples[1];
    struct subject subject;
    struct policy_sign_off rule;
    struct circumstances now;
    const char *current[1]; /* samples' digests now */
    struct statement statements[3];
    const char *names[3][3];
    struct vote votes[3];
    size_t votes_cast;
};

static char *ada[] = {S("Ada Example <Ada@Example.org>"), S("Cy <cy@example.org>"), NULL};
static char *bots[] = {S("*[bot]@*"), NULL};
static char *nobody[] = {NULL};
static const char *const signers[] = {"kim@example.org", "lee@example.org", "ada@example.org"};
static const char *const keys[] = {"SHA256:kim", "SHA256:lee", "SHA256:ada"};

static void scene_vote(struct scene *scene, size_t who, bool approve)
{
    size_t index = scene->votes_cast++;
    struct statement *statement = &scene->statements[index];
    *statement = (struct statement){.subject = scene->subject,
                                    .repository_root = S(OID_A),
                                    .signer = S(signers[who]),
                                    .approve = approve,
                                    .reason = approve ? NULL : S("no"),
                                    .issued = S("2026-02-28T12:00:00Z"),
                                    .expires = S("2026-03-30T12:00:00Z"),
                                    .issued_s = NOW - DAY + (int64_t)index,
                                    .expires_s = NOW + 29 * DAY};
    scene->names[index][0] = signers[who];
    scene->votes[index] = (struct vote){.statement = statement,
                                        .name_space = "cupel-decision-v1",
                                        .key = keys[who],
                                        .names = scene->names[index]};
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.samples = {{S("sum"), S(DIGEST_A)}},
                            .rule = {.signatures = 1,
                                     .expires_days = 30,
                                     .exclude_author = true,
                                     .signers = nobody,
                                     .bots = bots},
                            .current = {DIGEST_A}};
    scene->subject = (struct subject){.id = S("0123456789ab"),
                                      .verdict = S("recommended"),
                                      .report = S(DIGEST_A),
                                      .base_commit = S(OID_A),
                                      .base_tree = S(OID_A),
                                      .candidate_commit = S(OID_B),
                                      .candidate_tree = S(OID_B),
                                      .patch = S(DIGEST_A),
                                      .policy = S(DIGEST_A),
                                      .configuration = S(DIGEST_A),
                                      .environment = S(DIGEST_A),
                                      .samples = scene->samples,
                                      .sample_count = 1};
    scene->now = (struct circumstances){.now_s = NOW,
                                        .repository_root = OID_A,
                                        .trust_ref = "refs/heads/main",
                                        .policy = DIGEST_A,
                                        .configuration = DIGEST_A,
                                        .samples = scene->current,
                                        .head = OID_B,
                                        .rule = &scene->rule,
                                        .people = ada};
}

static void expect_ruling(const struct scene *scene, enum ruling_state state, int status, const char *words)
{
    struct ruling ruling;
    ruling_make(&ruling, &scene->subject, &scene->now, scene->votes, scene->votes_cast);
    assert_string_equal(text_string(&ruling.words), words);
    assert_int_equal(ruling.state, state);
    assert_int_equal(ruling.exit_status, status);
    ruling_fini(&ruling);
}

/* One row: a scene with kim's approval, bent, and what the gate says. */
static void bend_nothing(struct scene *scene)
{
    (void)scene;
}
static void bend_verdict(struct scene *scene)
{
    scene->subject.verdict = S("suspicious");
}
static void bend_root(struct scene *scene)
{
    scene->now.repository_root = OID_B;
}
static void bend_name(struct scene *scene)
{
    scene->now.repository_name = "example.org/ours";
}
static void bend_bad(struct scene *scene)
{
    scene->votes[0].signature = VOTE_BAD;
}
static void bend_revoked(struct scene *scene)
{
    scene->votes[0].signature = VOTE_REVOKED;
}
static void bend_unknown(struct scene *scene)
{
    scene->votes[0].signature = VOTE_UNKNOWN_KEY;
}
static void bend_namespace(struct scene *scene)
{
    scene->votes[0].signature = VOTE_NAMESPACE;
    scene->votes[0].name_space = "file\x1b";
}
static void bend_report(struct scene *scene)
{
    scene->statements[0].subject.report = S(DIGEST_B);
}
static void bend_patch(struct scene *scene)
{
    scene->statements[0].subject.patch = S(DIGEST_B);
}
static void bend_expired(struct scene *scene)
{
    scene->statements[0].expires_s = NOW;
}
static void bend_last_second(struct scene *scene)
{
    scene->statements[0].expires_s = NOW + 1;
}
static void bend_rule_shorter(struct scene *scene)
{
    scene->rule.expires_days = 1;
}
static void bend_future(struct scene *scene)
{
    scene->statements[0].issued_s = NOW + 301;
}
static void bend_skew(struct scene *scene)
{
    scene->statements[0].issued_s = NOW + 300;
}
static void bend_policy(struct scene *scene)
{
    scene->now.policy = DIGEST_B;
}
static void bend_no_policy(struct scene *scene)
{
    scene->now.policy = NULL;
}
static void bend_unread(struct scene *scene)
{
    scene->now.configuration = NULL;
    scene->now.unread_why = "cupel.json of 0123: no such file";
}
static void bend_configuration(struct scene *scene)
{
    scene->now.configuration = DIGEST_B;
}
static void bend_samples(struct scene *scene)
{
    scene->current[0] = DIGEST_B;
}
static void bend_no_samples(struct scene *scene)
{
    scene->current[0] = NULL;
}
static void bend_head(struct scene *scene)
{
    scene->now.head = OID_A;
}
static void bend_no_head(struct scene *scene)
{
    scene->now.head = NULL;
}
static void bend_same(struct scene *scene)
{
    scene->now.merged = MERGED_SAME;
}
static void bend_different(struct scene *scene)
{
    scene->now.merged = MERGED_DIFFERENT;
}
static void bend_conflict(struct scene *scene)
{
    scene->now.merged = MERGED_CONFLICT;
}
static void bend_unmerged(struct scene *scene)
{
    scene->now.merged = MERGED_UNKNOWN;
}
static void bend_foreign(struct scene *scene)
{
    scene->now.merged = MERGED_FOREIGN;
}
static void bend_two(struct scene *scene)
{
    scene->rule.signatures = 2;
}
static void bend_author(struct scene *scene)
{
    scene->names[0][1] = "ADA@example.ORG";
}
static void bend_author_allowed(struct scene *scene)
{
    bend_author(scene);
    scene->rule.exclude_author = false;
}
static void bend_co_author(struct scene *scene)
{
    scene->names[0][1] = "cy@example.org";
}
static void bend_bot(struct scene *scene)
{
    scene->names[0][0] = "1+Kim[Bot]@users.example.org";
}
static void bend_not_among(struct scene *scene)
{
    static char *some[] = {S("*@other.example"), NULL};
    scene->rule.signers = some;
}
static void bend_among(struct scene *scene)
{
    static char *some[] = {S("K*@Example.org"), NULL};
    scene->rule.signers = some;
}

static const struct {
    void (*bend)(struct scene *);
    enum ruling_state state;
    int status;
    const char *words;
} rows[] = {
    {bend_nothing, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_verdict, RULING_REFUSED, 8,
     "the verdict is suspicious: only a recommended candidate may be merged"},
    {bend_root, RULING_STALE, 6, "the decision of kim@example.org was made for another repository"},
    {bend_name, RULING_STALE, 6, "the decision of kim@example.org was made for another repository"},
    {bend_bad, RULING_STALE, 6,
     "the decision of kim@example.org does not verify: it was changed, or the list doesn't let its key sign "
     "this now (namespaces, valid-after, valid-before)"},
    {bend_revoked, RULING_STALE, 6,
     "the decision of kim@example.org is signed with key SHA256:kim, which was revoked"},
    {bend_unknown, RULING_STALE, 6,
     "the decision of kim@example.org is signed with key SHA256:kim, which the allowed signers don't list "
     "under that name"},
    {bend_namespace, RULING_STALE, 6,
     "the decision of kim@example.org was signed for another purpose (namespace \"file\\x1b\", not "
     "\"cupel-decision-v1\")"},
    {bend_report, RULING_STALE, 6,
     "the decision of kim@example.org is about another report (sha256:bbbbbbbbbbbb…)"},
    {bend_patch, RULING_STALE, 6, "the decision of kim@example.org names another patch than its report"},
    {bend_expired, RULING_STALE, 6, "the approval of kim@example.org expired (2026-03-30T12:00:00Z)"},
    {bend_last_second, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_rule_shorter, RULING_STALE, 6,
     "the approval of kim@example.org expired: it is older than the policy's 1 days"},
    {bend_future, RULING_STALE, 6,
     "the decision of kim@example.org is dated in the future (2026-02-28T12:00:00Z)"},
    {bend_skew, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_policy, RULING_STALE, 6,
     "the policy changed since the report was made (sha256:aaaaaaaaaaaa… then, sha256:bbbbbbbbbbbb… now): "
     "evaluate the candidate again, or name the --config that it was evaluated with"},
    {bend_no_policy, RULING_STALE, 6,
     "the policy changed since the report was made (sha256:aaaaaaaaaaaa… then, none that can be read now): "
     "evaluate the candidate again, or name the --config that it was evaluated with"},
    {bend_unread, RULING_STALE, 6,
     "the configuration changed since the report was made (sha256:aaaaaaaaaaaa… then, none that can be read "
     "now: cupel.json of 0123: no such file): evaluate the candidate again, or name the --config that it was "
     "evaluated with"},
    {bend_configuration, RULING_STALE, 6,
     "the configuration changed since the report was made (sha256:aaaaaaaaaaaa… then, "
     "sha256:bbbbbbbbbbbb… now): evaluate the candidate again, or name the --config that it was evaluated "
     "with"},
    {bend_samples, RULING_STALE, 6,
     "the samples changed since the report was made (sha256:aaaaaaaaaaaa… then, sha256:bbbbbbbbbbbb… now): "
     "evaluate the candidate again, or name the --config that it was evaluated with"},
    {bend_no_samples, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_head, RULING_STALE, 6,
     "the head changed: it is at 111111111111 and not what was evaluated (222222222222)"},
    {bend_no_head, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_same, RULING_APPROVED, 0,
     "approved by kim@example.org; the base moved, and merging still gives the measured tree"},
    {bend_different, RULING_STALE, 6,
     "the base moved: refs/heads/main is no longer at 111111111111, and merging gives another tree than the "
     "one that was measured: evaluate the candidate again, on top of that"},
    {bend_conflict, RULING_STALE, 6,
     "the base moved: refs/heads/main is no longer at 111111111111, and the candidate no longer merges: make "
     "it again on top of that"},
    {bend_unmerged, RULING_STALE, 6,
     "the base moved: refs/heads/main is no longer at 111111111111, and the patch is not here to see what "
     "merging gives: name it with --patch FILE"},
    {bend_foreign, RULING_STALE, 6,
     "this repository does not have the report's base commit 111111111111: it is another repository's "
     "report, or git fetch is due"},
    {bend_two, RULING_AWAITING, 5, "1 of 2 signatures: cupel sign 0123456789ab"},
    {bend_author, RULING_AWAITING, 5,
     "0 of 1 signature: cupel sign 0123456789ab; kim@example.org does not count: it wrote, committed or "
     "co-authored the patch"},
    {bend_author_allowed, RULING_APPROVED, 0, "approved by kim@example.org"},
    {bend_co_author, RULING_AWAITING, 5,
     "0 of 1 signature: cupel sign 0123456789ab; kim@example.org does not count: it wrote, committed or "
     "co-authored the patch"},
    {bend_bot, RULING_AWAITING, 5,
     "0 of 1 signature: cupel sign 0123456789ab; kim@example.org does not count: it is a program by the "
     "policy's sign_off.bots"},
    {bend_not_among, RULING_AWAITING, 5,
     "0 of 1 signature: cupel sign 0123456789ab; kim@example.org does not count: it is not among the "
     "policy's sign_off.signers"},
    {bend_among, RULING_APPROVED, 0, "approved by kim@example.org"},
};

static void one_approval_holds_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene scene;
        scene_init(&scene);
        scene_vote(&scene, 0, true);
        rows[i].bend(&scene);
        expect_ruling(&scene, rows[i].state, rows[i].status, rows[i].words);
    }
}

static void nothing_signed_waits(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    expect_ruling(&scene, RULING_AWAITING, 5, "0 of 1 signature: cupel sign 0123456789ab");
    scene.now.signers_why = "commit .cupel/allowed_signers to refs/heads/main";
    expect_ruling(&scene, RULING_AWAITING, 5,
                  "0 of 1 signature: cupel sign 0123456789ab; nobody may sign yet: commit "
                  ".cupel/allowed_signers to refs/heads/main");
    bend_policy(&scene);
    expect_ruling(&scene, RULING_STALE, 6,
                  "the policy changed since the report was made (sha256:aaaaaaaaaaaa… then, "
                  "sha256:bbbbbbbbbbbb… now): evaluate the candidate again, or name the --config that it was "
                  "evaluated with");
}

static void two_must_be_two_people(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    scene.rule.signatures = 2;
    scene_vote(&scene, 0, true);
    scene_vote(&scene, 1, true);
    expect_ruling(&scene, RULING_APPROVED, 0, "approved by kim@example.org, lee@example.org");
    scene.names[1][1] = "KIM@example.org"; /* another key of kim's */
    expect_ruling(&scene, RULING_AWAITING, 5, "1 of 2 signatures: cupel sign 0123456789ab");
    scene.names[1][1] = NULL;
    scene.votes[1].key = keys[0]; /* one key under two names */
    expect_ruling(&scene, RULING_AWAITING, 5, "1 of 2 signatures: cupel sign 0123456789ab");
    scene.votes[1].key = keys[1];
    scene.votes[1].signature = VOTE_REVOKED;
    expect_ruling(&scene, RULING_STALE, 6,
                  "the decision of lee@example.org is signed with key SHA256:lee, which was revoked");
}

static void the_later_word_counts(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    scene_vote(&scene, 0, true);
    scene_vote(&scene, 0, false);
    expect_ruling(&scene, RULING_REJECTED, 8, "kim@example.org rejected it: \"no\"");
    scene.statements[1].issued_s = scene.statements[0].issued_s;
    expect_ruling(&scene, RULING_REJECTED, 8, "kim@example.org rejected it: \"no\"");
    scene.statements[1].issued_s = scene.statements[0].issued_s - 1;
    expect_ruling(&scene, RULING_APPROVED, 0, "approved by kim@example.org");
    scene.statements[1].issued_s = scene.statements[0].issued_s + 1;
    scene.votes[1].signature = VOTE_BAD; /* a rejection that nobody signed stops nothing */
    expect_ruling(&scene, RULING_APPROVED, 0, "approved by kim@example.org");
}

static void one_rejection_outweighs_approvals(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    scene_vote(&scene, 0, true);
    scene_vote(&scene, 1, false);
    scene.statements[1].reason = S("\"fine\"\n\x1b[2Japproved by kim");
    expect_ruling(&scene, RULING_REJECTED, 8,
                  "lee@example.org rejected it: \"\\\"fine\\\"\\n\\x1b[2Japproved by kim\"");
    scene.names[1][0] = "lee[bot]@example.org";
    expect_ruling(&scene, RULING_APPROVED, 0, "approved by kim@example.org");
    scene_init(&scene);
    scene_vote(&scene, 2, false); /* whoever wrote it may take it back */
    expect_ruling(&scene, RULING_REJECTED, 8, "ada@example.org rejected it: \"no\"");
}

static void addresses_are_found(void **state)
{
    (void)state;
    static const char *const people[][2] = {
        {"Ada <a@x>", "a@x"}, {"Ada <b@y> <a@x>", "a@x"}, {" a@x ", "a@x"}, {"Ada < a@x >", "a@x"},
        {"Ada <  >", ""},     {"Ada <a@x", "Ada <a@x"},   {"", ""},         {"<>", ""}};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        char *mail = ruling_mail(people[i][0]);
        assert_string_equal(mail, people[i][1]);
        free(mail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_approval_holds_or_not),
        cmocka_unit_test(nothing_signed_waits),
        cmocka_unit_test(two_must_be_two_people),
        cmocka_unit_test(the_later_word_counts),
        cmocka_unit_test(one_rejection_outweighs_approvals),
        cmocka_unit_test(addresses_are_found),
    };
    return cmocka_run_group_tests_name("ruling", tests, NULL, NULL);
}
