#include "orchestrator/signoff/sshsig.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SSHSIG_BEGIN "-----BEGIN SSH SIGNATURE-----"
#define SSHSIG_END   "-----END SSH SIGNATURE-----"
#define SSHSIG_MAGIC "SSHSIG"

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

uint8_t *sshsig_decode_base64(const char *text, size_t length, size_t *out_length)
{
    cleanup_free uint8_t *bytes = memory_zeroed(length / 4 * 3 + 4);
    uint32_t group = 0;
    size_t digits = 0, padding = 0, written = 0;
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\r\n", text[i]))
            continue;
        const char *digit = text[i] ? strchr(base64_digits, text[i]) : NULL;
        if ((!digit && text[i] != '=') || (digit && padding > 0))
            return NULL;
        padding += !digit;
        group = group << 6 | (digit ? (uint32_t)(digit - base64_digits) : 0);
        if (++digits % 4 != 0)
            continue;
        bytes[written++] = (uint8_t)(group >> 16);
        bytes[written++] = (uint8_t)(group >> 8);
        bytes[written++] = (uint8_t)group;
        group = 0;
    }
    if (digits == 0 || digits % 4 != 0 || padding > 2)
        return NULL;
    *out_length = written - padding;
    return STEAL(bytes);
}

void sshsig_fingerprint(const uint8_t *key, size_t length, char out[static SSHSIG_FINGERPRINT_MAX])
{
    struct digest digest = digest_of(key, length);
    size_t used = (size_t)snprintf(out, SSHSIG_FINGERPRINT_MAX, "SHA256:");
    for (size_t bit = 0; bit < (size_t)DIGEST_BYTES * 8; bit += 6) {
        size_t byte = bit / 8;
        uint32_t pair = (uint32_t)digest.bytes[byte] << 8;
        pair |= byte + 1 < DIGEST_BYTES ? digest.bytes[byte + 1] : 0;
        out[used++] = base64_digits[pair >> (10 - bit % 8) & 63];
    }
    out[used] = '\0';
}

/* A length of four bytes, most significant first, and so many bytes (RFC 4251, section 5: string). */
static bool sshsig_take_string(const uint8_t **at, size_t *left, const uint8_t **bytes, size_t *length)
{
    if (*left < 4)
        return false;
    size_t count = (size_t)(*at)[0] << 24 | (size_t)(*at)[1] << 16 | (size_t)(*at)[2] << 8 | (*at)[3];
    if (count > *left - 4)
        return false;
    *bytes = *at + 4;
    *length = count;
    *at += 4 + count;
    *left -= 4 + count;
    return true;
}

static int sshsig_read_blob(struct sshsig *sshsig, const uint8_t *blob, size_t length, struct err *err)
{
    static const uint8_t version[4] = {0, 0, 0, 1};
    const uint8_t *key, *name_space, *at = blob;
    size_t magic = strlen(SSHSIG_MAGIC), key_length, name_length;
    if (length < magic + sizeof version || memcmp(blob, SSHSIG_MAGIC, magic) != 0)
        return err_set(err, ERR_INVALID, "the signature is none of ssh-keygen's");
    if (memcmp(blob + magic, version, sizeof version) != 0)
        return err_set(err, ERR_INVALID, "the signature has another version than 1");
    at += magic + sizeof version;
    size_t left = length - magic - sizeof version;
    if (!sshsig_take_string(&at, &left, &key, &key_length) ||
        !sshsig_take_string(&at, &left, &name_space, &name_length) || key_length == 0 ||
        memchr(name_space, '\0', name_length))
        return err_set(err, ERR_INVALID, "the signature is cut off or damaged");
    sshsig->key = (uint8_t *)memory_copy_bytes(key, key_length);
    sshsig->key_length = key_length;
    sshsig->name_space = memory_copy_bytes(name_space, name_length);
    sshsig_fingerprint(key, key_length, sshsig->fingerprint);
    return 0;
}

int sshsig_read(struct sshsig *sshsig, const char *armour, size_t length, struct err *err)
{
    *sshsig = (struct sshsig){0};
    size_t begin = strlen(SSHSIG_BEGIN);
    if (length > SSHSIG_BYTES_MAX)
        return err_set(err, ERR_INVALID, "the signature is longer than %d bytes", SSHSIG_BYTES_MAX);
    const char *end = length > begin ? memmem(armour, length, SSHSIG_END, strlen(SSHSIG_END)) : NULL;
    if (!end || strncmp(armour, SSHSIG_BEGIN, begin) != 0 || end < armour + begin)
        return err_set(err, ERR_INVALID, "the signature does not stand between %s and %s", SSHSIG_BEGIN,
                       SSHSIG_END);
    size_t blob_length = 0;
    cleanup_free uint8_t *blob =
        sshsig_decode_base64(armour + begin, (size_t)(end - armour) - begin, &blob_length);
    if (!blob)
        return err_set(err, ERR_INVALID, "the signature is no base64");
    return sshsig_read_blob(sshsig, blob, blob_length, err);
}

void sshsig_fini(struct sshsig *sshsig)
{
    free(sshsig->name_space);
    free(sshsig->key);
    *sshsig = (struct sshsig){0};
}
