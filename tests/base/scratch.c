#include "tests/base/scratch.h"

#include "base/folder.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

char scratch[] = "/tmp/cupel-test-XXXXXX";

int scratch_make(void **state)
{
    (void)state;
    strcpy(scratch + sizeof scratch - sizeof "XXXXXX", "XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

int scratch_remove(void **state)
{
    (void)state;
    struct err err = {0};
    return folder_remove(scratch, &err);
}

char *scratch_path(const char *name)
{
    return memory_format("%s/%s", scratch, name);
}
