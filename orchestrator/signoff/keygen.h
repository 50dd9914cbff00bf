/*
 * Signing and verifying by the real ssh-keygen (ssh-keygen(1), -Y sign and -Y verify), in a private folder of
 * temporary files. Every key type of the person's OpenSSH works, agents and hardware keys too.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_KEYGEN_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_KEYGEN_H

#include "orchestrator/signoff/envelope.h"
#include "orchestrator/signoff/signers.h"

#define KEYGEN_NAMESPACE "cupel-decision-v1"

/* Who may sign and which keys no longer may, as files for ssh-keygen. */
struct keygen {
    char *folder;    /* private, removed by keygen_close(); owned */
    char *allowed;   /* file in it; owned */
    char *revoked;   /* file in it; NULL: none is revoked; owned */
    unsigned serial; /* of temporary files */
};

/* `revoked` may be NULL: a list of public keys or a KRL (ssh-keygen -k). keygen_close() in either case. */
WARN_UNUSED int keygen_open(struct keygen *keygen, const struct signers *signers, const char *revoked,
                            size_t revoked_length, struct err *err);
void keygen_close(struct keygen *keygen);

enum keygen_answer {
    KEYGEN_GOOD,
    KEYGEN_REVOKED, /* good, but for the revocation list */
    KEYGEN_BAD,     /* does not verify: other bytes, another key, a key out of its time */
};

/* Is the envelope's signature by a key of `principal` (spelled as the list does) over its statement? */
WARN_UNUSED int keygen_verify(struct keygen *keygen, const struct envelope *envelope, const char *principal,
                              enum keygen_answer *answer, struct err *err);

/* `key`: file of a private key, or of a public one whose private half an agent holds. Free *signature. */
WARN_UNUSED int keygen_sign(struct keygen *keygen, const char *key, const char *bytes, size_t length,
                            char **signature, struct err *err);

#endif
