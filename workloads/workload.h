/*
 * A workload: how a program is asked and what of its answer counts. The configuration row is the same for
 * every kind; a kind is a table of functions, so that another joins without anybody above noticing.
 */
#ifndef CUPEL_WORKLOADS_WORKLOAD_H
#define CUPEL_WORKLOADS_WORKLOAD_H

#include "base/error.h"
#include "sandbox/sandbox.h"
#include "workloads/answer.h"
#include "workloads/arm.h"
#include "workloads/metric.h"
#include "workloads/samples.h"

enum workload_stdout {
    WORKLOAD_STDOUT_AUTO,
    WORKLOAD_STDOUT_JSON,
    WORKLOAD_STDOUT_JSONL,
    WORKLOAD_STDOUT_TEXT,
    WORKLOAD_STDOUT_BYTES
};
enum workload_cache { WORKLOAD_CACHE_COLD, WORKLOAD_CACHE_WARM, WORKLOAD_CACHE_REPLAY };
/* As in a configuration; the table ends with NULL. */
extern const char *const workload_cache_names[WORKLOAD_CACHE_REPLAY + 2];

struct size;

struct workload {
    char *name;
    const struct workload_kind *kind;
    char **run;         /* NULL-terminated command; ${samples} is replaced in any argument */
    char *samples_path; /* as written in the configuration */
    enum metric primary;
    double weight; /* of this workload in the evaluation; > 0 */
    enum workload_stdout stdout_kind;
    bool compare_stderr;
    char **outputs;   /* NULL-terminated, relative to /work; never NULL */
    double timeout_s; /* of one sample */
    uint64_t memory_bytes;
    double block_s; /* aimed length of a base run; 0: one sample a run */
    enum workload_cache cache;
    bool cache_declared; /* `cache` stands in the configuration; else it is the default */
    struct size *size;   /* what the work grows with; NULL: the configuration doesn't say */
};

#define WORKLOAD_SAMPLES     "/samples"            /* where the samples' folder is inside: ${samples} */
#define WORKLOAD_NOT_STARTED "cannot be started: " /* answer.ending begins so when exec failed */

/* Reads one row of `workloads`; every key is checked. The row owns its strings. */
WARN_UNUSED int workload_read(struct workload *workload, const struct json_file *file,
                              const struct json_value *row, struct err *err);
void workload_fini(struct workload *workload);

/* Every sample has what the kind asks with, and nothing that it would not look at. The error names the
 * sample.
 */
WARN_UNUSED int workload_check_samples(const struct workload *workload, const struct sample_set *samples,
                                       struct err *err);

/* What every run of an evaluation shares. Borrowed for as long as runs are in flight. */
struct workload_context {
    uv_loop_t *loop;
    struct sandbox *sandbox;
    const char *const *environment;     /* the arms' common environment, NULL-terminated */
    const struct sandbox_mount *mounts; /* the operator's, without the samples' folder */
    size_t mount_count;
    const int *measure_cpus; /* or NULL: the last CPU that this process may use */
    size_t measure_cpu_count;
};

struct counts;

/* What becomes of a run behind an answer. */
enum answer_next {
    ANSWER_STOP, /* it ends early: on_done comes without an error */
    ANSWER_NEXT, /* the next sample is asked */
    /*
     * Nothing more is asked, and nothing told, before run_resume(), which the run is owed: behind its last
     * answer too, and when it is cancelled meanwhile. What a timed worker would use until then is in no
     * figure: it stands still.
     */
    ANSWER_HOLD
};

/* One run: an arm answers a list of samples one after the other. */
struct workload_request {
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *arm;
    const size_t *indices; /* into samples->items */
    size_t count;
    unsigned lane;    /* of the arm, below its `lanes` */
    bool timed;       /* pinned to the measuring CPUs */
    bool waits;       /* stands still between its start-up and run_go(): another run is under way */
    bool discarded;   /* answers and figures are looked at by nobody: samples may share a sandbox */
    char padding[64]; /* value of CUPEL_PADDING inside; random length against layout bias */
    /* Refused calls and usage of each sample are added here, which makes it a counting run: never a timed
     * one. NULL: nothing is counted. */
    struct counts *counts;
    uint64_t calls_most; /* with `counts`: made calls are added instead, up to so many; 0: not */
    bool simulated;      /* likewise: under valgrind, whose instructions are added instead */
    /* Each answer in turn, borrowed unless taken over
     * by copying and zeroing it. Figures are of that sample. */
    enum answer_next (*on_answer)(size_t position, struct answer *answer, const struct figures *figures,
                                  void *data);
    /*
     * The figures of the run as a whole, where they are more than those of its answers together: before
     * on_done, of a run that came to its end. What is negative there is the sum of the answers. May be NULL.
     */
    void (*on_whole)(const struct figures *figures, void *data);
    void (*on_ready)(void *data); /* of a run that `waits`; once, never from inside start */
    void (*on_done)(const struct err *err, void *data); /* exactly once, never from inside start */
    void *data;
};

struct workload_run;

struct workload_kind {
    const char *name; /* "command" */
    bool requests;    /* one process answers all samples of a run: the figures have latencies */
    int (*run_start)(const struct workload_context *context, const struct workload_request *request,
                     struct workload_run **out, struct err *err);
    void (*run_cancel)(struct workload_run *run); /* on_done still comes, with ERR_CANCELLED */
    /* Lets a run go on whose on_answer said ANSWER_HOLD, once for each, never from inside it; else it ends
     * early. More answers and on_done may come from inside. */
    void (*run_resume)(struct workload_run *run, bool go_on);
    /* Lets a run go on that `waits`, once it has said that it is ready; NULL: its runs never wait. */
    void (*run_go)(struct workload_run *run);
};

extern const struct workload_kind workload_command;        /* a process a sample */
extern const struct workload_kind workload_worker;         /* one process that answers a line a line */
extern const struct workload_kind *const workload_kinds[]; /* all; ends with NULL */
/* NULL: there is none. */
const struct workload_kind *workload_kind_by_name(const char *name);
/* Some figures are those of a process that answers many requests. */
bool workload_kind_has_metric(const struct workload_kind *kind, enum metric metric);

#endif
