#include "base/text.h"
#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/connection.h"

#include <string.h>

#define QUERY_WHAT "read its entries"

/*
 * One index serves a query, the narrowest that it names: `subject`, then `candidate`, `batch`, a single kind.
 * A unary plus keeps SQLite from others, which would be wider or need a sort.
 */
static void query_add_condition(struct text *sql, bool *indexed, const char *column, const char *value,
                                bool selective)
{
    if (!value)
        return;
    text_printf(sql, " AND %s%s = :%s", selective && !*indexed ? "" : "+", column, column);
    *indexed |= selective;
}

static void query_add_kinds(struct text *sql, unsigned kinds, bool indexed)
{
    const char *separator = "";
    bool single = kinds != 0 && (kinds & (kinds - 1)) == 0;
    if (kinds == 0)
        return;
    text_printf(sql, " AND %skind IN (", single && !indexed ? "" : "+");
    for (int i = 0; i < LEDGER_KINDS; i++) {
        if (kinds & LEDGER_KIND_BIT(i)) {
            text_printf(sql, "%s'%s'", separator, ledger_kind_name((enum ledger_kind)i));
            separator = ", ";
        }
    }
    text_append_string(sql, ")");
}

static void query_write(struct text *sql, const struct ledger_query *query)
{
    bool indexed = false;
    text_append_string(sql, "SELECT " CONNECTION_COLUMNS " FROM entries WHERE seq > :after");
    query_add_condition(sql, &indexed, "subject", query->subject, true);
    query_add_condition(sql, &indexed, "candidate", query->candidate, true);
    query_add_condition(sql, &indexed, "batch", query->batch, true);
    query_add_condition(sql, &indexed, "stage", query->stage, false);
    query_add_kinds(sql, query->kinds, indexed);
    text_printf(sql, " ORDER BY seq %s LIMIT :limit", query->newest_first ? "DESC" : "ASC");
}

static void query_bind_text(sqlite3_stmt *statement, const char *name, const char *value)
{
    if (value)
        sqlite3_bind_text(statement, sqlite3_bind_parameter_index(statement, name), value, -1, SQLITE_STATIC);
}

static void query_bind(sqlite3_stmt *statement, const struct ledger_query *query)
{
    query_bind_text(statement, ":subject", query->subject);
    query_bind_text(statement, ":candidate", query->candidate);
    query_bind_text(statement, ":batch", query->batch);
    query_bind_text(statement, ":stage", query->stage);
    sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":after"), query->after);
    sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":limit"),
                       query->limit ? query->limit : -1);
}

static int query_show(struct ledger *ledger, sqlite3_stmt *statement,
                      int (*visit)(const struct ledger_row *, void *, struct err *), void *data,
                      struct err *err)
{
    struct ledger_row row;
    if (connection_read_row(statement, &row)) {
        struct digest digest = chain_digest(&row);
        if (memcmp(&digest, &row.digest, sizeof digest) == 0)
            return visit(&row, data, err);
    }
    return connection_damage(ledger, err, "entry %lld does not have its digest",
                             (long long)sqlite3_column_int64(statement, 0));
}

int ledger_each(struct ledger *ledger, const struct ledger_query *query,
                int (*visit)(const struct ledger_row *, void *, struct err *), void *data, struct err *err)
{
    struct text sql cleanup_text = {0};
    sqlite3_stmt *statement cleanup_statement = NULL;
    query_write(&sql, query);
    if (connection_prepare(ledger, text_string(&sql), &statement, QUERY_WHAT, err) < 0)
        return err->code;
    query_bind(statement, query);
    for (;;) {
        int result = sqlite3_step(statement);
        if (result == SQLITE_DONE)
            return 0;
        if (result != SQLITE_ROW)
            return connection_fail(ledger, result, QUERY_WHAT, err);
        int answer = query_show(ledger, statement, visit, data, err);
        if (answer != 0)
            return answer;
    }
}
