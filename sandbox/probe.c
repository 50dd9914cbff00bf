#include "sandbox/probe.h"

#include "base/memory.h"
#include "sandbox/groups.h"
#include "sandbox/landlock.h"
#include "sandbox/privilege.h"
#include "sandbox/remedy.h"
#include "sandbox/task_clock.h"
#include "sandbox/zygote_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Layers that the zygote itself sets up, in the order in which it does. */
struct probe_step {
    enum wire_layer layer; /* what it reports when it stops there */
    const char *name;      /* of the row */
    const char *present;   /* what was proven */
};

static const struct probe_step probe_steps[] = {
    {WIRE_LAYER_USER_NAMESPACE, "user namespaces", "ids of a slot can be mapped"},
    {WIRE_LAYER_NAMESPACES, "namespaces", "mount, pid, ipc, uts, cgroup and network"},
    {WIRE_LAYER_PROC, "fresh /proc", "of the run's own processes only"},
    {WIRE_LAYER_SECCOMP, "system call filters", "every profile compiles"},
    {WIRE_LAYER_MOUNTS, "read-only system", "template with /usr, /etc and /dev"},
    {WIRE_LAYER_OVERLAY, "overlay workspace", "mounts"},
};

struct probe {
    struct probe_layer *layers; /* the caller's */
    size_t count;               /* filled */
};

static struct probe_layer *probe_add(struct probe *probe, const char *name, bool required,
                                     enum probe_state state, const char *detail, const char *remedy)
{
    struct probe_layer *layer = &probe->layers[probe->count++];
    *layer = (struct probe_layer){.name = name, .required = required, .state = state};
    snprintf(layer->detail, sizeof layer->detail, "%s", detail);
    snprintf(layer->remedy, sizeof layer->remedy, "%s", state == PROBE_PRESENT ? "" : remedy);
    return layer;
}

static void probe_add_steps(struct probe *probe, const struct wire_failed *failed)
{
    bool reached = true;
    for (size_t i = 0; i < sizeof probe_steps / sizeof probe_steps[0]; i++) {
        const struct probe_step *step = &probe_steps[i];
        if (failed->layer == step->layer) {
            struct probe_layer *layer = probe_add(probe, step->name, true, PROBE_MISSING, "",
                                                  remedy_for(step->layer, (int)failed->error));
            snprintf(layer->detail, sizeof layer->detail, "%.180s: %s", failed->words,
                     strerror((int)failed->error));
            reached = false;
        } else if (reached) {
            probe_add(probe, step->name, true, PROBE_PRESENT, step->present, "");
        } else {
            probe_add(probe, step->name, true, PROBE_MISSING, "not reached", "solve the row above first");
        }
    }
}

static void probe_add_trials(struct probe *probe, const struct wire_hello *hello)
{
    if (hello->overlay)
        probe_add(probe, "overlay on tmpfs", false, PROBE_PRESENT, "rmdir and mkdir over a lower folder work",
                  "");
    else
        probe_add(probe, "overlay on tmpfs", false, PROBE_DEGRADED,
                  "no user.* attributes: runs write to the disk", "Linux 6.6 or newer, or run as root");
    if (hello->shared)
        probe_add(probe, "own system files", false, PROBE_DEGRADED,
                  "bound from the machine: locks and watches on them are felt in every slot",
                  privilege_is_root() ? "outside of nested containers: overlays stack twice only"
                                      : "run as root, or where nothing is mounted below /usr");
    else
        probe_add(probe, "own system files", false, PROBE_PRESENT,
                  "an overlay for each slot: no lock or watch on them leaves it", "");
    if (!privilege_is_root())
        probe_add(probe, "slot ids", false, PROBE_DEGRADED, "every slot has the caller's own id",
                  "run as root, which maps an id for each slot");
    else if (hello->id_mapped)
        probe_add(probe, "slot ids", false, PROBE_PRESENT, "idmapped layers, an id for each slot", "");
    else
        probe_add(probe, "slot ids", false, PROBE_DEGRADED, "all slots share one id",
                  "Linux 5.19 or newer maps the layers' owner for each slot");
}

static void probe_add_landlock(struct probe *probe)
{
    int version = landlock_version();
    char detail[256];
    snprintf(detail, sizeof detail, "version %d: %s", version,
             version >= LANDLOCK_SCOPE_VERSION     ? "no TCP, no signals or abstract sockets out of a run"
             : version >= LANDLOCK_NETWORK_VERSION ? "no TCP out of a run"
                                                   : "nothing that a run could use");
    probe_add(probe, "Landlock", false, version >= LANDLOCK_SCOPE_VERSION ? PROBE_PRESENT : PROBE_DEGRADED,
              version ? detail : "not there: namespaces and the filter stand alone",
              "Linux 6.12 or newer with `landlock` among the boot option lsm=");
}

static void probe_add_cpu(struct probe *probe, const struct groups *groups)
{
    static const char name[] = "CPU accounting";
    char detail[256];
    if (groups->places[GROUPS_V2].parent) {
        snprintf(detail, sizeof detail, "cpu.stat of groups in %.200s", groups->places[GROUPS_V2].parent);
        probe_add(probe, name, true, PROBE_PRESENT, detail, "");
    } else if (groups->places[GROUPS_CPU].parent) {
        snprintf(detail, sizeof detail, "cpuacct.usage of groups in %.200s",
                 groups->places[GROUPS_CPU].parent);
        probe_add(probe, name, true, PROBE_PRESENT, detail, "");
    } else if (task_clock_works()) {
        probe_add(probe, name, true, PROBE_PRESENT, "inherited task clock (no control group can be written)",
                  "");
    } else {
        snprintf(detail, sizeof detail, "no control group can be written, and perf_event_paranoid is %ld",
                 remedy_read_setting("/proc/sys/kernel/perf_event_paranoid", -1));
        probe_add(
            probe, name, true, PROBE_MISSING, detail,
            "`sudo sysctl kernel.perf_event_paranoid=2`, or start cupel by `systemd-run --user --scope -p "
            "Delegate=yes cupel …`, or as root");
    }
}

static void probe_add_group(struct probe *probe, const char *name, bool v2, const char *v1,
                            const char *without)
{
    char detail[256];
    if (v2)
        probe_add(probe, name, false, PROBE_PRESENT, "v2 controller", "");
    else if (v1) {
        snprintf(detail, sizeof detail, "v1 groups in %.200s", v1);
        probe_add(probe, name, false, PROBE_PRESENT, detail, "");
    } else
        probe_add(
            probe, name, false, PROBE_DEGRADED, without,
            "start cupel by `systemd-run --user --scope -p Delegate=yes cupel …`, or as root; a container "
            "needs `--cgroupns=private` and a writable /sys/fs/cgroup");
}

static void probe_add_groups(struct probe *probe, const struct groups *groups)
{
    probe_add_cpu(probe, groups);
    probe_add_group(probe, "memory groups", groups->memory2, groups->places[GROUPS_MEMORY].parent,
                    "RLIMIT_DATA for each process; the peak is that of the largest process");
    probe_add_group(probe, "pids groups", groups->pids2, groups->places[GROUPS_PIDS].parent,
                    "RLIMIT_NPROC in the run's user namespace");
}

/* A zygote of its own, with groups in the caller's state folder: made and removed again. */
static void probe_add_zygote(struct probe *probe, const struct sandbox_options *options)
{
    struct groups groups = {.lease = -1};
    struct zygote_client client;
    struct wire_hello hello = {0};
    struct wire_failed failed = {0};
    struct err err = {0};
    if (groups_open(&groups, options->state, &err) < 0) {
        probe_add(probe, "state folder", true, PROBE_MISSING, err.message, "make it writable for you");
        groups_close(&groups);
        return;
    }
    probe_add(probe, "state folder", true, PROBE_PRESENT, options->state, "");
    int code = zygote_client_open(&client, options, &groups, &hello, &failed, &err);
    if (code == 0)
        zygote_client_kill(&client);
    if (code == 0 || failed.layer != WIRE_LAYER_INTERNAL) {
        probe_add(probe, "cupel-sandbox", true, PROBE_PRESENT, options->executable, "");
        probe_add_steps(probe, &failed);
    } else {
        probe_add(probe, "cupel-sandbox", true, PROBE_MISSING, err.message,
                  "install cupel-sandbox and its filters with cupel");
    }
    if (code == 0)
        probe_add_trials(probe, &hello);
    probe_add_landlock(probe);
    probe_add_groups(probe, &groups);
    groups_close(&groups);
}

size_t probe_machine(struct probe_layer layers[static PROBE_LAYERS_MAX], const char *executable,
                     const char *filters, const char *state)
{
    struct probe probe = {.layers = layers};
    const struct sandbox_options options = {.executable = executable, .filters = filters, .state = state};
    probe_add_zygote(&probe, &options);
    return probe.count;
}
