/*
 * Stands in for libFuzzer: hands every seed of a folder to the target, then a fixed number of mutations of
 * them. The generator's seed is fixed, so that a failure comes again; the input that is being tried lies in a
 * file beside.
 *
 *     fuzz_NAME FOLDER [MUTATIONS]     or     fuzz_NAME FILE
 */
#include "base/cleanup.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DRIVER_MUTATIONS 4000
#define DRIVER_LONGEST   65536 /* bytes of a mutated input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seed {
    uint8_t *bytes; /* owned */
    size_t length;
};

struct driver {
    struct seed *seeds; /* owned */
    size_t count;
    size_t capacity;
    uint64_t state; /* of the generator */
    char crash[64]; /* where the current input is kept */
};

/* xorshift64* (Vigna 2014). */
static size_t driver_random(struct driver *driver, size_t below)
{
    driver->state ^= driver->state >> 12;
    driver->state ^= driver->state << 25;
    driver->state ^= driver->state >> 27;
    return (size_t)((driver->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static int driver_add_file(struct driver *driver, const char *path)
{
    cleanup_file FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    uint8_t *bytes = memory_zeroed((size_t)1 << 20);
    size_t length = fread(bytes, 1, (size_t)1 << 20, file);
    MEMORY_GROW(driver->seeds, driver->count, driver->capacity);
    driver->seeds[driver->count++] = (struct seed){.bytes = bytes, .length = length};
    return 0;
}

static int driver_order_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int driver_is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int driver_add_path(struct driver *driver, const char *path)
{
    struct stat status;
    if (stat(path, &status) || !S_ISDIR(status.st_mode))
        return driver_add_file(driver, path);
    struct dirent **entries;
    int count = scandir(path, &entries, driver_is_seed, driver_order_names);
    for (int i = 0; i < count; i++) {
        cleanup_free char *name = memory_format("%s/%s", path, entries[i]->d_name);
        driver_add_file(driver, name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count;
}

/* Puts a byte of interest, or a piece of another seed, over or between what is there. */
static size_t driver_change(struct driver *driver, uint8_t *bytes, size_t length)
{
    static const uint8_t interesting[] = "\"\\{}[]:,0-9.eE+/*tfn\n \0\xff\xed\xa0\x80\xc3";
    size_t at = length ? driver_random(driver, length) : 0;
    switch (driver_random(driver, 5)) {
    case 0:
        if (length)
            bytes[at] ^= (uint8_t)(1u << driver_random(driver, 8));
        return length;
    case 1:
        if (length)
            bytes[at] = interesting[driver_random(driver, sizeof interesting)];
        return length;
    case 2: /* drops a piece */
        if (length) {
            size_t piece = 1 + driver_random(driver, length - at < 16 ? length - at : 16);
            memmove(bytes + at, bytes + at + piece, length - at - piece);
            length -= piece;
        }
        return length;
    case 3:
        if (length < DRIVER_LONGEST) {
            memmove(bytes + at + 1, bytes + at, length - at);
            bytes[at] = interesting[driver_random(driver, sizeof interesting)];
            length++;
        }
        return length;
    default: { /* a piece of another seed */
        const struct seed *other = &driver->seeds[driver_random(driver, driver->count)];
        size_t start = other->length ? driver_random(driver, other->length) : 0;
        size_t piece = other->length - start < 64 ? other->length - start : 64;
        if (length + piece > DRIVER_LONGEST)
            return length;
        memmove(bytes + at + piece, bytes + at, length - at);
        memcpy(bytes + at, other->bytes + start, piece);
        return length + piece;
    }
    }
}

static void driver_try(struct driver *driver, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(driver->crash, "we");
    if (file) {
        fwrite(bytes, 1, length, file);
        fclose(file);
    }
    /* A copy of exactly that size, so that the sanitizer sees a read behind its end. */
    uint8_t *copy = memory_resize(NULL, length ? length : 1, 1);
    memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static void driver_mutate(struct driver *driver, long mutations)
{
    cleanup_free uint8_t *bytes = memory_zeroed(DRIVER_LONGEST + 64);
    for (long i = 0; i < mutations; i++) {
        const struct seed *seed = &driver->seeds[driver_random(driver, driver->count)];
        size_t length = seed->length < DRIVER_LONGEST ? seed->length : DRIVER_LONGEST;
        memcpy(bytes, seed->bytes, length);
        for (size_t changes = 1 + driver_random(driver, 6); changes; changes--)
            length = driver_change(driver, bytes, length);
        driver_try(driver, bytes, length);
    }
}

int main(int argc, char **argv)
{
    struct driver driver = {.state = UINT64_C(0x9e3779b97f4a7c15)};
    if (argc < 2 || argc > 3 || driver_add_path(&driver, argv[1]) < 0 || !driver.count) {
        fprintf(stderr, "usage: %s FOLDER [MUTATIONS]; the folder must hold seeds\n", argv[0]);
        return 2;
    }
    snprintf(driver.crash, sizeof driver.crash, "/tmp/fuzz-input-XXXXXX");
    int fd = mkstemp(driver.crash);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < driver.count; i++)
        driver_try(&driver, driver.seeds[i].bytes, driver.seeds[i].length);
    driver_mutate(&driver, argc == 3 ? strtol(argv[2], NULL, 10) : DRIVER_MUTATIONS);
    for (size_t i = 0; i < driver.count; i++)
        free(driver.seeds[i].bytes);
    printf("%zu seeds and their mutations: no complaint\n", driver.count);
    free(driver.seeds);
    unlink(driver.crash);
    return 0;
}
