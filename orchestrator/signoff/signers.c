#include "orchestrator/signoff/signers.h"

#include "base/cleanup.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/signoff/sshsig.h"

#include <string.h>
#include <strings.h>

/* Up to white space outside of double quotes; moves *at behind the white space that follows. */
static size_t signers_take_word(const char **at, const char *end, const char **word)
{
    bool quoted = false;
    const char *start = *at;
    while (*at < end && (quoted || (**at != ' ' && **at != '\t'))) {
        quoted ^= **at == '"';
        (*at)++;
    }
    size_t length = (size_t)(*at - start);
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    *word = start;
    return length;
}

static bool signers_is_key_type(const char *word, size_t length)
{
    static const char *const types[] = {"ssh-ed25519",
                                        "ssh-rsa",
                                        "ecdsa-sha2-nistp256",
                                        "ecdsa-sha2-nistp384",
                                        "ecdsa-sha2-nistp521",
                                        "sk-ssh-ed25519@openssh.com",
                                        "sk-ecdsa-sha2-nistp256@openssh.com"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == length && memcmp(types[i], word, length) == 0)
            return true;
    return false;
}

/* "a@x,b@x" or the same in double quotes. NULL with the reason in *why. */
static char **signers_split(const char *word, size_t length, const char **why)
{
    if (length >= 2 && word[0] == '"' && word[length - 1] == '"') {
        word++;
        length -= 2;
    }
    size_t count = 1, used = 0;
    for (size_t i = 0; i < length; i++)
        count += word[i] == ',';
    char **names = memory_zeroed((count + 1) * sizeof *names);
    for (size_t start = 0; start <= length;) {
        const char *comma = memchr(word + start, ',', length - start);
        size_t end = comma ? (size_t)(comma - word) : length;
        names[used++] = memory_copy_bytes(word + start, end - start);
        if (end == start)
            *why = "an empty name";
        start = end + 1;
    }
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '*' || word[i] == '?' || word[i] == '!')
            *why = "a pattern; write each person's address, or one key could sign in many names";
        else if (word[i] == '"' || (unsigned char)word[i] < ' ')
            *why = "a character that no name has";
    }
    if (*why) {
        json_free_strings(names);
        return NULL;
    }
    return names;
}

static int signers_complain(const char *name, size_t line, const char *words, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s:%zu: %s", name, line, words);
}

static int signers_read_line(struct signers *signers, const char *name, size_t line, const char *at,
                             const char *end, struct err *err)
{
    const char *principals, *type, *key, *why = NULL;
    size_t principals_length = signers_take_word(&at, end, &principals);
    size_t type_length = signers_take_word(&at, end, &type);
    if (!signers_is_key_type(type, type_length)) {
        if (memmem(type, type_length, "cert-authority", strlen("cert-authority")))
            return signers_complain(
                name, line, "certificate authorities are not taken; write a line for each person", err);
        type_length = signers_take_word(&at, end, &type);
    }
    size_t key_length = signers_take_word(&at, end, &key);
    if (!signers_is_key_type(type, type_length) || key_length == 0)
        return signers_complain(name, line, "must be: mail [options] key-type key, as in ssh-keygen(1)", err);
    struct signer signer = {0};
    signer.key = sshsig_decode_base64(key, key_length, &signer.key_length);
    if (!signer.key)
        return signers_complain(name, line, "the key is no base64", err);
    signer.principals = signers_split(principals, principals_length, &why);
    if (!signer.principals) {
        free(signer.key);
        return signers_complain(name, line, why, err);
    }
    MEMORY_GROW(signers->items, signers->count, signers->capacity);
    signers->items[signers->count++] = signer;
    return 0;
}

int signers_read(struct signers *signers, const char *name, const char *bytes, size_t length, struct err *err)
{
    *signers = (struct signers){0};
    if (length > SIGNERS_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "%s: has more than %zu bytes", name, SIGNERS_BYTES_MAX);
    signers->bytes = memory_copy_bytes(bytes, length);
    signers->length = length;
    const char *end = signers->bytes + length;
    size_t line = 1;
    int code = memchr(bytes, '\0', length) ? signers_complain(name, line, "holds a NUL", err) : 0;
    for (const char *at = signers->bytes; code == 0 && at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        if (stop > at && stop[-1] == '\r')
            stop--;
        at += strspn(at, " \t");
        if (at < stop && *at != '#')
            code = signers_read_line(signers, name, line, at, stop, err);
        at = next;
    }
    if (code < 0)
        signers_fini(signers);
    return code;
}

void signers_fini(struct signers *signers)
{
    for (size_t i = 0; i < signers->count; i++) {
        json_free_strings(signers->items[i].principals);
        free(signers->items[i].key);
    }
    free(signers->items);
    free(signers->bytes);
    *signers = (struct signers){0};
}

static bool signer_has_key(const struct signer *signer, const uint8_t *key, size_t length)
{
    return signer->key_length == length && memcmp(signer->key, key, length) == 0;
}

static bool signer_has_name(const struct signer *signer, const char *name)
{
    for (char **own = signer->principals; *own; own++)
        if (strcasecmp(*own, name) == 0)
            return true;
    return false;
}

static bool signer_shares(const struct signer *one, const struct signer *two)
{
    for (char **name = two->principals; *name; name++)
        if (signer_has_name(one, *name))
            return true;
    return signer_has_key(one, two->key, two->key_length);
}

/* Lines that share a key or a name are one person's, and so on: adds such lines to those marked. */
static bool signers_spread(const struct signers *signers, bool *marked)
{
    bool more = false;
    for (size_t i = 0; i < signers->count; i++)
        for (size_t j = 0; !marked[i] && j < signers->count; j++)
            if (marked[j] && signer_shares(&signers->items[i], &signers->items[j]))
                marked[i] = more = true;
    return more;
}

const char **signers_names(const struct signers *signers, const uint8_t *key, size_t length)
{
    cleanup_free bool *marked = memory_zeroed(signers->count + 1);
    const char **names = memory_zeroed(sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < signers->count; i++)
        marked[i] = signer_has_key(&signers->items[i], key, length);
    while (signers_spread(signers, marked))
        continue;
    for (size_t i = 0; i < signers->count; i++)
        for (char **name = signers->items[i].principals; marked[i] && *name; name++) {
            names = memory_resize(names, count + 2, sizeof *names);
            names[count++] = *name;
            names[count] = NULL;
        }
    return names;
}

const char *signers_find(const struct signers *signers, const uint8_t *key, size_t length,
                         const char *principal)
{
    for (size_t i = 0; i < signers->count; i++)
        for (char **name = signers->items[i].principals;
             signer_has_key(&signers->items[i], key, length) && *name; name++)
            if (strcasecmp(*name, principal) == 0)
                return *name;
    return NULL;
}
