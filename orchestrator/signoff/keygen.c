#include "orchestrator/signoff/keygen.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/signoff/program.h"
#include "policies/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define KEYGEN_WORDS_MAX 400 /* bytes shown of what ssh-keygen said */

static int keygen_write(const struct keygen *keygen, const char *name, const void *bytes, size_t length,
                        char **path, struct err *err)
{
    *path = memory_format("%s/%s", keygen->folder, name);
    cleanup_fd int fd = open(*path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || folder_write_all(fd, bytes, length) < 0)
        return err_set_errno(err, errno, "write %s", *path);
    return 0;
}

int keygen_open(struct keygen *keygen, const struct signers *signers, const char *revoked,
                size_t revoked_length, struct err *err)
{
    const char *temporary = getenv("TMPDIR");
    *keygen = (struct keygen){0};
    cleanup_free char *folder =
        memory_format("%s/cupel-sign-XXXXXX", temporary && *temporary == '/' ? temporary : "/tmp");
    if (!mkdtemp(folder)) /* mode 0700 */
        return err_set_errno(err, errno, "make a private folder %s", folder);
    keygen->folder = STEAL(folder);
    if (keygen_write(keygen, "allowed_signers", signers->bytes, signers->length, &keygen->allowed, err) < 0)
        return err->code;
    if (!revoked)
        return 0;
    return keygen_write(keygen, "revoked_keys", revoked, revoked_length, &keygen->revoked, err);
}

void keygen_close(struct keygen *keygen)
{
    struct err ignored = {0};
    if (keygen->folder && folder_remove(keygen->folder, &ignored) < 0)
        ignored.code = 0; /* what stays behind is private and holds no secret */
    free(keygen->folder);
    free(keygen->allowed);
    free(keygen->revoked);
    *keygen = (struct keygen){0};
}

static int keygen_ask(const char *statement, const char *signature, const char *allowed, const char *revoked,
                      const char *principal, bool *good, struct err *err)
{
    cleanup_text struct text output = {0}, errors = {0};
    const char *arguments[16] = {"ssh-keygen", "-Y", "verify",  "-n", KEYGEN_NAMESPACE, "-f",
                                 allowed,      "-I", principal, "-s", signature};
    size_t count = 11;
    int status = 0;
    if (revoked) {
        arguments[count++] = "-r";
        arguments[count++] = revoked;
    }
    const struct program program = {
        .name = "ssh-keygen", .arguments = (char *const *)(uintptr_t)arguments, .input = statement};
    if (program_run(&program, &status, &output, &errors, err) < 0)
        return err->code;
    *good = status == 0;
    return 0;
}

int keygen_verify(struct keygen *keygen, const struct envelope *envelope, const char *principal,
                  enum keygen_answer *answer, struct err *err)
{
    cleanup_free char *statement = NULL, *signature = NULL;
    cleanup_free char *statement_name = memory_format("statement-%u", keygen->serial);
    cleanup_free char *signature_name = memory_format("signature-%u", keygen->serial++);
    bool good = false, without = false;
    if (keygen_write(keygen, statement_name, envelope->signed_bytes.data, envelope->signed_bytes.length,
                     &statement, err) < 0 ||
        keygen_write(keygen, signature_name, envelope->signature, strlen(envelope->signature), &signature,
                     err) < 0 ||
        keygen_ask(statement, signature, keygen->allowed, keygen->revoked, principal, &good, err) < 0)
        return err->code;
    if (!good && keygen->revoked &&
        keygen_ask(statement, signature, keygen->allowed, NULL, principal, &without, err) < 0)
        return err->code;
    *answer = good ? KEYGEN_GOOD : without ? KEYGEN_REVOKED : KEYGEN_BAD;
    return 0;
}

int keygen_sign(struct keygen *keygen, const char *key, const char *bytes, size_t length, char **signature,
                struct err *err)
{
    cleanup_text struct text output = {0}, errors = {0}, words = {0};
    cleanup_free char *statement = NULL;
    cleanup_free char *name = memory_format("to-sign-%u", keygen->serial++);
    const char *arguments[] = {"ssh-keygen", "-Y", "sign", "-n", KEYGEN_NAMESPACE, "-f", key, NULL};
    int status = 0;
    if (keygen_write(keygen, name, bytes, length, &statement, err) < 0)
        return err->code;
    const struct program program = {.name = "ssh-keygen",
                                    .arguments = (char *const *)(uintptr_t)arguments,
                                    .input = statement,
                                    .shows_errors = isatty(STDERR_FILENO)};
    if (program_run(&program, &status, &output, &errors, err) < 0)
        return err->code;
    if (status != 0) {
        foreign_append(&words, text_string(&errors), KEYGEN_WORDS_MAX);
        return err_set(
            err, ERR_INVALID,
            "ssh-keygen did not sign with %s%s%s; name your key with --key FILE, unlock it, or add "
            "it to your agent (ssh-add)",
            key, words.length ? ": " : "", text_string(&words));
    }
    *signature = text_take(&output);
    return 0;
}
