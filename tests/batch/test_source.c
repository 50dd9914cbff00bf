/* Each kind of source as the proposals it gives,
 * what can't be a source, and what the intake makes of faults. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/batch/source.h"
#include "tests/repository/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HISTORY                                                                                              \
    "seq 1 40 > f && save_all base\n"                                                                        \
    "for i in 1 2; do git checkout -q -b ai/$i main && sed -i \"s/^$i$/x/\" f && save_all $i; done\n"        \
    "git checkout -q -b two main && sed -i s/^7/y/ f && save_all seven && sed -i s/^8/z/ f && save_all "     \
    "eight\n"                                                                                                \
    "git checkout -q main && mkdir ../d ../none ../d/sub && git diff main ai/1 > ../d/b.patch\n"             \
    "git diff main ai/2 > ../d/a.diff && echo no > ../d/readme.txt && echo no > ../d/sub/c.patch\n"          \
    "printf '%s\\n' '{\"id\":\"x\",\"diff\":\"--- a/f\\n+++ b/f\\n@@ -2,3 +2,3 "                             \
    "@@\\n 2\\n-3\\n+three\\n 4\\n\",\"author\":\"Eve <e@x>\"}'"                                             \
    " '{bad' '{\"id\":\"x\",\"diff\":\"\"}' '{\"id\":\"x#2\",\"model_patch\":\"prose\"}' > ../p.jsonl\n"     \
    "(echo ' [' && sed -n '1s/$/,/p;4p' ../p.jsonl && echo ']') > ../array\n"                                \
    "touch ai && git branch both && touch ../both ../empty.jsonl\n"

struct source_row {
    const char *arguments[4]; /* in the fixture's folder */
    const char *says;         /* "id outcome; …" or the error */
};

static const struct source_row rows[] = {
    {{"d"}, "a.diff applies; b.patch applies; "},
    {{"d/b.patch"}, "b.patch applies; "},
    {{"p.jsonl"},
     "x applies; p.jsonl:2 p.jsonl:2: not JSON: expected a key in double quotes, found 'b' (column 2); "
     "x#2 p.jsonl:3: `diff` is empty: no change was proposed; "
     "x#2#2 x#2#2: this is no patch: found neither `diff --git` nor `---`, `+++` and `@@` lines; "},
    {{"array"},
     "x applies; x#2 x#2: this is no patch: found neither `diff --git` nor `---`, `+++` and `@@` lines; "},
    {{"ai/*"}, "ai/1 applies; ai/2 applies; "},
    {{"ai/1", "ai/1"}, "ai/1 applies; ai/1#2 applies; "},
    {{"main..two"}, "@two~1 applies; @two applies; "},
    {{"main"},
     "main branch `main` has nothing that HEAD does not have; name what to compare it with by --base; "},
    {{"none"}, "error the folder none holds no *.patch, *.diff or *.mbox"},
    {{"no/*"}, "error no branch of %s/repo matches `no/*`"},
    {{"two..two"}, "error the range `two..two` has no commits"},
    {{"d", "absent"},
     "error `absent` is neither a folder of patches, a patch, a JSONL file nor a branch or range of %s/repo"},
    {{"both"},
     "error `both` is a file or folder and a revision; write ./both, or refs/heads/both for the branch"},
    {{"./both"}, "both ./both: the patch is empty; "},
    {{"empty.jsonl"}, "error empty.jsonl holds no proposals"},
    {{""}, "error a source is empty"},
    {{NULL}, "error name at least one source of candidates"},
};

/* The id; of a commit the revision that the test knows it by. */
static void source_say_id(const struct fixture *fixture, const struct proposal *proposal, struct text *says)
{
    static const char *const known[] = {"two~1", "two"};
    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *script = memory_format("git rev-parse --short=12 %s", known[i]);
        cleanup_free char *hex = fixture_read(fixture, script);
        if (strcmp(hex, proposal->id) == 0) {
            text_printf(says, "@%s ", known[i]);
            return;
        }
    }
    text_printf(says, "%s ", proposal->id);
}

static void source_say_all(const struct fixture *fixture, struct repository *repository,
                           struct batch_source *source, struct text *says)
{
    struct proposal proposal;
    struct err err = {0};
    size_t count = 0;
    while (batch_source_next(source, &proposal, &err) > 0) {
        struct candidate candidate;
        cleanup_free char *failure = NULL;
        bool applied;
        source_say_id(fixture, &proposal, says);
        if (repository_intake(repository, &proposal.request, &candidate, &applied, &failure, &err) < 0)
            fail_msg("%s: %s", proposal.id, err.message);
        text_printf(says, "%s; ", applied ? "applies" : failure);
        assert_false(git_oid_is_zero(&candidate.base_tree));
        if (proposal.author)
            assert_string_equal(candidate.authors[0], proposal.author);
        candidate_fini(&candidate);
        proposal_fini(&proposal);
        count++;
    }
    assert_int_equal(err.code, 0);
    assert_int_equal(count, batch_source_count(source));
}

static void source_check(const struct fixture *fixture, struct repository *repository,
                         const struct source_row *row)
{
    struct batch_source *source = NULL;
    struct err err = {0};
    cleanup_text struct text says = {0}, expected = {0};
    size_t count = 0;
    while (row->arguments[count])
        count++;
    if (batch_source_open(&source, repository, row->arguments, count, NULL, &err) < 0)
        text_printf(&says, "error %s", err.message);
    else
        source_say_all(fixture, repository, source, &says);
    batch_source_close(source);
    const char *place = strstr(row->says, "%s");
    if (place)
        text_printf(&expected, "%.*s%s%s", (int)(place - row->says), row->says, fixture->folder, place + 2);
    else
        text_append_string(&expected, row->says);
    if (strcmp(text_string(&says), text_string(&expected)) != 0)
        fail_msg("%s: expected \"%s\", found \"%s\"", row->arguments[0] ? row->arguments[0] : "(none)",
                 text_string(&expected), text_string(&says));
}

static void test_sources_give_their_proposals(void **state)
{
    (void)state;
    struct fixture fixture;
    char before[4096];
    fixture_make(&fixture);
    assert_int_equal(fixture_run(&fixture, HISTORY), 0);
    struct repository *repository = fixture_open(&fixture, "repo");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(fixture.folder), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        source_check(&fixture, repository, &rows[i]);
    assert_int_equal(chdir(before), 0);
    repository_close(repository);
    fixture_remove(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sources_give_their_proposals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
