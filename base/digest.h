/* SHA-256 (FIPS 180-4) by libcrypto. Digests are shown as lower-case hexadecimal. */
#ifndef CUPEL_BASE_DIGEST_H
#define CUPEL_BASE_DIGEST_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX   65 /* 64 digits and a NUL */

struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

/* A running digest; one allocation inside, released by digest_finish() or digest_abandon(). */
struct digest_stream {
    void *context; /* libcrypto's EVP_MD_CTX; owned */
};

void digest_start(struct digest_stream *stream);
void digest_add(struct digest_stream *stream, const void *bytes, size_t length);
/* Adds the length as eight bytes first, so that two neighbouring fields can't be shifted into each other. */
void digest_add_field(struct digest_stream *stream, const void *bytes, size_t length);
struct digest digest_finish(struct digest_stream *stream);
void digest_abandon(struct digest_stream *stream);

struct digest digest_of(const void *bytes, size_t length);
/* Of all that `fd` still has to give. */
WARN_UNUSED int digest_of_fd(int fd, struct digest *out, struct err *err);

bool digest_is_zero(const struct digest *digest);
/* The 64 digits of a digest, in lower case, and nothing behind them. */
bool digest_from_hex(const char *hex, struct digest *digest);
void digest_to_hex(const struct digest *digest, char hex[static DIGEST_HEX]);

#endif
