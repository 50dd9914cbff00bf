#include "sandbox/zygote/failure.h"

#include <stdarg.h>
#include <stdio.h>

int failure_set(struct wire_failed *failed, enum wire_layer layer, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failed->words, sizeof failed->words, format, arguments);
    va_end(arguments);
    failed->layer = layer;
    failed->error = (uint32_t)error;
    return -1;
}
