/* What comparing and recording share of a contract. Nobody else includes this. */
#ifndef CUPEL_WORKLOADS_CONTRACT_CONTRACT_STATE_H
#define CUPEL_WORKLOADS_CONTRACT_CONTRACT_STATE_H

#include "workloads/contract/body.h"
#include "workloads/contract/kinds.h"

/* A part of the base's answer, read once for all responses that are held against it. */
struct contract_part {
    char *bytes; /* what was read; owned */
    size_t length;
    bool read;             /* bytes, body and notes are there */
    struct body body;      /* of the bytes */
    struct findings notes; /* what a byte-equal answer is worth a word for */
};

struct contract {
    const struct workload *workload;
    const struct rules *rules; /* NULL: none */
    bool *matched;             /* by rule; owned */
    struct noise noise;
    struct json_pool *pool; /* for the documents; owned */
    struct findings total;
    struct table recorded; /* noise_sample() of those that `samples` counts, to their outcome */
    size_t samples;
    size_t fields;
    size_t missed[MISSED_COUNT];
    size_t tolerated;
    bool apart; /* what is recorded is no sample */
    struct kinds kinds;
    bool *written;               /* by declared output: some answer had it; owned */
    struct contract_part *parts; /* stdout, stderr, then the declared outputs; owned */
    size_t part_count;
};

/* One comparison on its way. */
struct contract_pass {
    struct contract *contract;
    struct findings findings;
    size_t fields;               /* compared */
    enum contract_missed missed; /* why the answers can't be compared; MISSED_COUNT: they can */
    bool spoken;                 /* some part of the base's answer says something */
    bool unequal;                /* some part has other bytes */
    bool learning;               /* before against before */
    uint64_t sample;             /* as body_comparison.sample */
};

/* Compares into the pass. */
enum contract_outcome contract_run(struct contract_pass *pass, const struct answer *base,
                                   const struct answer *candidate);

/* The parts of an answer in their order: stdout, stderr, then the declared outputs. */
const char *contract_part_name(const struct contract *contract, size_t index);
const struct answer_part *contract_answer_part(const struct answer *answer, size_t index);

#endif
