/*
 * The part of each standard library that computes and nothing else: no network, no processes, no code or
 * libraries loaded at run time, no files opened. A list of what is known to be harmless fails to the safe
 * side: what is missing here is refused, and a team that wants it says so in its policy.
 */
#include "policies/screen/imports.h"

#include <string.h>

struct harmless_list {
    const char *language;
    const char *modules; /* space before and behind each; a trailing "*" stands for all that begin so */
};

static const struct harmless_list harmless_lists[] = {
    {"c",
     " assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h "
     "setjmp.h stdalign.h stdarg.h stdatomic.h stdbit.h stdbool.h stdckdint.h stddef.h stdint.h stdio.h "
     "stdlib.h stdnoreturn.h string.h strings.h tgmath.h threads.h pthread.h semaphore.h time.h uchar.h "
     "wchar.h wctype.h sys/types.h sys/param.h alloca.h endian.h byteswap.h search.h malloc.h memory.h "
     "immintrin.h emmintrin.h xmmintrin.h pmmintrin.h smmintrin.h nmmintrin.h tmmintrin.h wmmintrin.h "
     "x86intrin.h arm_neon.h arm_sve.h arm_acle.h cpuid.h omp.h "
     "algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono "
     "cinttypes climits clocale cmath compare complex concepts condition_variable coroutine csetjmp cstdarg "
     "cstddef "
     "cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution expected flat_map "
     "flat_set format forward_list functional future generator initializer_list iomanip ios iosfwd iostream "
     "istream iterator latch limits list locale map mdspan memory memory_resource mutex new numbers numeric "
     "optional ostream print queue random ranges ratio regex scoped_allocator semaphore set shared_mutex "
     "source_location span sstream stack stdexcept stop_token streambuf string string_view syncstream "
     "system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray "
     "variant vector version "},
    {"python",
     " __future__ abc array base64 binascii bisect calendar cmath codecs collections collections.abc "
     "colorsys concurrent.futures contextlib contextvars copy csv dataclasses datetime decimal difflib "
     "enum errno fnmatch fractions functools gc graphlib hashlib heapq hmac html html.parser "
     "html.entities io itertools json keyword locale logging math numbers operator os.path "
     "pprint queue random re reprlib secrets statistics string stringprep struct textwrap threading time "
     "timeit token tokenize types typing unicodedata urllib.parse uuid warnings weakref zlib zoneinfo "
     "asyncio "},
    {"javascript",
     " assert assert/strict async_hooks buffer crypto diagnostics_channel events os path perf_hooks "
     "querystring stream string_decoder timers url util worker_threads zlib "},
    {"go",
     " bufio bytes cmp container/* context crypto/md5 crypto/sha1 crypto/sha256 crypto/sha512 encoding/* "
     "errors fmt hash hash/* html io iter log log/slog maps math math/* path regexp regexp/syntax runtime "
     "slices sort strconv strings sync sync/atomic text/* time unicode unicode/* unique index/suffixarray "},
    {"rust",
     " std::alloc std::any std::arch std::array std::ascii std::borrow std::boxed std::cell std::char "
     "std::clone std::cmp std::collections std::convert std::default std::error std::f32 std::f64 std::fmt "
     "std::future std::hash std::hint std::i128 std::i16 std::i32 std::i64 std::i8 std::isize std::io "
     "std::iter std::marker std::mem std::num std::ops std::option std::panic std::path std::pin "
     "std::prelude std::primitive std::ptr std::rc std::result std::simd std::slice std::str std::string "
     "std::sync std::task std::thread std::time std::u128 std::u16 std::u32 std::u64 std::u8 std::usize "
     "std::vec std::assert std::assert_eq std::println std::format std::write std::matches "},
    {"java",
     " java.io java.lang java.lang.annotation java.math java.nio java.nio.charset java.text java.time "
     "java.time.* java.util java.util.concurrent java.util.concurrent.* java.util.function java.util.regex "
     "java.util.stream java.util.zip "},
};

bool imports_is_harmless(const char *language, const char *module)
{
    size_t wanted = strlen(module);
    for (size_t i = 0; i < sizeof harmless_lists / sizeof *harmless_lists; i++) {
        if (strcmp(harmless_lists[i].language, language) != 0)
            continue;
        for (const char *name = harmless_lists[i].modules + 1; *name;) {
            size_t length = strcspn(name, " ");
            bool all = name[length - 1] == '*';
            if (all ? wanted >= length && strncmp(name, module, length - 1) == 0
                    : wanted == length && memcmp(name, module, length) == 0)
                return true;
            name += length + 1;
        }
    }
    return false;
}
