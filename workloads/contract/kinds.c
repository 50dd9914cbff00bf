#include "workloads/contract/kinds.h"

#include "workloads/contract/hash.h"

#include <string.h>

static void kinds_add(struct kinds *kinds, uint64_t key)
{
    if (table_find(&kinds->seen, key) >= 0)
        return;
    if (kinds->count >= KINDS_MOST) {
        kinds->more = true;
        return;
    }
    table_add(&kinds->seen, key, 0);
    kinds->count++;
}

static uint64_t kinds_hash_part(const char *part)
{
    return hash_bytes(hash_seed(), part, strlen(part));
}

/* As deep as the reader lets documents be. */
static void kinds_add_value(struct kinds *kinds, const struct json_value *value, uint64_t path)
{
    enum json_type type = json_type(value);
    if ((type != JSON_OBJECT && type != JSON_ARRAY) || !json_count(value)) {
        kinds_add(kinds, path);
        return;
    }
    for (size_t i = 0; i < json_count(value); i++) {
        if (type == JSON_ARRAY) {
            kinds_add_value(kinds, json_item(value, i), hash_mix(path, 1));
            continue;
        }
        const struct json_value *key = json_key(value, i);
        kinds_add_value(kinds, key + 1, hash_mix(path, hash_bytes(hash_seed(), key->bytes, key->count)));
    }
}

void kinds_add_part(struct kinds *kinds, const char *part)
{
    kinds_add(kinds, kinds_hash_part(part));
}

void kinds_add_body(struct kinds *kinds, const char *part, const struct body *body)
{
    bool json = body->kind == BODY_JSON || body->kind == BODY_JSON_LINES;
    if (json && body->document)
        kinds_add_value(kinds, json_root(body->document), kinds_hash_part(part));
    else if (!json && body->length)
        kinds_add_part(kinds, part);
}

void kinds_fini(struct kinds *kinds)
{
    table_fini(&kinds->seen);
    *kinds = (struct kinds){0};
}
