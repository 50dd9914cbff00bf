/* Whether this is a build with AddressSanitizer,
 * which needs terabytes of addresses and keeps what was freed. */
#ifndef CUPEL_TESTS_SANDBOX_ASAN_H
#define CUPEL_TESTS_SANDBOX_ASAN_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN_IS_ON 1 /* as clang says it */
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ASAN_IS_ON 1 /* as gcc does */
#endif
#ifndef ASAN_IS_ON
#define ASAN_IS_ON 0
#endif

#endif
