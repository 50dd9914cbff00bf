#include "orchestrator/signoff/kept.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/folder.h"
#include "base/memory.h"
#include "policies/patch.h"

#include <string.h>

static char *kept_name(const char *state, const char *digest)
{
    return memory_format("%s/patches/%s.diff", state, digest);
}

char *kept_path(const char *state, const char *digest)
{
    cleanup_free char *path = kept_name(state, digest);
    return access(path, R_OK) == 0 ? STEAL(path) : NULL;
}

int kept_write(const char *state, const char *digest, const char *bytes, size_t length, struct err *err)
{
    cleanup_free char *folder = memory_format("%s/patches", state);
    cleanup_free char *path = kept_name(state, digest);
    if (access(path, F_OK) == 0)
        return 0;
    if (folder_make(folder, 0700, err) < 0 || folder_replace_file(path, bytes, length, err) < 0)
        return err_wrap(err, "keep the patch");
    return 0;
}

int kept_read(const char *state, const char *digest, char **bytes, size_t *length, struct err *err)
{
    char hex[DIGEST_HEX];
    cleanup_free char *path = kept_name(state, digest);
    if (folder_read_file(path, PATCH_MAX_BYTES, bytes, length, err) < 0)
        return err->code;
    struct digest found = digest_of(*bytes, *length);
    digest_to_hex(&found, hex);
    if (strcmp(hex, digest) == 0)
        return 0;
    free(*bytes);
    *bytes = NULL;
    return err_set(err, ERR_SYSTEM, "%s was changed since it was kept", path);
}
