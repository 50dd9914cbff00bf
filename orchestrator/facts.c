#include "orchestrator/facts.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void facts_read_cpu(char *model, size_t size)
{
    char line[512];
    snprintf(model, size, "unknown");
    cleanup_file FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || (strncmp(line, "model name", 10) != 0 && strncmp(line, "CPU part", 8) != 0))
            continue;
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(model, size, "%s", colon[1] == ' ' ? colon + 2 : colon + 1);
        return;
    }
}

static void facts_read_kernel(char *kernel, size_t size)
{
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(kernel, size, "%.60s %.80s %.40s", name.sysname, name.release, name.machine);
}

static void facts_tell_time(char *created, size_t size)
{
    struct timespec now;
    struct tm utc;
    char second[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(created, size, "%.19s.%06uZ", second, (unsigned)(now.tv_nsec / 1000) % 1000000u);
}

/* What signs and gates compare: which cupel made the report. */
static void facts_digest_runner(char hex[static DIGEST_HEX])
{
    struct digest digest;
    struct err ignored = {0};
    cleanup_fd int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && digest_of_fd(fd, &digest, &ignored) == 0)
        digest_to_hex(&digest, hex);
}

void facts_collect(struct facts *facts)
{
    *facts = (struct facts){0};
    facts_tell_time(facts->created, sizeof facts->created);
    facts_read_cpu(facts->cpu_model, sizeof facts->cpu_model);
    facts_read_kernel(facts->kernel, sizeof facts->kernel);
    facts_digest_runner(facts->runner_digest);
}

void facts_find_calibration(struct facts *facts, const char *state, const struct operator_settings *settings)
{
    const struct shelf_place place = {.state = state,
                                      .cpu = facts->cpu_model,
                                      .kernel = facts->kernel,
                                      .cpus = settings->measure_cpus,
                                      .cpu_count = settings->measure_cpu_count,
                                      .now = time(NULL)};
    shelf_describe(&place, &facts->note);
}

static const struct report_calibration *facts_describe_calibration(struct facts *facts)
{
    if (!facts->note.known)
        return NULL;
    facts->calibration =
        (struct report_calibration){.created = facts->note.created, .digest = facts->note.digest};
    for (int m = 0; m < METRIC_COUNT; m++)
        facts->calibration.noise[m] = m < CALIBRATION_METRICS ? facts->note.noise[m] : -1;
    return &facts->calibration;
}

const char *facts_cpu_source(const struct sandbox_isolation *isolation)
{
    static const char *const sources[] = {[SANDBOX_CPU_NONE] = "none",
                                          [SANDBOX_CPU_CGROUP2] = "cgroup v2",
                                          [SANDBOX_CPU_CGROUP1] = "cgroup v1",
                                          [SANDBOX_CPU_TASK_CLOCK] = "task clock"};
    return sources[isolation->cpu_source];
}

const char *facts_peak_source(const struct sandbox_isolation *isolation)
{
    static const char *const sources[] = {[SANDBOX_PEAK_NONE] = "none",
                                          [SANDBOX_PEAK_CGROUP2] = "cgroup v2",
                                          [SANDBOX_PEAK_CGROUP1] = "cgroup v1",
                                          [SANDBOX_PEAK_RUSAGE] = "largest process"};
    return sources[isolation->peak_source];
}

char *facts_environment(const struct facts *facts, const struct sandbox_isolation *isolation)
{
    return memory_format("%s, %s, CPU time from %s, peak memory from %s", facts->cpu_model, facts->kernel,
                         facts_cpu_source(isolation), facts_peak_source(isolation));
}

void facts_describe(struct facts *facts, const struct sandbox_isolation *isolation,
                    const struct configuration *configuration, struct report_context *context)
{
    digest_to_hex(&configuration->policy.digest, facts->policy_digest);
    digest_to_hex(&configuration->digest, facts->configuration_digest);
    *context = (struct report_context){
        .created = facts->created,
        .cpu_model = facts->cpu_model,
        .kernel = facts->kernel,
        .isolation = isolation->level,
        .cpu_source = facts_cpu_source(isolation),
        .peak_source = facts_peak_source(isolation),
        .cupel_version = CUPEL_VERSION,
        .runner_digest = *facts->runner_digest ? facts->runner_digest : NULL,
        .calibration = facts_describe_calibration(facts),
        .policy_name = configuration->policy.name,
        .policy_digest = facts->policy_digest,
        .configuration_digest = facts->configuration_digest,
    };
}
