/* The set-up: who we are, groups, and the filters. */
#include "base/memory.h"
#include "sandbox/wire_field.h"

static void wire_put_row(struct text *out, const struct wire_row *row)
{
    wire_put_string(out, row->call);
    wire_put32(out, row->action);
    wire_put32(out, row->error);
    wire_put32(out, row->conditions);
    for (uint32_t i = 0; i < row->conditions; i++) {
        wire_put32(out, row->condition[i].argument);
        wire_put32(out, row->condition[i].operator);
        wire_put64(out, row->condition[i].mask);
        wire_put64(out, row->condition[i].value);
    }
}

static void wire_get_row(struct wire_reader *in, struct wire_row *row)
{
    row->call = wire_get_string(in);
    row->action = wire_get_below(in, WIRE_ACTIONS);
    row->error = wire_get_below(in, 4096);
    row->conditions = wire_get_below(in, WIRE_CONDITIONS_MAX + 1);
    for (uint32_t i = 0; i < row->conditions; i++) {
        row->condition[i].argument = wire_get_below(in, 6);
        row->condition[i].operator= wire_get_below(in, WIRE_OPERATORS);
        row->condition[i].mask = wire_get64(in);
        row->condition[i].value = wire_get64(in);
    }
}

static void wire_get_profile(struct wire_reader *in, struct wire_profile *profile)
{
    profile->name = wire_get_string(in);
    profile->default_error = wire_get_below(in, 4096);
    profile->row_count = wire_get_count(in, 4 * sizeof(uint32_t) + 1);
    profile->rows = memory_zeroed((profile->row_count + 1) * sizeof *profile->rows);
    for (size_t i = 0; i < profile->row_count; i++)
        wire_get_row(in, &profile->rows[i]);
}

void wire_encode_setup(const struct wire_setup *setup, struct text *out)
{
    wire_put32(out, setup->root);
    wire_put32(out, setup->layer_uid);
    wire_put32(out, setup->layer_gid);
    wire_put_string(out, setup->group2);
    wire_put32(out, setup->group2_memory);
    wire_put32(out, setup->group2_pids);
    wire_put_string(out, setup->memory1);
    wire_put_string(out, setup->pids1);
    wire_put_string(out, setup->cpu1);
    wire_put32(out, (uint32_t)setup->profile_count);
    for (size_t i = 0; i < setup->profile_count; i++) {
        const struct wire_profile *profile = &setup->profiles[i];
        wire_put_string(out, profile->name);
        wire_put32(out, profile->default_error);
        wire_put32(out, (uint32_t)profile->row_count);
        for (size_t j = 0; j < profile->row_count; j++)
            wire_put_row(out, &profile->rows[j]);
    }
}

int wire_decode_setup(const char *bytes, size_t length, struct wire_setup *out)
{
    struct wire_reader in = wire_open(bytes, length, 0);
    *out = (struct wire_setup){0};
    out->root = wire_get_below(&in, 2);
    out->layer_uid = wire_get32(&in);
    out->layer_gid = wire_get32(&in);
    out->group2 = wire_get_string(&in);
    out->group2_memory = wire_get_below(&in, 2);
    out->group2_pids = wire_get_below(&in, 2);
    out->memory1 = wire_get_string(&in);
    out->pids1 = wire_get_string(&in);
    out->cpu1 = wire_get_string(&in);
    out->profile_count = wire_get_count(&in, 3 * sizeof(uint32_t) + 1);
    out->profiles = memory_zeroed((out->profile_count + 1) * sizeof *out->profiles);
    for (size_t i = 0; i < out->profile_count; i++)
        wire_get_profile(&in, &out->profiles[i]);
    if (wire_finish(&in) == 0)
        return 0;
    wire_fini_setup(out);
    return ERR_INVALID;
}

void wire_fini_setup(struct wire_setup *setup)
{
    for (size_t i = 0; i < setup->profile_count; i++)
        free(setup->profiles[i].rows);
    free(setup->profiles);
    *setup = (struct wire_setup){0};
}
