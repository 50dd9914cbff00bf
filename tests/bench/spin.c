/* A CPU-bound program whose work is what the file "rounds" says; its answer is always the same. Where samples
 * have a file "ballast" it reads that first: what isn't in the page cache then costs the kernel more time. */
#include <stdint.h>
#include <stdio.h>

int main(void)
{
    long rounds = 0;
    FILE *file = fopen("rounds", "r");
    if (!file || fscanf(file, "%ld", &rounds) != 1)
        return 1;
    fclose(file);
    static char bytes[1 << 16];
    FILE *ballast = fopen("/samples/ballast", "r");
    while (ballast && fread(bytes, 1, sizeof bytes, ballast) == sizeof bytes)
        ;
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
