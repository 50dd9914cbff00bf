/* allowed_signers as we read it beside ssh-keygen, and what a signature says of itself. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/signoff/signers.h"
#include "orchestrator/signoff/sshsig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KEY_1 "AAAAC3NzaC1lZDI1NTE5AAAAIKtBmPVzwdQ0dDRC8q7mSgFdLhwSGcVvgD8rLoq6aUtL"
#define KEY_2 "AAAAC3NzaC1lZDI1NTE5AAAAIBBBmPVzwdQ0dDRC8q7mSgFdLhwSGcVvgD8rLoq6aUtL"
#define KEY_3 "AAAAC3NzaC1lZDI1NTE5AAAAICCBmPVzwdQ0dDRC8q7mSgFdLhwSGcVvgD8rLoq6aUtL"
#define KEY_4 "AAAAC3NzaC1lZDI1NTE5AAAAIDDBmPVzwdQ0dDRC8q7mSgFdLhwSGcVvgD8rLoq6aUtL"

static int read_list(struct signers *signers, const char *text, struct err *err)
{
    return signers_read(signers, "list", text, strlen(text), err);
}

static void lists_are_read(void **state)
{
    (void)state;
    struct signers signers;
    struct err err = {0};
    const char *text =
        "# people\n\n  kim@x,kim@y ssh-ed25519 " KEY_1 " laptop\r\n"
        "\"lee@x\" namespaces=\"cupel-decision-v1,git\",valid-before=\"20300101\" ssh-ed25519 " KEY_2
        "\nKim@z ssh-ed25519 " KEY_1;
    size_t length;
    assert_int_equal(read_list(&signers, text, &err), 0);
    assert_int_equal(signers.count, 3);
    cleanup_free uint8_t *key = sshsig_decode_base64(KEY_1, strlen(KEY_1), &length);
    cleanup_free const char **names = signers_names(&signers, key, length);
    assert_string_equal(names[0], "kim@x");
    assert_string_equal(names[1], "kim@y");
    assert_string_equal(names[2], "Kim@z");
    assert_null(names[3]);
    assert_string_equal(signers_find(&signers, key, length, "KIM@Z"), "Kim@z");
    assert_null(signers_find(&signers, key, length, "lee@x"));
    assert_non_null(signers_find(&signers, key, length, "kim@x"));
    assert_null(signers_find(&signers, key, length - 1, "kim@x"));
    signers_fini(&signers);
}

static void lines_that_share_a_name_are_one_person(void **state)
{
    (void)state;
    struct signers signers;
    struct err err = {0};
    size_t length;
    const char *text = "kim@x ssh-ed25519 " KEY_1 "\nlee@x ssh-ed25519 " KEY_3
                       "\nKIM@x,k@y ssh-ed25519 " KEY_2 "\nk@Y,ada@x ssh-ed25519 " KEY_4 "\n";
    assert_int_equal(read_list(&signers, text, &err), 0);
    cleanup_free uint8_t *kim = sshsig_decode_base64(KEY_1, strlen(KEY_1), &length);
    cleanup_free const char **names = signers_names(&signers, kim, length);
    static const char *const expected[] = {"kim@x", "KIM@x", "k@y", "k@Y", "ada@x"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_string_equal(names[i], expected[i]);
    assert_null(names[5]);
    /* Counted as one, but the key signs only in its own lines' names. */
    assert_null(signers_find(&signers, kim, length, "ada@x"));
    cleanup_free uint8_t *lee = sshsig_decode_base64(KEY_3, strlen(KEY_3), &length);
    cleanup_free const char **others = signers_names(&signers, lee, length);
    assert_string_equal(others[0], "lee@x");
    assert_null(others[1]);
    signers_fini(&signers);
}

static void other_lists_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"*@x ssh-ed25519 " KEY_1,
         "list:1: a pattern; write each person's address, or one key could sign in many names"},
        {"a@x,!b@x ssh-ed25519 " KEY_1,
         "list:1: a pattern; write each person's address, or one key could sign in many names"},
        {"\n*@x cert-authority ssh-ed25519 " KEY_1,
         "list:2: certificate authorities are not taken; write a line for each person"},
        {"a@x", "list:1: must be: mail [options] key-type key, as in ssh-keygen(1)"},
        {"a@x ssh-dss AAAA", "list:1: must be: mail [options] key-type key, as in ssh-keygen(1)"},
        {"a@x ssh-ed25519 A*A=", "list:1: the key is no base64"},
        {"a@x, ssh-ed25519 " KEY_1, "list:1: an empty name"},
        {"\"a@x ssh-ed25519 " KEY_1, "list:1: must be: mail [options] key-type key, as in ssh-keygen(1)"},
        {"a\"@x\" ssh-ed25519 " KEY_1, "list:1: a character that no name has"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct signers signers;
        struct err err = {0};
        assert_int_equal(read_list(&signers, rows[i][0], &err), ERR_INVALID);
        assert_string_equal(err.message, rows[i][1]);
    }
}

static void base64_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes;
    } rows[] = {{"Zm9v", "foo"}, {"Zm 9v\n", "foo"}, {"Zm8=", "fo"},     {"Zg==", "f"},  {"Zg=", NULL},
                {"Z", NULL},     {"", NULL},         {"Zg==Zg==", NULL}, {"Z===", NULL}, {"Zm-v", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = 0;
        cleanup_free uint8_t *bytes = sshsig_decode_base64(rows[i].text, strlen(rows[i].text), &length);
        assert_int_equal(bytes == NULL, rows[i].bytes == NULL);
        if (bytes) {
            assert_int_equal(length, strlen(rows[i].bytes));
            assert_memory_equal(bytes, rows[i].bytes, length);
        }
    }
}

static void fingerprints_are_those_of_ssh_keygen(void **state)
{
    (void)state;
    char fingerprint[SSHSIG_FINGERPRINT_MAX];
    sshsig_fingerprint((const uint8_t *)"abc", 3, fingerprint); /* FIPS 180-4's example, in base64 */
    assert_string_equal(fingerprint, "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
}

static void signatures_say_key_and_namespace(void **state)
{
    (void)state;
    static const struct {
        const char *blob; /* base64 behind "SSHSIG" and so on */
        const char *words;
    } rows[] = {
        {"U1NIU0lHAAAAAQAAAANrZXkAAAADZ2l0", NULL},
        {"U1NIU0lHAAAAAgAAAANrZXkAAAADZ2l0", "the signature has another version than 1"},
        {"U1NIU0lHAAAAAf////9rZXkAAAADZ2l0", "the signature is cut off or damaged"},
        {"U1NIU0lHAAAAAQAAAANrZXkAAAAEZ2l0", "the signature is cut off or damaged"},
        {"U1NIU0lHAAAAAQAAAAAAAAADZ2l0", "the signature is cut off or damaged"},
        {"AAAA", "the signature is none of ssh-keygen's"},
        {"****", "the signature is no base64"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sshsig sshsig;
        struct err err = {0};
        cleanup_free char *armour =
            memory_format("-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n", rows[i].blob);
        int code = sshsig_read(&sshsig, armour, strlen(armour), &err);
        assert_int_equal(code, rows[i].words ? ERR_INVALID : 0);
        if (rows[i].words) {
            assert_string_equal(err.message, rows[i].words);
            continue;
        }
        assert_string_equal(sshsig.name_space, "git");
        assert_int_equal(sshsig.key_length, 3);
        assert_memory_equal(sshsig.key, "key", 3);
        sshsig_fini(&sshsig);
    }
    struct sshsig sshsig;
    struct err err = {0};
    assert_int_equal(sshsig_read(&sshsig, "AAAA", 4, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(lines_that_share_a_name_are_one_person),
        cmocka_unit_test(other_lists_are_refused),
        cmocka_unit_test(base64_is_strict),
        cmocka_unit_test(fingerprints_are_those_of_ssh_keygen),
        cmocka_unit_test(signatures_say_key_and_namespace),
    };
    return cmocka_run_group_tests_name("signers", tests, NULL, NULL);
}
