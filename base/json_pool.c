/* Where documents get their memory. */
#include "base/json_parser.h"
#include "base/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define POOL_HUGE  ((size_t)2 << 20)   /* bytes of a huge page */
#define POOL_MOST  ((size_t)256 << 20) /* bytes kept; what comes back beyond goes to the heap */
#define POOL_STACK ((size_t)1 << 20)   /* values of the longest stack kept */

struct json_pool {
    struct json_block *spare; /* owned */
    size_t bytes;             /* of their contents */
    struct json_stack stack;  /* owned; without values: taken, or none yet */
};

struct json_pool *json_pool_new(void)
{
    return MEMORY_NEW(struct json_pool);
}

void json_pool_free(struct json_pool *pool)
{
    if (!pool)
        return;
    json_block_release(NULL, pool->spare);
    free(pool->stack.values);
    free(pool->stack.frames);
    free(pool);
}

struct json_stack json_stack_take(struct json_pool *pool)
{
    struct json_stack stack = {0};
    if (pool) {
        stack = pool->stack;
        pool->stack = (struct json_stack){0};
    }
    return stack;
}

void json_stack_release(struct json_pool *pool, struct json_stack stack)
{
    if (pool && !pool->stack.values && stack.capacity <= POOL_STACK) {
        pool->stack = stack;
        return;
    }
    free(stack.values);
    free(stack.frames);
}

/* Bytes of a large block, in whole huge pages; 0: it is none. */
static size_t json_block_extent(size_t size)
{
    size_t whole = sizeof(struct json_block) + size;
    return whole < 2 * POOL_HUGE ? 0 : (whole + POOL_HUGE - 1) / POOL_HUGE * POOL_HUGE;
}

/* At a huge page's start: of more than is wanted, both ends go back. */
static void *json_block_map(size_t whole)
{
    char *mapped = mmap(NULL, whole + POOL_HUGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        abort();
    size_t before = (POOL_HUGE - (uintptr_t)mapped % POOL_HUGE) % POOL_HUGE;
    if (before > 0)
        munmap(mapped, before);
    munmap(mapped + before + whole, POOL_HUGE - before);
    (void)madvise(mapped + before, whole, MADV_HUGEPAGE); /* only a wish */
    return mapped + before;
}

/*
 * Large blocks come in huge pages where the kernel has them, and from the kernel itself: the heap keeps what
 * it gets back, cut to pieces that such a block doesn't fit into again, and once for each thread.
 */
static struct json_block *json_block_allocate(size_t size)
{
    size_t huge = json_block_extent(size);
    size_t whole = huge ? huge : sizeof(struct json_block) + size;
    struct json_block *block = huge ? json_block_map(whole) : malloc(whole);
    if (!block)
        abort();
    *block = (struct json_block){.size = whole - sizeof *block};
    return block;
}

static void json_block_free(struct json_block *block)
{
    size_t whole = json_block_extent(block->size);
    if (whole == 0)
        free(block);
    else
        munmap(block, whole);
}

struct json_block *json_block_take(struct json_pool *pool, size_t size)
{
    for (struct json_block **link = pool ? &pool->spare : NULL; link && *link; link = &(*link)->next) {
        struct json_block *block = *link;
        if (block->size < size || block->size / 4 > size)
            continue;
        *link = block->next;
        pool->bytes -= block->size;
        block->used = 0;
        return block;
    }
    return json_block_allocate(size);
}

void json_block_release(struct json_pool *pool, struct json_block *blocks)
{
    while (blocks) {
        struct json_block *next = blocks->next;
        if (pool && pool->bytes + blocks->size <= POOL_MOST) {
            pool->bytes += blocks->size;
            blocks->next = pool->spare;
            pool->spare = blocks;
        } else {
            json_block_free(blocks);
        }
        blocks = next;
    }
}
