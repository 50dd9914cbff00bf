/* cupel.json, checked as a whole: what is built, asked, compared and demanded. */
#ifndef CUPEL_ORCHESTRATOR_SETTINGS_CONFIGURATION_H
#define CUPEL_ORCHESTRATOR_SETTINGS_CONFIGURATION_H

#include "base/digest.h"
#include "policies/policy.h"
#include "workloads/contract/contract.h"
#include "workloads/variants/variants.h"
#include "workloads/workload.h"

#define CONFIGURATION_NAME "cupel.json"

struct command_list {
    char ***commands; /* each a NULL-terminated argument list; owned */
    size_t count;
};

/* A build of the base that moves its code without changing what it does. */
struct layout_variant {
    char *name;                /* unique; letters, digits, '-', '_' and '.' */
    char **environment;        /* NAME=value on top of every arm's, in its build alone; never NULL */
    struct command_list build; /* instead of the configuration's; none: the same */
};

struct configuration {
    char *source;                /* "cupel.json of 1a2b3c4d" or the path given by --config; for messages */
    char *folder;                /* --config: where its relative sample paths start; NULL: in the base tree */
    struct digest digest;        /* of its bytes */
    struct command_list prepare; /* on the base only */
    struct command_list build;   /* both arms */
    struct command_list tests;   /* both arms */
    char **environment;          /* NAME=value additions, NULL-terminated; never NULL */
    double build_timeout_s;      /* of each command of prepare, build and tests */
    uint64_t build_disk_bytes;   /* that each of the three may leave or have in its workspace */
    uint64_t build_files;        /* likewise: files, folders and links */
    struct layout_variant *variants; /* owned */
    size_t variant_count;            /* at most VARIANTS_MOST */
    struct workload *workloads;
    size_t workload_count;
    struct rules *rules;
    struct policy policy;
    char *policy_file; /* the path that "policy" names, or NULL */
};

/* Where a configuration's other files come from: the same place that it is trusted to come from itself. */
struct configuration_origin {
    const char *policies; /* folder of the bundled policies */
    /* Bytes of a file that the configuration names (free them), by its relative path. */
    int (*read)(const char *path, char **bytes, size_t *length, void *data, struct err *err);
    void *data; /* of read */
};

WARN_UNUSED int configuration_read(struct configuration *configuration, const char *name, const char *bytes,
                                   size_t length, const struct configuration_origin *origin, struct err *err);
void configuration_fini(struct configuration *configuration);

/*
 * The operator's own settings: what widens the sandbox. From the first of the user's and the system's file
 * that exists; none is fine.
 */
struct operator_settings {
    char *source;                 /* the file, or NULL */
    struct sandbox_mount *mounts; /* strings owned */
    size_t mount_count;
    int *measure_cpus;
    size_t measure_cpu_count;
    char *samples_root;    /* or NULL */
    char *held_out;        /* where sample paths are looked up for held-out samples; or NULL */
    char *trust_ref;       /* whose tip says who may sign and what holds; NULL: HEAD's branch */
    char *allowed_signers; /* absolute path, instead of the trust ref's list; or NULL */
    char *revoked_keys;    /* likewise */
    char *repository;      /* what decisions call this repository; NULL: nothing */
    bool simulate;         /* count instructions by valgrind */
};

WARN_UNUSED int operator_read(struct operator_settings *settings, const char *name, const char *bytes,
                              size_t length, const char *state, struct err *err);
WARN_UNUSED int operator_load(struct operator_settings *settings, const char *user_file,
                              const char *system_file, const char *state, struct err *err);
void operator_fini(struct operator_settings *settings);

/* Why a resolved host path can't be shown inside a sandbox at all,
 * as in "it holds sockets and devices"; NULL: it can. */
const char *operator_refuses_source(const char *real, const char *state);
/* One more read-only mount, of a resolved host path that is not refused, at the same path inside. */
void operator_add_mount(struct operator_settings *settings, const char *real);
bool operator_is_at_or_below(const char *path, const char *folder);

#endif
