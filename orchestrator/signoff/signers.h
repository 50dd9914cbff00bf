/*
 * The list of who may sign: an allowed_signers file of ssh-keygen(1), "ALLOWED SIGNERS". ssh-keygen verifies
 * against it; this reads it a second time for what ssh-keygen doesn't tell: which other names a key has, so
 * that nobody signs twice, or for a patch of theirs under another address.
 *
 * Stricter than ssh-keygen: a line is one person with one key. Patterns and certificate authorities, which
 * let one key speak for many names, are refused.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_SIGNERS_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_SIGNERS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNERS_BYTES_MAX ((size_t)1 << 20)

struct signer {
    char **principals; /* e-mail addresses, at least one; NULL-terminated; owned */
    uint8_t *key;      /* public key, wire format; owned */
    size_t key_length; /* bytes of key */
};

struct signers {
    struct signer *items; /* a line each */
    size_t count;         /* of items */
    size_t capacity;      /* of items */
    char *bytes;          /* the file, for ssh-keygen */
    size_t length;        /* of bytes */
};

/* ERR_INVALID names file and line. signers_fini() when 0 came back. */
WARN_UNUSED int signers_read(struct signers *signers, const char *name, const char *bytes, size_t length,
                             struct err *err);
void signers_fini(struct signers *signers);

/* Does the key have that name, in whatever case? The name as the list spells it, borrowed, or NULL. */
const char *signers_find(const struct signers *signers, const uint8_t *key, size_t length,
                         const char *principal);
/*
 * Every name of the person whose key it is: of its lines, of lines that share a name or key with those, and
 * so on. NULL-terminated; empty where nobody has the key. The array is the caller's, the names are borrowed.
 */
const char **signers_names(const struct signers *signers, const uint8_t *key, size_t length);

#endif
