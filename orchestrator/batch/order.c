#include "orchestrator/batch/order.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"

#include <stdio.h>
#include <string.h>

cJSON *order_write(const struct order *order)
{
    char hex[DIGEST_HEX];
    cJSON *body = cJSON_CreateObject();
    digest_to_hex(&order->system, hex);
    member_add_string(body, "command", "batch");
    member_add_string(body, "created", order->identity.facts.created);
    member_add_strings(body, "sources", order->sources);
    member_add_string(body, "folder", order->folder);
    member_add_string(body, "base", order->base);
    member_add_string(body, "head", order->head);
    member_add_string(body, "config", order->config);
    member_add_strings(body, "workloads", order->workloads);
    member_add_number(body, "timeout_s", order->timeout_s);
    member_add_bool(body, "combine", order->combine);
    member_add_digest(body, "system", hex);
    return body;
}

static char **order_read_strings(const cJSON *body, const char *key)
{
    char **strings = memory_zeroed((member_count(body, key) + 1) * sizeof *strings);
    size_t count = 0;
    for (const cJSON *each = member_first(body, key); each; each = each->next)
        if (cJSON_IsString(each))
            strings[count++] = memory_copy_string(each->valuestring);
    return strings;
}

static char *order_read_string(const cJSON *body, const char *key)
{
    const cJSON *member = member_get(body, key);
    return cJSON_IsString(member) ? memory_copy_string(member->valuestring) : NULL;
}

int order_read(struct order *order, const char *batch, const cJSON *body, struct err *err)
{
    const char *system = member_string(body, "system");
    double timeout_s = member_number(body, "timeout_s");
    *order = (struct order){0};
    facts_collect(&order->identity.facts);
    (void)snprintf(order->identity.batch, sizeof order->identity.batch, "%s", batch);
    (void)snprintf(order->identity.facts.created, sizeof order->identity.facts.created, "%s",
                   member_string(body, "created"));
    order->sources = order_read_strings(body, "sources");
    order->folder = order_read_string(body, "folder");
    order->base = order_read_string(body, "base");
    order->head = order_read_string(body, "head");
    order->config = order_read_string(body, "config");
    order->workloads = order_read_strings(body, "workloads");
    order->timeout_s = timeout_s > 0 ? timeout_s : 0;
    order->combine = member_is_true(body, "combine");
    if (order->sources[0] && order->folder && order->head && strncmp(system, "sha256:", 7) == 0 &&
        digest_from_hex(system + 7, &order->system))
        return 0;
    return err_set(err, ERR_INVALID, "the ledger's entry of batch %s is not one that this cupel can take up",
                   batch);
}

size_t order_source_count(const struct order *order)
{
    size_t count = 0;
    while (order->sources[count])
        count++;
    return count;
}

void order_fini(struct order *order)
{
    json_free_strings(order->sources);
    json_free_strings(order->workloads);
    free(order->folder);
    free(order->base);
    free(order->head);
    free(order->config);
    *order = (struct order){0};
}
