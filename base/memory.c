#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *memory_checked(void *pointer)
{
    if (!pointer) {
        fputs("cupel: out of memory\n", stderr);
        abort();
    }
    return pointer;
}

void *memory_zeroed(size_t size)
{
    return memory_checked(calloc(1, size ? size : 1));
}

void *memory_resize(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return memory_checked(NULL);
    return memory_checked(realloc(old, bytes ? bytes : 1));
}

char *memory_copy_string(const char *string)
{
    return memory_checked(strdup(string));
}

char *memory_copy_bytes(const void *bytes, size_t length)
{
    char *copy = memory_resize(NULL, length + 1, 1);
    if (length)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *memory_format(const char *format, ...)
{
    char *string = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&string, format, arguments);
    va_end(arguments);
    return memory_checked(length < 0 ? NULL : string);
}
