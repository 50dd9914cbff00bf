/*
 * What the work of a workload grows with: where n stands in a request, and which sizes are worth measuring.
 *
 *     "/items", "/items/length"   in the JSON of stdin, or of a worker's request: elements, members,
 * characters, or the number itself "arg:2"                     the second of the sample's arguments, a number
 *     "stdin.bytes", "stdin.lines"
 *     "stratum"                   the last number in the stratum's name
 */
#ifndef CUPEL_WORKLOADS_CURVE_SIZE_H
#define CUPEL_WORKLOADS_CURVE_SIZE_H

#include "base/json_access.h"
#include "workloads/samples.h"

#define SIZE_VALUES_MOST 16
#define SIZE_MOST        1e15 /* of n: a double keeps it whole */
#define SIZE_PLACEHOLDER "${n}"

enum size_of { SIZE_WORDS, SIZE_POINTER, SIZE_ARGUMENT, SIZE_BYTES, SIZE_LINES, SIZE_STRATUM };

struct size {
    char *words;     /* as written */
    enum size_of of; /* SIZE_WORDS: words for people, from which no n can be had */
    char **segments; /* SIZE_POINTER: NULL-terminated; owned */
    size_t argument; /* SIZE_ARGUMENT: from 0 */
    double *values;  /* ascending; owned; NULL: those that the samples have */
    size_t value_count;
    char **generate; /* NULL-terminated command that prints samples of size ${n}; owned; NULL: none */
};

/*
 * The key `size` of a workload: a string, or an object with `of`, `values` and `generate`. A string that is
 * none of the above is kept as words; in an object it is an error. `*out` is the caller's.
 */
WARN_UNUSED int size_read(struct size **out, const struct json_file *file, const struct json_value *value,
                          struct err *err);
void size_free(struct size *size); /* NULL is fine */

/* The n of a sample; false where it has none.
 * `bytes` are its stdin's. Foreign text: nothing of it is trusted. */
bool size_of_request(const struct size *size, const struct sample *sample, const char *bytes, size_t length,
                     double *n);
/* The same, with stdin from the sample or from its file, which is read where n depends on it; of a worker's
 * sample the request, without the end of its line. */
bool size_of_sample(const struct size *size, const struct sample_set *set, const struct sample *sample,
                    double *n);

#endif
