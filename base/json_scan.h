/* Inside of the JSON reader: the end of what stands for itself in a string. */
#ifndef CUPEL_BASE_JSON_SCAN_H
#define CUPEL_BASE_JSON_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* The first quote, backslash or control byte at or after `at`. The padding's NULs end every scan. */
static inline const char *json_scan_plain(const char *at)
{
    for (;; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        __m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        int hit = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), controls));
        if (hit)
            return at + __builtin_ctz((unsigned)hit);
    }
}
#else
#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static inline const char *json_scan_plain(const char *at)
{
    for (;; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        uint64_t quote = word ^ (ONES * '"');
        uint64_t slash = word ^ (ONES * '\\');
        /* Zero-byte test (Warren, Hacker's Delight, 6-1):
         * exact for the lowest hit, which is the one wanted. */
        uint64_t hit =
            (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((word - ONES * 0x20) & ~word)) & HIGHS;
        if (hit)
            return at + ((size_t)__builtin_ctzll(hit) >> 3);
    }
}
#endif

#endif
