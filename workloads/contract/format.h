/* Formats that a rule can ask of a noisy value. */
#ifndef CUPEL_WORKLOADS_CONTRACT_FORMAT_H
#define CUPEL_WORKLOADS_CONTRACT_FORMAT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum format { FORMAT_RFC3339, FORMAT_UUID, FORMAT_INTEGER, FORMAT_DECIMAL, FORMAT_REGEX, FORMAT_NONE };

/* NULL-terminated, in the order of the enumeration; for json_want_choice(). */
extern const char *const format_names[];

/* `regex` (POSIX extended) is for FORMAT_REGEX only; values longer than 4 KiB never match one. */
bool format_matches(enum format format, const regex_t *regex, const char *bytes, size_t length);
/* Two RFC 3339 times of the same instant, whatever their offsets and spelling. */
bool format_is_same_instant(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
