#include "orchestrator/signoff/person.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#define PERSON_MAIL_MAX 240 /* bytes: it becomes the name of a file */

/* In the order in which ssh-keygen's users have them. */
static const char *const person_keys[] = {"id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa"};

/* A git setting, repository before person before machine; owned, NULL where it isn't set. */
static char *person_setting(const char *repository, const char *name)
{
    git_repository *git = NULL;
    git_config *config = NULL;
    const char *value = NULL;
    char *copy = NULL;
    if (git_repository_open_ext(&git, repository, GIT_REPOSITORY_OPEN_CROSS_FS, NULL) == 0 &&
        git_repository_config_snapshot(&config, git) == 0 &&
        git_config_get_string(&value, config, name) == 0 && *value)
        copy = memory_copy_string(value);
    git_config_free(config);
    git_repository_free(git);
    return copy;
}

static char *person_home(void)
{
    const char *home = getenv("HOME");
    const struct passwd *entry = home && *home == '/' ? NULL : getpwuid(geteuid());
    return memory_copy_string(entry && entry->pw_dir ? entry->pw_dir : home ? home : "/");
}

/* What a list of signers, a ref's name and a commit can all hold. */
static bool person_is_address(const char *mail)
{
    for (const char *at = mail; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f || strchr("*?!,\"<>", *at))
            return false;
    return *mail && *mail != '-' && strlen(mail) <= PERSON_MAIL_MAX;
}

int person_find(struct person *person, const struct person_request *request, struct err *err)
{
    *person = (struct person){0};
    person->mail =
        request->mail ? memory_copy_string(request->mail) : person_setting(request->repository, "user.email");
    if (!person->mail)
        return err_set(err, ERR_INVALID,
                       "as whom do you sign? name your address with --signer, or set it: git config --global "
                       "user.email YOU@EXAMPLE.ORG");
    if (!person_is_address(person->mail))
        return err_set(err, ERR_INVALID, "\"%.80s\" is no address that can sign", person->mail);
    person->name = person_setting(request->repository, "user.name");
    if (!person->name)
        person->name = memory_copy_string(person->mail);
    return 0;
}

/* git takes a key as text, too: "key::ssh-ed25519 AAAA…" or the bare words. */
static int person_write_key(struct person *person, const char *words, const char *folder, struct err *err)
{
    person->key = memory_format("%s/signing-key.pub", folder);
    cleanup_free char *line = memory_format("%s\n", words);
    cleanup_fd int fd = open(person->key, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || folder_write_all(fd, line, strlen(line)) < 0)
        return err_set_errno(err, errno, "write %s", person->key);
    return 0;
}

static int person_take_setting(struct person *person, const char *value, const char *folder, struct err *err)
{
    cleanup_free char *home = person_home();
    if (strncmp(value, "key::", 5) == 0)
        return person_write_key(person, value + 5, folder, err);
    if (strncmp(value, "ssh-", 4) == 0 || strncmp(value, "ecdsa-", 6) == 0 || strncmp(value, "sk-", 3) == 0)
        return person_write_key(person, value, folder, err);
    person->key =
        strncmp(value, "~/", 2) == 0 ? memory_format("%s%s", home, value + 1) : memory_copy_string(value);
    if (access(person->key, R_OK) < 0)
        return err_set(err, ERR_INVALID, "git's user.signingkey names %s: %s; name your key with --key FILE",
                       person->key, strerror(errno));
    return 0;
}

static bool person_take_usual(struct person *person)
{
    cleanup_free char *home = person_home();
    for (size_t i = 0; i < 2 * sizeof person_keys / sizeof *person_keys; i++) {
        const char *suffix = i % 2 == 0 ? "" : ".pub"; /* the public half alone: an agent has the other */
        cleanup_free char *path = memory_format("%s/.ssh/%s%s", home, person_keys[i / 2], suffix);
        if (access(path, R_OK) == 0) {
            person->key = STEAL(path);
            return true;
        }
    }
    return false;
}

int person_find_key(struct person *person, const struct person_request *request, struct err *err)
{
    if (request->key) {
        person->key = memory_copy_string(request->key);
        if (access(person->key, R_OK) < 0)
            return err_set(err, ERR_INVALID, "--key %s: %s", person->key, strerror(errno));
        return 0;
    }
    cleanup_free char *format = person_setting(request->repository, "gpg.format");
    cleanup_free char *setting = person_setting(request->repository, "user.signingkey");
    if (format && strcmp(format, "ssh") == 0 && setting)
        return person_take_setting(person, setting, request->folder, err);
    if (person_take_usual(person))
        return 0;
    return err_set(err, ERR_INVALID,
                   "there is no SSH key to sign with: name one with --key FILE, set git's user.signingkey "
                   "(gpg.format ssh), or make one: ssh-keygen -t ed25519");
}

void person_fini(struct person *person)
{
    free(person->mail);
    free(person->name);
    free(person->key);
    *person = (struct person){0};
}
