#include "workloads/contract/reproduction.h"

#include <stdlib.h>

void reproduction_free(struct reproduction *reproduction)
{
    if (!reproduction)
        return;
    free(reproduction->request);
    free(reproduction->why_none);
    free(reproduction->differs_only_when);
    free(reproduction->before);
    free(reproduction->after);
    free(reproduction);
}
