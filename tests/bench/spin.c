/* A CPU-bound program whose work is what the file "rounds" says; its answer is always the same. */
#include <stdint.h>
#include <stdio.h>

int main(void)
{
    long rounds = 0;
    FILE *file = fopen("rounds", "r");
    if (!file || fscanf(file, "%ld", &rounds) != 1)
        return 1;
    fclose(file);
    volatile uint64_t state = 88172645463325252ULL;
    for (long i = 0; i < rounds; i++) {
        uint64_t x = state;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        state = x;
    }
    puts(state ? "{\"done\":true}" : "{\"done\":false}");
    return 0;
}
