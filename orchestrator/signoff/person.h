/* The person at the keyboard: under which address and with which key they sign. */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_PERSON_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_PERSON_H

#include "base/error.h"

struct person {
    char *mail; /* as who: --signer, else git's user.email; owned */
    char *name; /* git's user.name, or the mail; owned */
    char *key;  /* key file; NULL: signing was not asked for; owned */
};

struct person_request {
    const char *repository; /* path: whose git settings count */
    const char *mail;       /* given by the person, or NULL */
    const char *key;        /* given by the person, or NULL */
    const char *folder;     /* private; a key that git holds as text is written there */
};

/* Name and address. ERR_INVALID says what to set. person_fini() in either case. */
WARN_UNUSED int person_find(struct person *person, const struct person_request *request, struct err *err);

/*
 * The key: the one given, else git's user.signingkey where gpg.format is ssh, else the first of ssh's usual
 * files. A public key file is enough where an agent holds the private half. ERR_INVALID says what to do.
 */
WARN_UNUSED int person_find_key(struct person *person, const struct person_request *request, struct err *err);
void person_fini(struct person *person);

#endif
