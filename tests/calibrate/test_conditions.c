/* Files of the kernel, as several machines have them, read below a folder of our own. */
#include "orchestrator/calibrate/conditions.h"

#include "base/folder.h"
#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char root[64];

static int machine_make(void **state)
{
    (void)state;
    strcpy(root, "/tmp/cupel-conditions-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int machine_remove(void **state)
{
    struct err err = {0};
    (void)state;
    return folder_remove(root, &err);
}

static void machine_write(const char *path, const char *content)
{
    struct err err = {0};
    char *whole = memory_format("%s%s", root, path);
    char *slash = strrchr(whole, '/');
    *slash = '\0';
    assert_int_equal(folder_make(whole, 0755, &err), 0);
    *slash = '/';
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    free(whole);
}

static const int cpus[] = {0, 1, 2, 3};

static struct conditions machine_read(void)
{
    struct conditions conditions;
    conditions_read(root, cpus, 4, &conditions);
    return conditions;
}

#define CPU "/sys/devices/system/cpu/"

static void test_a_machine_that_tells_nothing(void **state)
{
    (void)state;
    struct conditions conditions = machine_read();
    const char *texts[] = {conditions.governor, conditions.siblings, conditions.hypervisor,
                           conditions.isolated, conditions.tickless, conditions.huge_pages};
    const double figures[] = {conditions.turbo,  conditions.smt,      conditions.battery,  conditions.aslr,
                              conditions.quota,  conditions.load,     conditions.pressure, conditions.steal,
                              conditions.others, conditions.throttled};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(texts[i], "");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        assert_true(figures[i] < 0);
}

static void test_a_laptop(void **state)
{
    (void)state;
    machine_write(CPU "cpu0/cpufreq/scaling_governor", "performance\n");
    machine_write(CPU "cpu1/cpufreq/scaling_governor", "powersave\n");
    machine_write(CPU "cpu0/topology/thread_siblings_list", "0,2\n");
    machine_write(CPU "cpu1/topology/thread_siblings_list", "1,3\n");
    machine_write(CPU "cpu2/topology/thread_siblings_list", "0,2\n");
    machine_write(CPU "cpu3/topology/thread_siblings_list", "1,3\n");
    machine_write(CPU "intel_pstate/no_turbo", "0\n");
    machine_write(CPU "isolated", "\n");
    machine_write("/sys/class/power_supply/BAT0/type", "Battery\n");
    machine_write("/sys/class/power_supply/BAT0/status", "Discharging\n");
    machine_write("/sys/class/power_supply/hidpp_battery_0/type", "Battery\n");
    machine_write("/sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
    machine_write("/sys/class/power_supply/AC/type", "Mains\n");
    machine_write("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    machine_write("/proc/sys/kernel/randomize_va_space", "2\n");
    machine_write("/proc/loadavg", "1.25 0.80 0.60 2/900 12345\n");
    machine_write("/proc/pressure/cpu", "some avg10=12.50 avg60=3.00 avg300=1.00 total=1\nfull avg10=0.00\n");
    machine_write("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme de sse2\n");
    struct conditions conditions = machine_read();
    assert_string_equal(conditions.governor, "powersave");
    assert_string_equal(conditions.siblings, "1,3");
    assert_string_equal(conditions.huge_pages, "madvise");
    assert_string_equal(conditions.hypervisor, "");
    assert_string_equal(conditions.isolated, "");
    assert_true(conditions.turbo == 1 && conditions.smt == 1 && conditions.battery == 1);
    assert_true(conditions.aslr == 2 && conditions.load == 1.25 && conditions.pressure == 0.125);
    assert_true(conditions.quota < 0);
}

static void test_its_forbidden_twin(void **state)
{
    (void)state;
    machine_write(CPU "cpu0/cpufreq/scaling_governor", "performance\n");
    machine_write(CPU "cpu3/topology/thread_siblings_list", "3\n");
    machine_write(CPU "cpufreq/boost", "0\n");
    machine_write("/sys/class/power_supply/BAT0/type", "Battery\n");
    machine_write("/sys/class/power_supply/BAT0/status", "Charging\n");
    struct conditions conditions = machine_read();
    assert_string_equal(conditions.governor, "performance");
    assert_string_equal(conditions.siblings, "");
    assert_true(conditions.turbo == 0 && conditions.smt == 0 && conditions.battery == 0);
}

static void test_a_virtual_machine(void **state)
{
    (void)state;
    machine_write("/proc/cpuinfo", "flags\t\t: fpu vme de hypervisor lahf_lm\n");
    machine_write(CPU "isolated", "2-3\n");
    machine_write(CPU "nohz_full", "(null)\n");
    assert_string_equal(machine_read().hypervisor, "unnamed");
    machine_write("/sys/class/dmi/id/product_name", "KVM Virtual Machine\n");
    struct conditions conditions = machine_read();
    assert_string_equal(conditions.hypervisor, "KVM Virtual Machine");
    assert_string_equal(conditions.isolated, "2-3");
    assert_string_equal(conditions.tickless, "");
}

/* What a control group may use: its own limit, and the tightest around it. */
static void test_quotas(void **state)
{
    (void)state;
    struct conditions_counters counters;
    machine_write("/proc/self/cgroup", "0::/system.slice/cupel.service\n");
    machine_write("/sys/fs/cgroup/system.slice/cupel.service/cpu.max", "max 100000\n");
    machine_write("/sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n");
    machine_write("/sys/fs/cgroup/system.slice/cpu.stat", "usage_usec 1\nnr_periods 10\nnr_throttled 7\n");
    assert_true(machine_read().quota == 1.5);
    conditions_count(root, &counters);
    assert_true(counters.throttled == 7);
    machine_write("/sys/fs/cgroup/system.slice/cupel.service/cpu.max", "50000 100000\n");
    assert_true(machine_read().quota == 0.5);
    machine_write("/proc/self/cgroup", "0::/../outside\n");
    assert_true(machine_read().quota < 0);
}

static void test_quotas_of_version_1(void **state)
{
    (void)state;
    machine_write("/proc/self/cgroup", "9:name=systemd:/\n4:cpu,cpuacct:/docker/1\n3:cpuset:/\n0::/\n");
    machine_write("/sys/fs/cgroup/cpuset/cpu.cfs_quota_us", "1\n");
    machine_write("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
    machine_write("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
    machine_write("/sys/fs/cgroup/unified/cgroup.procs", "");
    assert_true(machine_read().quota < 0);
    machine_write("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "200000\n");
    assert_true(machine_read().quota == 2);
    machine_write("/sys/fs/cgroup/unified/cpu.max", "30000 100000\n");
    assert_true(fabs(machine_read().quota - 0.3) < 1e-12);
}

static void test_what_happened_meanwhile(void **state)
{
    (void)state;
    struct conditions conditions = {.steal = -1, .others = -1, .throttled = -1};
    struct conditions_counters before, after;
    machine_write("/proc/stat", "cpu  100 0 50 800 10 5 5 30 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n");
    conditions_count(root, &before);
    assert_int_equal(before.total, 1000);
    assert_int_equal(before.busy, 160);
    assert_int_equal(before.cpus, 2);
    /* Of 1000 ticks of two CPUs 700 were busy: 1.4 CPUs, one of them ours; 50 were stolen. */
    machine_write("/proc/stat", "cpu  700 0 150 1050 10 5 5 80 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n");
    conditions_count(root, &after);
    conditions_compare(&before, &after, 1, &conditions);
    assert_true(fabs(conditions.steal - 0.05) < 1e-12);
    assert_true(fabs(conditions.others - 0.4) < 1e-12);
    assert_true(conditions.throttled < 0);
    /* Counters that went back, as in a container that was moved, say nothing. */
    conditions = (struct conditions){.steal = -1, .others = -1};
    conditions_compare(&after, &before, 1, &conditions);
    assert_true(conditions.steal < 0 && conditions.others < 0);
}

static void test_nonsense_is_unknown(void **state)
{
    (void)state;
    char longest[6000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    machine_write("/proc/stat", "cpu  what\n");
    machine_write("/proc/loadavg", longest);
    machine_write("/proc/pressure/cpu", longest);
    machine_write("/proc/cpuinfo", longest);
    machine_write("/proc/self/cgroup", longest);
    machine_write(CPU "cpu0/cpufreq/scaling_governor", longest);
    machine_write("/sys/kernel/mm/transparent_hugepage/enabled", "[");
    struct conditions_counters counters;
    struct conditions conditions = machine_read();
    conditions_count(root, &counters);
    assert_int_equal(counters.total, 0);
    assert_true(conditions.load < 0 && conditions.pressure < 0 && conditions.quota < 0);
    assert_int_equal(strlen(conditions.governor), CONDITIONS_TEXT - 1);
    assert_string_equal(conditions.huge_pages, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_machine_that_tells_nothing, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_a_laptop, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_its_forbidden_twin, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_a_virtual_machine, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_quotas, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_quotas_of_version_1, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_what_happened_meanwhile, machine_make, machine_remove),
        cmocka_unit_test_setup_teardown(test_nonsense_is_unknown, machine_make, machine_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
