#include "sandbox/zygote/shorten.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHORTEN_LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define SHORTEN_RETURN (BPF_RET | BPF_K)
#define SHORTEN_NUMBER offsetof(struct seccomp_data, nr)
#define SHORTEN_ARCH   offsetof(struct seccomp_data, arch)

/* Call numbers from `first` up to the next range's: what the program does once it knows the number. */
struct shorten_range {
    uint32_t first; /* call number */
    uint32_t to;    /* instruction of the old program: a return, or the first look at an argument */
};

struct shorten {
    const struct sock_fprog *old; /* borrowed */
    uint32_t arch;                /* the one that the program is for */
    struct shorten_range *ranges; /* ascending; owned */
    size_t range_count;           /* of them */
    struct sock_filter *out;      /* new program; owned */
    size_t length;                /* of it, so far */
    uint32_t *moved;              /* new place of an old instruction that stays, or UINT32_MAX; owned */
    bool stuck;                   /* something that we don't know */
};

static bool shorten_jumps(const struct sock_filter *at, uint32_t value, bool *known)
{
    *known = BPF_SRC(at->code) == BPF_K;
    switch (BPF_OP(at->code)) {
    case BPF_JEQ:
        return value == at->k;
    case BPF_JGT:
        return value > at->k;
    case BPF_JGE:
        return value >= at->k;
    default:
        *known = false;
        return false;
    }
}

/* Where a call of this architecture and number gets to before its arguments matter. */
static uint32_t shorten_follow(struct shorten *shorten, uint32_t arch, uint32_t number)
{
    const struct sock_fprog *old = shorten->old;
    uint32_t value = 0;
    for (uint32_t i = 0; i < old->len; i++) {
        const struct sock_filter *at = &old->filter[i];
        bool known = true;
        if (at->code == SHORTEN_RETURN)
            return i;
        if (at->code == SHORTEN_LOAD && at->k != SHORTEN_NUMBER && at->k != SHORTEN_ARCH)
            return i;
        if (at->code == SHORTEN_LOAD)
            value = at->k == SHORTEN_NUMBER ? number : arch;
        else if (at->code == (BPF_JMP | BPF_JA))
            i += at->k;
        else if (BPF_CLASS(at->code) == BPF_JMP)
            i += shorten_jumps(at, value, &known) ? at->jt : at->jf;
        else
            known = false;
        if (!known)
            break;
    }
    shorten->stuck = true;
    return 0;
}

static int shorten_compare(const void *left, const void *right)
{
    const struct shorten_range *a = left;
    const struct shorten_range *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static bool shorten_is_same(const struct shorten *shorten, uint32_t a, uint32_t b)
{
    const struct sock_filter *one = &shorten->old->filter[a];
    const struct sock_filter *other = &shorten->old->filter[b];
    return a == b || (one->code == SHORTEN_RETURN && other->code == SHORTEN_RETURN && one->k == other->k);
}

/* The answer can only change at a number that the program compares with, or just after it. */
static void shorten_find_ranges(struct shorten *shorten)
{
    const struct sock_fprog *old = shorten->old;
    shorten->ranges = memory_zeroed((2 * (size_t)old->len + 1) * sizeof *shorten->ranges);
    size_t count = 1;
    for (size_t i = 0; i < old->len; i++)
        if (BPF_CLASS(old->filter[i].code) == BPF_JMP) {
            shorten->ranges[count++].first = old->filter[i].k;
            if (old->filter[i].k < UINT32_MAX)
                shorten->ranges[count++].first = old->filter[i].k + 1;
        }
    qsort(shorten->ranges, count, sizeof *shorten->ranges, shorten_compare);
    for (size_t i = 0; i < count; i++) {
        struct shorten_range range = shorten->ranges[i];
        range.to = shorten_follow(shorten, shorten->arch, range.first);
        if (shorten->range_count &&
            shorten_is_same(shorten, shorten->ranges[shorten->range_count - 1].to, range.to))
            continue;
        shorten->ranges[shorten->range_count++] = range;
    }
}

static void shorten_put(struct shorten *shorten, uint16_t code, uint32_t k, size_t yes, size_t no)
{
    if (shorten->length == shorten->old->len || yes > UINT8_MAX || no > UINT8_MAX) {
        shorten->stuck = true;
        return;
    }
    shorten->out[shorten->length++] =
        (struct sock_filter){.code = code, .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k};
}

/* A leaf takes one instruction and a fork one,
 * so `count` ranges take 2 × count − 1: known before they are put. */
static void shorten_put_tree(struct shorten *shorten)
{
    struct {
        size_t first; /* of shorten->ranges */
        size_t count; /* of them */
    } stack[64];      /* a balanced tree is never so deep */
    size_t depth = 1;
    stack[0].first = 0;
    stack[0].count = shorten->range_count;
    while (depth && !shorten->stuck) {
        size_t first = stack[depth - 1].first;
        size_t count = stack[depth - 1].count;
        depth--;
        const struct sock_filter *leaf = &shorten->old->filter[shorten->ranges[first].to];
        if (count == 1 && leaf->code == SHORTEN_RETURN) {
            shorten_put(shorten, SHORTEN_RETURN, leaf->k, 0, 0);
        } else if (count == 1) {
            /* The place is filled in when the arguments' part has been moved. */
            shorten_put(shorten, BPF_JMP | BPF_JA, shorten->ranges[first].to, 0, 0);
        } else {
            size_t half = count / 2;
            shorten_put(shorten, BPF_JMP | BPF_JGE | BPF_K, shorten->ranges[first + half].first, 2 * half - 1,
                        0);
            stack[depth].first = first + half;
            stack[depth++].count = count - half;
            stack[depth].first = first;
            stack[depth++].count = half;
        }
    }
}

/* Marks what can be reached from the ranges' targets; jumps only lead forward, so one pass does. */
static void shorten_mark(const struct shorten *shorten, uint8_t *reached)
{
    const struct sock_fprog *old = shorten->old;
    for (size_t i = 0; i < shorten->range_count; i++)
        if (old->filter[shorten->ranges[i].to].code != SHORTEN_RETURN)
            reached[shorten->ranges[i].to] = 1;
    for (size_t i = 0; i < old->len; i++) {
        const struct sock_filter *at = &old->filter[i];
        if (!reached[i] || at->code == SHORTEN_RETURN)
            continue;
        if (BPF_CLASS(at->code) != BPF_JMP)
            reached[i + 1] = 1;
        else if (at->code == (BPF_JMP | BPF_JA))
            reached[i + 1 + at->k] = 1;
        else
            reached[i + 1 + at->jt] = reached[i + 1 + at->jf] = 1;
    }
}

static void shorten_move_arguments(struct shorten *shorten, size_t tree, size_t tree_end)
{
    const struct sock_fprog *old = shorten->old;
    cleanup_free uint8_t *reached = memory_zeroed((size_t)old->len + 1);
    shorten_mark(shorten, reached);
    size_t next = shorten->length;
    for (size_t i = 0; i < old->len; i++)
        shorten->moved[i] = reached[i] ? (uint32_t)next++ : UINT32_MAX;
    for (size_t i = 0; i < old->len && !shorten->stuck; i++) {
        const struct sock_filter *at = &old->filter[i];
        if (!reached[i])
            continue;
        uint32_t from = (uint32_t)shorten->length + 1;
        if (at->code == (BPF_JMP | BPF_JA))
            shorten_put(shorten, at->code, shorten->moved[i + 1 + at->k] - from, 0, 0);
        else if (BPF_CLASS(at->code) == BPF_JMP)
            shorten_put(shorten, at->code, at->k, shorten->moved[i + 1 + at->jt] - from,
                        shorten->moved[i + 1 + at->jf] - from);
        else
            shorten_put(shorten, at->code, at->k, 0, 0);
    }
    for (size_t i = tree; i < tree_end; i++)
        if (shorten->out[i].code == (BPF_JMP | BPF_JA))
            shorten->out[i].k = shorten->moved[shorten->out[i].k] - (uint32_t)i - 1;
}

/* The start of every program that we take: what architecture is it? Anything else ends at a return. */
static bool shorten_know_arch(struct shorten *shorten, uint32_t *other)
{
    const struct sock_fprog *old = shorten->old;
    if (old->len < 2 || old->filter[0].code != SHORTEN_LOAD || old->filter[0].k != SHORTEN_ARCH ||
        old->filter[1].code != (BPF_JMP | BPF_JEQ | BPF_K))
        return false;
    shorten->arch = old->filter[1].k;
    *other = old->filter[shorten_follow(shorten, ~shorten->arch, 0)].k;
    return !shorten->stuck && old->filter[shorten_follow(shorten, ~shorten->arch, 0)].code == SHORTEN_RETURN;
}

/* Instructions must stay in the program and only lead forward, as the kernel wants it too. */
static bool shorten_is_sound(const struct sock_fprog *old)
{
    for (size_t i = 0; i < old->len; i++) {
        const struct sock_filter *at = &old->filter[i];
        size_t far = at->code == SHORTEN_RETURN ? 0 : 1;
        if (at->code == (BPF_JMP | BPF_JA))
            far += at->k;
        else if (BPF_CLASS(at->code) == BPF_JMP)
            far += at->jt > at->jf ? at->jt : at->jf;
        if (i + far >= old->len)
            return false;
    }
    return true;
}

void shorten_program(struct sock_fprog *program)
{
    struct shorten shorten = {.old = program};
    uint32_t other;
    if (!shorten_is_sound(program) || !shorten_know_arch(&shorten, &other))
        return;
    shorten.out = memory_zeroed((size_t)program->len * sizeof *shorten.out);
    shorten.moved = memory_zeroed((size_t)program->len * sizeof *shorten.moved);
    shorten_find_ranges(&shorten);
    shorten_put(&shorten, SHORTEN_LOAD, SHORTEN_ARCH, 0, 0);
    shorten_put(&shorten, BPF_JMP | BPF_JEQ | BPF_K, shorten.arch, 1, 0);
    shorten_put(&shorten, SHORTEN_RETURN, other, 0, 0);
    shorten_put(&shorten, SHORTEN_LOAD, SHORTEN_NUMBER, 0, 0);
    size_t tree = shorten.length;
    shorten_put_tree(&shorten);
    if (!shorten.stuck)
        shorten_move_arguments(&shorten, tree, shorten.length);
    if (!shorten.stuck) {
        struct sock_filter *before = program->filter;
        program->filter = STEAL(shorten.out);
        program->len = (unsigned short)shorten.length;
        free(before);
    }
    free(shorten.out);
    free(shorten.moved);
    free(shorten.ranges);
}
