#include "sandbox/greeting.h"

#include "sandbox/wire.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof CUPEL_VERSION <= sizeof((struct greeting){0}.release), "a release has a short name");

struct greeting greeting_make(void)
{
    struct greeting greeting = {.kind = WIRE_GREETING, .records = WIRE_VERSION};
    snprintf(greeting.release, sizeof greeting.release, "%s", CUPEL_VERSION);
    return greeting;
}

/* It ends up on a terminal. */
static bool greeting_is_printable(const char *release, size_t size)
{
    size_t length = strnlen(release, size);
    for (size_t i = 0; i < length; i++)
        if (release[i] <= ' ' || release[i] > '~')
            return false;
    return length > 0 && length < size;
}

int greeting_read(const char *bytes, size_t length, struct greeting *out)
{
    if (length != sizeof *out)
        return ERR_INVALID;
    memcpy(out, bytes, sizeof *out);
    return out->kind == WIRE_GREETING && greeting_is_printable(out->release, sizeof out->release)
               ? 0
               : ERR_INVALID;
}

bool greeting_is_ours(const struct greeting *greeting)
{
    return greeting->records == WIRE_VERSION && strcmp(greeting->release, CUPEL_VERSION) == 0;
}

int greeting_explain(const struct greeting *other, const char *executable, struct err *err)
{
    return err_set(
        err, ERR_UNAVAILABLE,
        "cupel %s (records %d) and %s %s (records %u) don't belong together: install both from the "
        "same package or build",
        CUPEL_VERSION, WIRE_VERSION, executable, other->release, other->records);
}
