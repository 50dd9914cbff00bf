#include "orchestrator/pairs/book.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"

#include <stdlib.h>
#include <string.h>

#define BOOK_PAIRS_MAX 1024 /* of one process; the method runs fewer than 100 */

/* One look through the entries of a change. */
struct book_search {
    const struct pairs_book *book;
    const struct pairs_search *search; /* what the evaluation asks */
    struct pairs_found *found;
    struct digest *others; /* distinct processes that aren't the evaluation's own; owned */
    size_t other_count, other_capacity;
};

static bool book_is_same(const struct digest *left, const struct digest *right)
{
    return memcmp(left, right, sizeof *left) == 0;
}

static void book_note_other(struct book_search *look, const struct pairs_entry *entry)
{
    const struct pairs_search *search = look->search;
    if (strcmp(entry->family, pairs_families[search->family]) != 0)
        return;
    for (size_t i = 0; i < search->own_count; i++)
        if (book_is_same(&search->own[i].process, &entry->process))
            return;
    for (size_t i = 0; i < look->other_count; i++)
        if (book_is_same(&look->others[i], &entry->process))
            return;
    MEMORY_GROW(look->others, look->other_count, look->other_capacity);
    look->others[look->other_count++] = entry->process;
}

static void book_replace(char **word, const char *by)
{
    free(*word);
    *word = memory_copy_string(by);
}

static int book_take(struct book_search *look, const struct ledger_row *row, const struct pairs_entry *entry,
                     struct err *err)
{
    struct measure_past *past = &look->found->past;
    if (past->count >= BOOK_PAIRS_MAX)
        return err_set(err, ERR_LIMIT, "its process has more than %d pairs", BOOK_PAIRS_MAX);
    measure_past_add(past, &entry->record);
    book_replace(&past->from.evaluation, row->entry.candidate ? row->entry.candidate : "");
    book_replace(&past->from.at, row->at);
    if (strcmp(entry->environment, look->book->environment) != 0)
        book_replace(&past->from.environment, entry->environment);
    return 0;
}

static int book_visit(const struct ledger_row *row, void *data, struct err *err)
{
    struct book_search *look = data;
    struct pairs_entry entry;
    cJSON *body = cJSON_Parse(row->entry.body);
    int result = pairs_entry_read(body, &entry, err);
    if (result == 0 && book_is_same(&entry.process, &look->search->own[look->search->index].process))
        result = book_take(look, row, &entry, err);
    else if (result == 0)
        book_note_other(look, &entry);
    cJSON_Delete(body);
    return result < 0 ? err_wrap(err, "ledger entry %lld", (long long)row->seq) : 0;
}

static int book_recall(void *data, const struct pairs_search *search, struct pairs_found *found,
                       struct err *err)
{
    const struct pairs_book *book = data;
    const struct ledger_options options = {.read_only = true};
    struct book_search look = {.book = book, .search = search, .found = found};
    struct ledger *ledger;
    char change[DIGEST_HEX];
    digest_to_hex(&search->own[search->index].change, change);
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_PAIR), .subject = change};
    if (ledger_open(&ledger, book->state, &options, err) < 0)
        return err->code;
    int result = ledger_each(ledger, &query, book_visit, &look, err);
    ledger_close(ledger);
    free(look.others);
    found->others = look.other_count;
    return result;
}

static void book_keep(void *data, struct evaluation *evaluation, const struct digest *change,
                      const struct pairs_entry *entry)
{
    const struct pairs_book *book = data;
    struct pairs_entry whole = *entry;
    whole.environment = book->environment;
    journal_pair(book->journal, evaluation, change, pairs_entry_write(&whole));
}

void pairs_book_open(struct pairs_book *book, struct journal *journal, const char *state,
                     const struct facts *facts, const struct sandbox_isolation *isolation)
{
    *book = (struct pairs_book){
        .pairs = {.recall = book_recall, .keep = book_keep, .data = book},
        .journal = journal,
        .state = state,
        .environment = facts_environment(facts, isolation),
    };
}

void pairs_book_close(struct pairs_book *book)
{
    free(book->environment);
    book->environment = NULL;
}
