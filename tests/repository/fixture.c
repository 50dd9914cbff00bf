#include "tests/repository/fixture.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* No configuration of the machine or of the person may bend what git does here. */
#define FIXTURE_PRELUDE                                                                                      \
    "export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent LC_ALL=C\n"                  \
    "export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Bob\n"                   \
    "export GIT_COMMITTER_EMAIL=bob@example.org GIT_AUTHOR_DATE='1000000000 +0000'\n"                        \
    "export GIT_COMMITTER_DATE='1000000000 +0000'\n"                                                         \
    "save_all() { git add -A && git commit -q --allow-empty -m \"${1:-base}\"; }\n"

/* libgit2 1.5 loses the match data of each setting that it holds against a pattern in vain, when it opens. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpcre2";
}

void fixture_make(struct fixture *fixture)
{
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/cupel-repository-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    cleanup_free char *command = memory_format("git init -q -b main %s/repo", fixture->folder);
    assert_int_equal(system(command), 0);
}

void fixture_remove(struct fixture *fixture)
{
    cleanup_free char *command = memory_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
}

static char *fixture_command(const struct fixture *fixture, const char *script)
{
    return memory_format(FIXTURE_PRELUDE "set -e; cd %s/repo\n%s", fixture->folder, script);
}

int fixture_run(const struct fixture *fixture, const char *script)
{
    cleanup_free char *command = fixture_command(fixture, script);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

char *fixture_read(const struct fixture *fixture, const char *script)
{
    cleanup_free char *command = fixture_command(fixture, script);
    char line[4096] = "";
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    if (!fgets(line, sizeof line, pipe))
        line[0] = '\0';
    while (fgetc(pipe) != EOF)
        continue;
    if (pclose(pipe) != 0)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return memory_copy_string(line);
}

struct repository *fixture_open(const struct fixture *fixture, const char *name)
{
    cleanup_free char *path = memory_format("%s/%s", fixture->folder, name);
    struct repository *repository = NULL;
    struct err err = {0};
    if (repository_open(&repository, path, &err) < 0)
        fail_msg("%s", err.message);
    return repository;
}

int fixture_intake(const struct fixture *fixture, const char *name, const char *patch,
                   struct candidate *candidate, bool *applied, char **failure, struct err *err)
{
    struct repository *repository = fixture_open(fixture, name);
    cleanup_free char *path = memory_format("%s/%s", fixture->folder, patch);
    const struct intake_request request = {.name = path, .kind = CANDIDATE_PATCH};
    int code = repository_intake(repository, &request, candidate, applied, failure, err);
    repository_close(repository);
    return code;
}
