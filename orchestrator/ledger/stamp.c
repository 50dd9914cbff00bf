#include "orchestrator/ledger/stamp.h"

#include <stdio.h>
#include <time.h>

void stamp_now(char text[static STAMP_MAX])
{
    struct timespec now;
    struct tm utc;
    char second[STAMP_MAX];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, STAMP_MAX, "%.19s.%03uZ", second, (unsigned)(now.tv_nsec / 1000000) % 1000u);
}
