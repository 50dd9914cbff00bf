#include "base/digest.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void digest_require(int ok)
{
    /* libcrypto's SHA-256 fails only when memory is out or the library is broken: no caller could go on. */
    if (ok != 1) {
        fputs("cupel: libcrypto refuses SHA-256\n", stderr);
        abort();
    }
}

void digest_start(struct digest_stream *stream)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    digest_require(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    stream->context = context;
}

void digest_add(struct digest_stream *stream, const void *bytes, size_t length)
{
    digest_require(EVP_DigestUpdate(stream->context, bytes, length));
}

void digest_add_field(struct digest_stream *stream, const void *bytes, size_t length)
{
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (uint8_t)((uint64_t)length >> (8 * i));
    digest_add(stream, prefix, sizeof prefix);
    digest_add(stream, bytes, length);
}

struct digest digest_finish(struct digest_stream *stream)
{
    struct digest digest;
    unsigned length = 0;
    digest_require(EVP_DigestFinal_ex(stream->context, digest.bytes, &length));
    assert(length == DIGEST_BYTES);
    digest_abandon(stream);
    return digest;
}

void digest_abandon(struct digest_stream *stream)
{
    EVP_MD_CTX_free(stream->context);
    stream->context = NULL;
}

struct digest digest_of(const void *bytes, size_t length)
{
    struct digest_stream stream;
    digest_start(&stream);
    digest_add(&stream, bytes, length);
    return digest_finish(&stream);
}

int digest_of_fd(int fd, struct digest *out, struct err *err)
{
    struct digest_stream stream;
    char buffer[65536];
    digest_start(&stream);
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            digest_abandon(&stream);
            return err_set_errno(err, errno, "read");
        }
        if (got == 0)
            break;
        digest_add(&stream, buffer, (size_t)got);
    }
    *out = digest_finish(&stream);
    return 0;
}

void digest_to_hex(const struct digest *digest, char hex[static DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest->bytes[i] >> 4];
        hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    hex[DIGEST_HEX - 1] = '\0';
}

bool digest_from_hex(const char *hex, struct digest *digest)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof digest->bytes; i++) {
        const char *high = hex[2 * i] ? strchr(digits, hex[2 * i]) : NULL;
        const char *low = high && hex[2 * i + 1] ? strchr(digits, hex[2 * i + 1]) : NULL;
        if (!low)
            return false;
        digest->bytes[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return hex[2 * sizeof digest->bytes] == '\0';
}

bool digest_is_zero(const struct digest *digest)
{
    static const struct digest zero;
    return memcmp(digest, &zero, sizeof zero) == 0;
}
