#include "store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STORE_SLOTS (UINT32_C(1) << 19) /* enough for the largest shop */

static char *store_read(int fd, size_t *length)
{
    size_t capacity = 65536, used = 0;
    char *bytes = malloc(capacity + 1);
    ssize_t got = bytes ? 1 : -1;
    while (got > 0) {
        if (used == capacity) {
            char *larger = realloc(bytes, (capacity *= 2) + 1);
            if (!larger)
                break;
            bytes = larger;
        }
        got = read(fd, bytes + used, capacity - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (got != 0) {
        free(bytes);
        return NULL;
    }
    bytes[used] = '\0';
    *length = used;
    return bytes;
}

static uint32_t store_slot(uint64_t id)
{
    return (uint32_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 45) & (STORE_SLOTS - 1);
}

/* Position of the order with that id, or -1; `slot` gets where it is or belongs. */
static int32_t store_find(const struct store *store, uint64_t id, uint32_t *slot)
{
    *slot = store_slot(id);
    while (store->index[*slot] >= 0) {
        if (store->orders[store->index[*slot]].id == id)
            return store->index[*slot];
        *slot = (*slot + 1) & (STORE_SLOTS - 1);
    }
    return -1;
}

static int store_put(struct store *store, const struct order *order)
{
    uint32_t slot;
    int32_t position = store_find(store, order->id, &slot);
    if (position >= 0) {
        store->orders[position] = *order;
        return 0;
    }
    if (store->count == STORE_SLOTS / 2)
        return -1;
    if (store->count == store->capacity) {
        store->capacity = store->capacity ? store->capacity * 2 : 256;
        struct order *larger = realloc(store->orders, store->capacity * sizeof *larger);
        if (!larger)
            return -1;
        store->orders = larger;
    }
    store->index[slot] = (int32_t)store->count;
    store->orders[store->count++] = *order;
    return 0;
}

static int store_fill(struct store *store, char *bytes)
{
    char *rest = bytes, *line;
    while ((line = strsep(&rest, "\n"))) {
        struct order order;
        if (*line == '\0' || *line == '#')
            continue;
        if (order_parse(&order, line) < 0) {
            store->skipped++;
            continue;
        }
        if (store_put(store, &order) < 0)
            return -1;
    }
    return 0;
}

int store_load(struct store *store, const char *path)
{
    memset(store, 0, sizeof *store);
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror(path);
        return -1;
    }
    size_t length;
    char *bytes = store_read(fd, &length);
    if (fd != STDIN_FILENO)
        close(fd);
    store->index = malloc(STORE_SLOTS * sizeof *store->index);
    int result = -1;
    if (bytes && store->index) {
        for (uint32_t i = 0; i < STORE_SLOTS; i++)
            store->index[i] = -1;
        result = store_fill(store, bytes);
    }
    free(bytes);
    if (result < 0)
        fprintf(stderr, "%s: cannot be loaded\n", path);
    return result;
}

void store_free(struct store *store)
{
    free(store->orders);
    free(store->index);
}
