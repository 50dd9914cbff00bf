/*
 * Stands in for libFuzzer.
 *
 *     fuzz_NAME FOLDER [MUTATIONS]   every seed of the folder, then a fixed number of mutations of them
 *     fuzz_NAME FILE...              each file as it is: an input that was found, or AFL's @@
 *     fuzz_NAME -                    standard input, once; under afl-clang-fast again and again (persistent
 * mode)
 *
 * The generator's seed is fixed, so that a failure comes again; the input that is being tried lies in a file
 * beside.
 */
#include "base/cleanup.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRIVER_MUTATIONS 4000
#define DRIVER_LONGEST   65536             /* bytes of a mutated input */
#define DRIVER_FILE_MOST ((size_t)1 << 20) /* bytes read of an input */

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
    uint8_t *bytes = memory_zeroed(DRIVER_FILE_MOST);
    size_t length = fread(bytes, 1, DRIVER_FILE_MOST, file);
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

static bool driver_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int driver_add_path(struct driver *driver, const char *path)
{
    if (!driver_is_folder(path))
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

/* One input from standard input, to its end. */
static void driver_try_stream(uint8_t *bytes)
{
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length<DRIVER_FILE_MOST; length += got> 0 ? (size_t)got : 0)
        got = read(STDIN_FILENO, bytes + length, DRIVER_FILE_MOST - length);
    LLVMFuzzerTestOneInput(bytes, length);
}

static int driver_run_stream(void)
{
    cleanup_free uint8_t *bytes = memory_zeroed(DRIVER_FILE_MOST);
#ifdef __AFL_LOOP
    while (__AFL_LOOP(10000))
#endif
        driver_try_stream(bytes);
    return 0;
}

static int driver_run_seeds(struct driver *driver, long mutations)
{
    snprintf(driver->crash, sizeof driver->crash, "/tmp/fuzz-input-XXXXXX");
    int fd = mkstemp(driver->crash);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < driver->count; i++)
        driver_try(driver, driver->seeds[i].bytes, driver->seeds[i].length);
    driver_mutate(driver, mutations);
    for (size_t i = 0; i < driver->count; i++)
        free(driver->seeds[i].bytes);
    printf("%zu seeds and %ld mutations of them: no complaint\n", driver->count, mutations);
    free(driver->seeds);
    unlink(driver->crash);
    return 0;
}

int main(int argc, char **argv)
{
    struct driver driver = {.state = UINT64_C(0x9e3779b97f4a7c15)};
    if (argc == 2 && strcmp(argv[1], "-") == 0)
        return driver_run_stream();
    bool folder = argc > 1 && driver_is_folder(argv[1]);
    int sources = folder ? 2 : argc;
    for (int i = 1; i < sources; i++) {
        if (driver_add_path(&driver, argv[i]) < 0) {
            perror(argv[i]);
            return 2;
        }
    }
    if (!driver.count || (folder && argc > 3)) {
        fprintf(stderr, "usage: %s FOLDER [MUTATIONS] | FILE... | -; the folder must hold seeds\n", argv[0]);
        return 2;
    }
    long mutations = folder ? DRIVER_MUTATIONS : 0;
    return driver_run_seeds(&driver, folder && argc == 3 ? strtol(argv[2], NULL, 10) : mutations);
}
