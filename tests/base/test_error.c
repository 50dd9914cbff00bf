/* Errors read from the outside in, and are cut rather than overrun. */
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_from_the_outside_in(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(err_set_errno(&err, ENOENT, "spawn %s", "cc"), ERR_SYSTEM);
    assert_int_equal(err_wrap(&err, "build %s", "candidate"), ERR_SYSTEM);
    assert_string_equal(err.message, "build candidate: spawn cc: No such file or directory");
}

static void says_what_to_do_about_a_full_disk(void **state)
{
    (void)state;
    struct err err = {0};
    (void)err_set_errno(&err, ENOSPC, "write /state/report");
    assert_string_equal(err.message, "write /state/report: No space left on device; make room there");
    (void)err_set_errno(&err, EDQUOT, "write /state/report");
    assert_string_equal(err.message, "write /state/report: Disk quota exceeded; make room there");
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    struct err err = {0};
    char words[ERR_MESSAGE_MAX + 100];
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    assert_int_equal(err_set(&err, ERR_INVALID, "%s", words), ERR_INVALID);
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    err_wrap(&err, "outer");
    assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
    assert_int_equal(strncmp(err.message, "outer: xxx", 10), 0);
}

static void text_grows_and_keeps_nuls(void **state)
{
    (void)state;
    cleanup_text struct text text = {0};
    assert_string_equal(text_string(&text), "");
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i % 10);
    assert_int_equal(text.length, 2000);
    text_append(&text, "a\0b", 3);
    assert_memory_equal(text.data + 2000, "a\0b", 4);
}

/* FIPS 180-4 examples, as published by NIST: "abc" and the empty message. */
static void digests_known_messages(void **state)
{
    (void)state;
    char hex[DIGEST_HEX];
    struct digest digest = digest_of("abc", 3);
    digest_to_hex(&digest, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest = digest_of("", 0);
    digest_to_hex(&digest, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void fields_cannot_be_shifted(void **state)
{
    (void)state;
    struct digest_stream one;
    struct digest_stream two;
    digest_start(&one);
    digest_add_field(&one, "ab", 2);
    digest_add_field(&one, "c", 1);
    digest_start(&two);
    digest_add_field(&two, "a", 1);
    digest_add_field(&two, "bc", 2);
    struct digest a = digest_finish(&one);
    struct digest b = digest_finish(&two);
    assert_memory_not_equal(a.bytes, b.bytes, DIGEST_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_from_the_outside_in), cmocka_unit_test(says_what_to_do_about_a_full_disk),
        cmocka_unit_test(cuts_what_is_too_long),     cmocka_unit_test(text_grows_and_keeps_nuls),
        cmocka_unit_test(digests_known_messages),    cmocka_unit_test(fields_cannot_be_shifted),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
