/*
 * What an SSH signature says of itself (OpenSSH, PROTOCOL.sshsig): namespace and public key. Nothing here
 * verifies; ssh-keygen does.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_SSHSIG_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_SSHSIG_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define SSHSIG_BYTES_MAX       65536 /* of an armoured signature */
#define SSHSIG_FINGERPRINT_MAX 64    /* "SHA256:" and 43 characters */

struct sshsig {
    char *name_space;                         /* what the signature is good for */
    uint8_t *key;                             /* public key, wire format (RFC 4253, section 6.6) */
    size_t key_length;                        /* bytes of key */
    char fingerprint[SSHSIG_FINGERPRINT_MAX]; /* of the key, as ssh-keygen -l shows it */
};

/* ERR_INVALID for what is no signature of version 1. */
WARN_UNUSED int sshsig_read(struct sshsig *sshsig, const char *armour, size_t length, struct err *err);
void sshsig_fini(struct sshsig *sshsig);

/* Base64 with padding and white space between, decoded (free it); NULL for anything else or nothing. */
uint8_t *sshsig_decode_base64(const char *text, size_t length, size_t *out_length);
/* The fingerprint of a public key in wire format. */
void sshsig_fingerprint(const uint8_t *key, size_t length, char out[static SSHSIG_FINGERPRINT_MAX]);

#endif
