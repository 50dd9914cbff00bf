#include "sandbox/corpus/attempt.h"

static const char *const attempt_group_names[ATTEMPT_GROUPS] = {
    [ATTEMPT_CALLS] = "system calls", [ATTEMPT_FILES] = "files",         [ATTEMPT_EGRESS] = "egress",
    [ATTEMPT_SERVICES] = "services",  [ATTEMPT_RESOURCES] = "resources", [ATTEMPT_CHEATING] = "cheating",
};

static const char *const attempt_layer_names[ATTEMPT_LAYERS] = {
    [ATTEMPT_LAYER_NONE] = "none",
    [ATTEMPT_LAYER_SECCOMP] = "seccomp filter",
    [ATTEMPT_LAYER_IDENTITY] = "user namespace",
    [ATTEMPT_LAYER_CAPABILITIES] = "no capabilities",
    [ATTEMPT_LAYER_PROCESSES] = "pid namespace",
    [ATTEMPT_LAYER_TEMPLATE] = "read-only template",
    [ATTEMPT_LAYER_WORKSPACE] = "overlay workspace",
    [ATTEMPT_LAYER_WATCH] = "disk watch",
    [ATTEMPT_LAYER_SCRATCH] = "own /tmp and /dev/shm",
    [ATTEMPT_LAYER_IPC] = "ipc namespace",
    [ATTEMPT_LAYER_NETWORK] = "network namespace",
    [ATTEMPT_LAYER_LANDLOCK] = "Landlock domain",
    [ATTEMPT_LAYER_CGROUP] = "cgroup namespace",
    [ATTEMPT_LAYER_GROUPS] = "control groups",
    [ATTEMPT_LAYER_LIMITS] = "resource limits",
    [ATTEMPT_LAYER_DEADLINE] = "deadline",
    [ATTEMPT_LAYER_OUTPUT] = "output cap",
    [ATTEMPT_LAYER_COLLECTOR] = "collector",
    [ATTEMPT_LAYER_KERNEL] = "kernel's own rule",
    [ATTEMPT_LAYER_SCREEN] = "screen",
    [ATTEMPT_LAYER_CONTRACT] = "contract",
};

const struct attempt_table *attempt_table(enum attempt_group group)
{
    static const struct attempt_table *const tables[ATTEMPT_GROUPS] = {
        [ATTEMPT_CALLS] = &attempt_calls,         [ATTEMPT_FILES] = &attempt_files,
        [ATTEMPT_EGRESS] = &attempt_egress,       [ATTEMPT_SERVICES] = &attempt_services,
        [ATTEMPT_RESOURCES] = &attempt_resources, [ATTEMPT_CHEATING] = &attempt_cheating,
    };
    return tables[group];
}

const char *attempt_profile_name(unsigned profile)
{
    static const char *const names[ATTEMPT_PROFILES] = {"build", "workload", "service"};
    return names[profile];
}

bool attempt_is_for(const struct attempt *attempt, unsigned profile)
{
    unsigned profiles = attempt->profiles ? attempt->profiles : ATTEMPT_BUILD | ATTEMPT_WORKLOAD;
    return profiles & 1u << profile;
}

const char *attempt_group_name(enum attempt_group group)
{
    return attempt_group_names[group];
}

const char *attempt_layer_name(enum attempt_layer layer)
{
    return attempt_layer_names[layer];
}
