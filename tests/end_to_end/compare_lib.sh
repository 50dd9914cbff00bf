# Shared by the tests of cupel compare: a folder to compare in, with a program whose first argument is rounds of work and whose
# others are printed.
source "$(dirname "$0")/lib.sh"

folder=$scratch/folder
mkdir -p "$folder/data" "$folder/private"
cd "$folder" || exit 1
cat >work.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rounds of work, then what to print. */
int main(int argc, char **argv)
{
    volatile unsigned long sum = 0;
    unsigned long rounds = strtoul(argv[1], NULL, 10);
    for (unsigned long i = 0; i < rounds; i++)
        sum += i;
    for (int i = 2; i < argc; i++)
        puts(argv[i]);
    return 0;
}
C
${CC:-cc} -O1 -o work work.c || exit 77
export CUPEL

compare() { "$CUPEL" compare -q "$@"; }
