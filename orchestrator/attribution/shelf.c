#include "orchestrator/attribution/shelf.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"

#include <string.h>

#define SHELF_BYTES ((size_t)256 << 20)

static char *shelf_path(const char *state, const char *id, const char *suffix)
{
    return memory_format("%s/attributions/%s.%s", state, id, suffix);
}

static int shelf_write(const char *state, const char *path, const char *bytes, size_t length, struct err *err)
{
    cleanup_free char *folder = memory_format("%s/attributions", state);
    if (folder_make(folder, 0700, err) < 0 || folder_replace_file(path, bytes, length, err) < 0)
        return err_wrap(err, "keep the attribution");
    return 0;
}

int shelf_write_document(const char *state, const char *id, const cJSON *document, struct err *err)
{
    cleanup_free char *path = shelf_path(state, id, "json");
    cleanup_text struct text canonical = {0};
    if (report_canonicalise(document, &canonical, err) < 0)
        return err->code;
    return shelf_write(state, path, text_string(&canonical), canonical.length, err);
}

int shelf_write_patch(const char *state, const char *id, const char *bytes, size_t length, char **path,
                      struct err *err)
{
    *path = shelf_path(state, id, "patch");
    return shelf_write(state, *path, bytes, length, err);
}

cJSON *shelf_read(const char *state, const char *id, const char *report)
{
    cleanup_free char *path = shelf_path(state, id, "json");
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err absent = {0};
    if (folder_read_file(path, SHELF_BYTES, &bytes, &length, &absent) < 0)
        return NULL;
    cJSON *document = cJSON_ParseWithLength(bytes, length);
    if (strcmp(member_string(member_get(document, "report"), "digest"), report) == 0)
        return document;
    cJSON_Delete(document);
    return NULL;
}
