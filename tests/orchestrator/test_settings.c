/* cupel.json and the operator's file: what is read, and the exact line for what is wrong. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/settings/configuration.h"
#include "orchestrator/settings/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define POLICIES CUPEL_SOURCE "/policies"
#define WORKLOAD "{\"name\": \"w\", \"kind\": \"command\", \"run\": [\"x\"], \"samples\": \"s.jsonl\"}"

#define VARIANTS(value)                                                                                      \
    "{\"version\": 1, \"build\": [[\"make\"]], \"layout_variants\": " value ", \"workloads\": [" WORKLOAD "]}"

/* The one file that stands beside the configuration. */
static int read_policy(const char *path, char **bytes, size_t *length, void *data, struct err *err)
{
    (void)data;
    if (strcmp(path, "rules/ours.json") != 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
    *bytes =
        memory_copy_string("{\"extends\": \"default\", \"name\": \"ours\", \"minimum_improvement\": 0.2}");
    *length = strlen(*bytes);
    return 0;
}

static int read_text(struct configuration *configuration, const char *text, struct err *err)
{
    const struct configuration_origin origin = {.policies = POLICIES, .read = read_policy};
    return configuration_read(configuration, "cupel.json", text, strlen(text), &origin, err);
}

static void reads_a_whole_configuration(void **state)
{
    (void)state;
    struct configuration configuration;
    struct err err = {0};
    const char *text =
        "{ // comments are welcome\n \"version\": 1, \"prepare\": [[\"a\"]],\n"
        "\"build\": [[\"make\", \"-j2\"], [\"true\"]], \"tests\": [[\"make\", \"check\"]],\n"
        "\"environment\": {\"TZ\": \"Europe/Berlin\", \"X\": \"y\"}, \"build_timeout_s\": "
        "7.5, \"build_disk_mb\": 100,\n"
        "\"layout_variants\": [{\"name\": \"aligned\", \"environment\": {\"CFLAGS\": "
        "\"-falign-functions=64\"}}, {\"name\": \"sorted.2\", \"build\": [[\"make\", \"x\"]]}],\n"
        "\"workloads\": [" WORKLOAD ",], \"policy\": \"strict\" }";
    assert_int_equal(read_text(&configuration, text, &err), 0);
    assert_int_equal(configuration.prepare.count, 1);
    assert_int_equal(configuration.build.count, 2);
    assert_string_equal(configuration.build.commands[0][1], "-j2");
    assert_null(configuration.build.commands[0][2]);
    assert_int_equal(configuration.tests.count, 1);
    assert_true(configuration.build_timeout_s == 7.5);
    assert_int_equal(configuration.build_disk_bytes, 100 << 20);
    assert_int_equal(configuration.build_files, 1000000);
    assert_int_equal(configuration.variant_count, 2);
    assert_string_equal(configuration.variants[0].name, "aligned");
    assert_string_equal(configuration.variants[0].environment[0], "CFLAGS=-falign-functions=64");
    assert_int_equal(configuration.variants[0].build.count, 0);
    assert_null(configuration.variants[1].environment[0]);
    assert_string_equal(configuration.variants[1].build.commands[0][1], "x");
    assert_string_equal(configuration.workloads[0].name, "w");
    assert_string_equal(configuration.policy.name, "strict");
    configuration_fini(&configuration);
}

static void reads_a_policy_file_beside_it(void **state)
{
    (void)state;
    struct configuration configuration;
    struct err err = {0};
    const char *text = "{\"version\": 1, \"workloads\": [" WORKLOAD "], \"policy\": \"rules/ours.json\"}";
    assert_int_equal(read_text(&configuration, text, &err), 0);
    assert_true(configuration.policy.minimum_improvement == 0.2);
    configuration_fini(&configuration);
}

static const struct {
    const char *text;
    const char *message;
} broken[] = {
    {"", "cupel.json:1"},
    {"{\"version\": 1,", "cupel.json:1"},
    {"[]", "must be an object"},
    {"{\"workloads\": [" WORKLOAD "]}", "has no \"version\"; write \"version\": 1"},
    {"{\"version\": 2, \"workloads\": [" WORKLOAD "]}", "cupel.json:1: /version"},
    {"{\"version\": 1,\n \"biuld\": []}", "\"build\""},
    {"{\"version\": 1}", "has no \"workloads\""},
    {"{\"version\": 1,\n\n \"workloads\": []}", "cupel.json:3: /workloads: has 0 workloads"},
    {"{\"version\": 1, \"workloads\": [" WORKLOAD "," WORKLOAD "]}", "is the second workload named \"w\""},
    {"{\"version\": 1, \"build\": [[]], \"workloads\": [" WORKLOAD "]}", "/build/0"},
    {"{\"version\": 1, \"build\": [\"make\"], \"workloads\": [" WORKLOAD "]}", "/build/0"},
    {"{\"version\": 1, \"environment\": {\"A B\": \"x\"}, \"workloads\": [" WORKLOAD "]}",
     "is no name of an environment variable"},
    {"{\"version\": 1, \"environment\": {\"A\": 1}, \"workloads\": [" WORKLOAD "]}", "/environment/A"},
    {"{\"version\": 1, \"build_disk_mb\": 0.5, \"workloads\": [" WORKLOAD "]}", "/build_disk_mb"},
    {"{\"version\": 1, \"build_files\": 0, \"workloads\": [" WORKLOAD "]}", "/build_files"},
    {"{\"version\": 1, \"build_timeout_s\": 0, \"workloads\": [" WORKLOAD "]}", "/build_timeout_s"},
    {VARIANTS("7"), "/layout_variants: must be an array"},
    {VARIANTS("[1]"), "/layout_variants/0: must be an object"},
    {VARIANTS("[{\"environment\": {\"A\": \"b\"}}]"), "/layout_variants/0: has no \"name\""},
    {VARIANTS("[{\"name\": \"../x\", \"environment\": {\"A\": \"b\"}}]"),
     "/layout_variants/0/name: must be 1 to 40 letters, digits, '-', '_' or '.', and begin with one of the "
     "first two"},
    {VARIANTS("[{\"name\": \"\", \"environment\": {\"A\": \"b\"}}]"),
     "/layout_variants/0/name: must be 1 to 40"},
    {VARIANTS("[{\"name\": \"a\"}]"),
     "/layout_variants/0: changes nothing: it needs an \"environment\" or a \"build\" of its own"},
    {VARIANTS("[{\"name\": \"a\", \"environment\": {}, \"build\": []}]"), "changes nothing"},
    {VARIANTS("[{\"name\": \"a\", \"environment\": {\"A=\": \"b\"}}]"),
     "/layout_variants/0/environment/A=: is no name of an environment variable"},
    {VARIANTS("[{\"name\": \"a\", \"build\": [[]]}]"), "/layout_variants/0/build/0: is an empty command"},
    {VARIANTS("[{\"name\": \"a\", \"enviroment\": {}}]"), "did you mean \"environment\"?"},
    {VARIANTS("[{\"name\": \"a\", \"build\": [[\"x\"]]}, {\"name\": \"a\", \"build\": [[\"y\"]]}]"),
     "/layout_variants/1: is the second variant named \"a\""},
    {VARIANTS("[{}, {}, {}, {}, {}, {}, {}, {}, {}]"),
     "/layout_variants: has 9 variants; at most 8 are possible"},
    {"{\"version\": 1, \"layout_variants\": [{\"name\": \"a\", \"build\": [[\"x\"]]}], \"workloads\": "
     "[" WORKLOAD "]}",
     "/layout_variants: needs a \"build\": what isn't built has no layout to vary"},
    {"{\"version\": 1, \"policy\": \"lenient\", \"workloads\": [" WORKLOAD "]}", "lenient"},
    {"{\"version\": 1, \"policy\": \"rules/absent.json\", \"workloads\": [" WORKLOAD "]}",
     "/policy: the policy can't be read: rules/absent.json: no such file"},
    {"{\"version\": 1, \"policy\": \"../ours.json\", \"workloads\": [" WORKLOAD "]}", "without \"..\""},
    {"{\"version\": 1, \"contract\": {\"rulez\": []}, \"workloads\": [" WORKLOAD "]}", "\"rules\""},
};

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct configuration configuration;
        struct err err = {0};
        if (read_text(&configuration, broken[i].text, &err) >= 0)
            fail_msg("accepted: %s", broken[i].text);
        if (!strstr(err.message, broken[i].message))
            fail_msg("%s\n  said: %s\n  expected: %s", broken[i].text, err.message, broken[i].message);
    }
}

static int read_operator(struct operator_settings *settings, const char *text, struct err *err)
{
    return operator_read(settings, "operator.json", text, strlen(text), "/nonexistent/state", err);
}

static void reads_an_operators_file(void **state)
{
    (void)state;
    struct operator_settings settings;
    struct err err = {0};
    assert_int_equal(
        read_operator(&settings,
                      "{\"mounts\": [{\"source\": \"/usr/share\", \"target\": \"/opt/share\"}],"
                      " \"measure_cpus\": [1, 0], \"samples_root\": \"/srv\", \"held_out\": \"/var/held\"}",
                      &err),
        0);
    assert_int_equal(settings.mount_count, 1);
    assert_string_equal(settings.mounts[0].target, "/opt/share");
    assert_int_equal(settings.measure_cpu_count, 2);
    assert_string_equal(settings.samples_root, "/srv");
    assert_string_equal(settings.held_out, "/var/held");
    operator_fini(&settings);
}

static void reads_what_an_operator_trusts(void **state)
{
    (void)state;
    struct operator_settings settings;
    struct err err = {0};
    assert_int_equal(
        read_operator(&settings,
                      "{\"trust_ref\": \"refs/remotes/origin/main\", \"repository\": "
                      "\"example.org/ours\", \"allowed_signers\": \"/etc/cupel/signers\", "
                      "\"revoked_keys\": \"/etc/cupel/revoked\", \"instructions\": \"valgrind\"}",
                      &err),
        0);
    assert_string_equal(settings.trust_ref, "refs/remotes/origin/main");
    assert_string_equal(settings.repository, "example.org/ours");
    assert_string_equal(settings.allowed_signers, "/etc/cupel/signers");
    assert_string_equal(settings.revoked_keys, "/etc/cupel/revoked");
    assert_true(settings.simulate);
    operator_fini(&settings);
    assert_int_equal(read_operator(&settings, "{\"instructions\": \"off\"}", &err), 0);
    assert_false(settings.simulate);
    operator_fini(&settings);
    static const char *const refused[][2] = {
        {"{\"trust_ref\": \"\"}", "operator.json:1: /trust_ref: is empty"},
        {"{\"trust_ref\": null}", "operator.json:1: /trust_ref: must be a string"},
        {"{\"instructions\": \"perf\"}", "operator.json:1: /instructions: must be \"off\" or \"valgrind\""},
        {"{\"instructions\": true}", "operator.json:1: /instructions: must be a string"},
        {"{\"held_out\": \"held\"}", "operator.json:1: /held_out: must be an absolute path"},
        {"{\"held_out\": [\"/srv\"]}", "operator.json:1: /held_out: must be a string"},
        {"{\"allowed_signers\": \"signers\"}", "operator.json:1: /allowed_signers: must be an absolute path"},
        {"{\"revoked_keys\": \"../revoked\"}", "operator.json:1: /revoked_keys: must be an absolute path"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(read_operator(&settings, refused[i][0], &err), ERR_INVALID);
        if (!strstr(err.message, refused[i][1]))
            fail_msg("%s: %s", refused[i][0], err.message);
        operator_fini(&settings);
    }
}

static const struct {
    const char *source;
    const char *target;
    const char *message;
} refused_mounts[] = {
    {"/", "/opt/x", "would show the whole machine"},
    {"/proc", "/opt/x", "would show the whole machine"},
    {"/proc/self", "/opt/x", "would show the whole machine"},
    {"/sys/fs", "/opt/x", "would show the whole machine"},
    {"/dev", "/opt/x", "holds sockets and devices"},
    {"/dev/null", "/opt/x", "is a socket or a device"},
    {"relative", "/opt/x", "must be absolute paths"},
    {"/usr/share", "opt", "must be absolute paths"},
    {"/usr/share", "/opt/../etc", "must be absolute paths"},
    {"/usr/share", "/etc/ssl", "is the sandbox's own"},
    {"/usr/share", "/work", "is the sandbox's own"},
    {"/usr/share", "/", "is the sandbox's own"},
    {"/no/such/folder", "/opt/x", "No such file or directory"},
};

static void refuses_mounts_that_show_too_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_mounts / sizeof *refused_mounts; i++) {
        struct operator_settings settings;
        struct err err = {0};
        cleanup_free char *text = memory_format("{\"mounts\": [{\"source\": \"%s\", \"target\": \"%s\"}]}",
                                                refused_mounts[i].source, refused_mounts[i].target);
        if (read_operator(&settings, text, &err) >= 0)
            fail_msg("accepted: %s", text);
        if (!strstr(err.message, refused_mounts[i].message))
            fail_msg("%s\n  said: %s\n  expected: %s", text, err.message, refused_mounts[i].message);
    }
}

static void refuses_home_as_a_whole_and_takes_a_folder_in_it(void **state)
{
    (void)state;
    char home[] = "/tmp/cupel-home-XXXXXX";
    assert_non_null(mkdtemp(home));
    cleanup_free char *inner = memory_format("%s/tools", home);
    struct err err = {0};
    assert_int_equal(folder_make(inner, 0755, &err), 0);
    setenv("HOME", home, 1);
    struct operator_settings settings;
    cleanup_free char *whole =
        memory_format("{\"mounts\": [{\"source\": \"%s\", \"target\": \"/opt/x\"}]}", home);
    cleanup_free char *part =
        memory_format("{\"mounts\": [{\"source\": \"%s\", \"target\": \"/opt/x\"}]}", inner);
    assert_int_equal(read_operator(&settings, whole, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "holds your whole home folder"));
    assert_int_equal(read_operator(&settings, part, &err), 0);
    operator_fini(&settings);
    assert_int_equal(folder_remove(home, &err), 0);
}

static bool environment_has(char *const *environment, const char *entry)
{
    for (; *environment; environment++)
        if (strcmp(*environment, entry) == 0)
            return true;
    return false;
}

static void builds_the_arms_environment(void **state)
{
    (void)state;
    struct configuration configuration;
    struct operator_settings settings = {0};
    struct err err = {0};
    assert_int_equal(
        read_text(&configuration,
                  "{\"version\": 1, \"environment\": {\"TZ\": \"Asia/Tokyo\"}, \"workloads\": [" WORKLOAD
                  "]}",
                  &err),
        0);
    char **environment = environment_build(&configuration, &settings);
    assert_true(environment_has(environment, "TZ=Asia/Tokyo"));
    assert_false(environment_has(environment, "TZ=UTC"));
    assert_true(environment_has(environment, "PYTHONDONTWRITEBYTECODE=1"));
    assert_true(
        environment_has(environment, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    json_free_strings(environment);
    configuration_fini(&configuration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_whole_configuration),
        cmocka_unit_test(reads_a_policy_file_beside_it),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(reads_an_operators_file),
        cmocka_unit_test(reads_what_an_operator_trusts),
        cmocka_unit_test(refuses_mounts_that_show_too_much),
        cmocka_unit_test(refuses_home_as_a_whole_and_takes_a_folder_in_it),
        cmocka_unit_test(builds_the_arms_environment),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
