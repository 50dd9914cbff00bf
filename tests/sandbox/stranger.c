/* Stands in for cupel-sandbox of another version: STRANGER says which. Reads nothing, answers and stays. */
#include "sandbox/channel.h"
#include "sandbox/greeting.h"
#include "sandbox/wire.h"

#include <unistd.h>

int main(void)
{
#ifdef STRANGER
    struct greeting greeting = {.kind = WIRE_GREETING, .records = STRANGER, .release = "9.8.7"};
    const void *bytes = &greeting;
    const size_t length = sizeof greeting;
#else
    const uint32_t bytes[] = {WIRE_HELLO, 1}; /* of a form that never was ours */
    const size_t length = sizeof bytes;
#endif
    if (channel_send(3, bytes, length, NULL, 0) < 0)
        return 1;
    for (;;)
        pause();
}
