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
                                     enum probe_state state, const char *detail)
{
    struct probe_layer *layer = &probe->layers[probe->count++];
    *layer = (struct probe_layer){.name = name, .required = required, .state = state, .cause = ""};
    snprintf(layer->detail, sizeof layer->detail, "%s", detail);
    return layer;
}

static void probe_add_present(struct probe *probe, const char *name, bool required, const char *detail)
{
    probe_add(probe, name, required, PROBE_PRESENT, detail);
}

/* Missing where it is required, else degraded. */
static struct probe_layer *probe_add_lack(struct probe *probe, const char *name, bool required,
                                          const char *detail, const struct remedy *remedy)
{
    struct probe_layer *layer =
        probe_add(probe, name, required, required ? PROBE_MISSING : PROBE_DEGRADED, detail);
    layer->cause = remedy->cause;
    snprintf(layer->remedy, sizeof layer->remedy, "%s", remedy->words);
    return layer;
}

static void probe_add_refused(struct probe *probe, const struct probe_step *step,
                              const struct wire_failed *failed)
{
    static const struct remedy unknown = {"unknown", "report this line, and what `uname -a` says"};
    const struct remedy *remedy = remedy_for(step->layer, (int)failed->error);
    struct probe_layer *layer = probe_add_lack(probe, step->name, true, "", remedy ? remedy : &unknown);
    snprintf(layer->detail, sizeof layer->detail, "%.180s: %s", failed->words, strerror((int)failed->error));
}

static void probe_add_steps(struct probe *probe, const struct wire_failed *failed)
{
    static const struct remedy above = {"row-above", "solve the row above first"};
    bool reached = true;
    for (size_t i = 0; i < sizeof probe_steps / sizeof probe_steps[0]; i++) {
        const struct probe_step *step = &probe_steps[i];
        if (failed->layer == step->layer) {
            probe_add_refused(probe, step, failed);
            reached = false;
        } else if (reached) {
            probe_add_present(probe, step->name, true, step->present);
        } else {
            probe_add_lack(probe, step->name, true, "not reached", &above);
        }
    }
}

/* One line of what the zygote tried: there, or why it is less. */
static void probe_add_trial(struct probe *probe, const char *name, bool present, const char *with,
                            const char *without, const struct remedy *remedy)
{
    if (present)
        probe_add_present(probe, name, false, with);
    else
        probe_add_lack(probe, name, false, without, remedy);
}

static void probe_add_trials(struct probe *probe, const struct wire_hello *hello)
{
    static const struct remedy attributes = {"tmpfs-without-attributes",
                                             "Linux 6.6 or newer, or run as root"};
    static const struct remedy stacked = {"overlay-stacked",
                                          "outside of nested containers: overlays stack twice only"};
    static const struct remedy covered = {"overlay-refused",
                                          "run as root, or where nothing is mounted below /usr"};
    static const struct remedy ordinary = {"not-root", "run as root, which maps an id for each slot"};
    static const struct remedy old = {"kernel-overlay-idmap",
                                      "Linux 5.19 or newer maps the layers' owner for each slot"};
    const bool root = privilege_is_root();
    probe_add_trial(probe, "overlay on tmpfs", hello->overlay, "rmdir and mkdir over a lower folder work",
                    "no user.* attributes: runs write to the disk", &attributes);
    probe_add_trial(probe, "own system files", !hello->shared,
                    "an overlay for each slot: no lock or watch on them leaves it",
                    "bound from the machine: locks and watches on them are felt in every slot",
                    root ? &stacked : &covered);
    probe_add_trial(probe, "slot ids", root && hello->id_mapped, "idmapped layers, an id for each slot",
                    root ? "all slots share one id" : "every slot has the caller's own id",
                    root ? &old : &ordinary);
}

static void probe_add_landlock(struct probe *probe)
{
    int version = landlock_version();
    int error = errno;
    char detail[256];
    snprintf(detail, sizeof detail, "version %d: %s", version,
             version >= LANDLOCK_SCOPE_VERSION     ? "no TCP, no signals or abstract sockets out of a run"
             : version >= LANDLOCK_NETWORK_VERSION ? "no TCP out of a run"
                                                   : "nothing that a run could use");
    if (version >= LANDLOCK_SCOPE_VERSION)
        probe_add_present(probe, "Landlock", false, detail);
    else
        probe_add_lack(probe, "Landlock", false,
                       version ? detail : "not there: namespaces and the filter stand alone",
                       remedy_for_landlock(version, error));
}

static void probe_add_core(struct probe *probe)
{
    const struct remedy *remedy = remedy_for_core();
    if (remedy)
        probe_add_lack(probe, "core dumps", false, "core_pattern names a socket: a limit does not stop them",
                       remedy);
    else
        probe_add_present(probe, "core dumps", false, "none leaves a run, to a file or to a handler");
}

static void probe_add_cpu(struct probe *probe, const struct groups *groups)
{
    static const char name[] = "CPU accounting";
    char detail[256];
    if (groups->places[GROUPS_V2].parent) {
        snprintf(detail, sizeof detail, "cpu.stat of groups in %.200s", groups->places[GROUPS_V2].parent);
        probe_add_present(probe, name, true, detail);
    } else if (groups->places[GROUPS_CPU].parent) {
        snprintf(detail, sizeof detail, "cpuacct.usage of groups in %.200s",
                 groups->places[GROUPS_CPU].parent);
        probe_add_present(probe, name, true, detail);
    } else if (task_clock_works()) {
        probe_add_present(probe, name, true, "inherited task clock (no control group can be written)");
    } else {
        snprintf(detail, sizeof detail, "no control group can be written, and perf_event_paranoid is %ld",
                 remedy_read_setting("/proc/sys/kernel/perf_event_paranoid", -1));
        probe_add_lack(probe, name, true, detail, remedy_for_cpu());
    }
}

static void probe_add_group(struct probe *probe, const char *name, bool v2, enum groups_kind v1,
                            const struct groups *groups, const char *without)
{
    char detail[256];
    if (v2) {
        probe_add_present(probe, name, false, "v2 controller");
    } else if (groups->places[v1].parent) {
        snprintf(detail, sizeof detail, "v1 groups in %.200s", groups->places[v1].parent);
        probe_add_present(probe, name, false, detail);
    } else {
        probe_add_lack(probe, name, false, without, remedy_for_groups(groups));
    }
}

static void probe_add_groups(struct probe *probe, const struct groups *groups)
{
    probe_add_cpu(probe, groups);
    probe_add_group(probe, "memory groups", groups->memory2, GROUPS_MEMORY, groups,
                    "RLIMIT_DATA for each process; the peak is that of the largest process");
    probe_add_group(probe, "pids groups", groups->pids2, GROUPS_PIDS, groups,
                    "RLIMIT_NPROC in the run's user namespace");
}

/* A zygote of its own, with groups in the caller's state folder: made and removed again. */
static void probe_add_zygote(struct probe *probe, const struct sandbox_options *options)
{
    static const struct remedy unwritable = {"state-not-writable", "make it writable for you"};
    static const struct remedy unusable = {"sandbox-unusable",
                                           "install cupel-sandbox and its filters with cupel"};
    struct groups groups = {.lease = -1};
    struct zygote_client client;
    struct wire_hello hello = {0};
    struct wire_failed failed = {0};
    struct err err = {0};
    if (groups_open(&groups, options->state, &err) < 0) {
        probe_add_lack(probe, "state folder", true, err.message, &unwritable);
        groups_close(&groups);
        return;
    }
    probe_add_present(probe, "state folder", true, options->state);
    int code = zygote_client_open(&client, options, &groups, &hello, &failed, &err);
    if (code == 0)
        zygote_client_kill(&client);
    if (code == 0 || failed.layer != WIRE_LAYER_INTERNAL) {
        probe_add_present(probe, "cupel-sandbox", true, options->executable);
        probe_add_steps(probe, &failed);
    } else {
        probe_add_lack(probe, "cupel-sandbox", true, err.message, &unusable);
    }
    if (code == 0)
        probe_add_trials(probe, &hello);
    probe_add_landlock(probe);
    probe_add_core(probe);
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
