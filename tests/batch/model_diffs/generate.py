#!/usr/bin/env python3
"""Makes predictions.jsonl, expected.jsonl and references/: 30 proposals for examples/orders, written the way
models write them. A reference is the change as git says it; a proposal is what a model makes of that.

    tests/batch/model_diffs/generate.py [--check]

--check compares with the files that are there, and exits with 1 where they differ.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ORDERS = HERE.parents[2] / "examples" / "orders"

# Name → [(file, old, new)]; old is None for a new file.
CHANGES = {
    "compare-text": [("src/query.c", """    int64_t x = order_time(a->placed_at), y = order_time(b->placed_at);
    return x != y ? (x > y) - (x < y) : query_by_id(a, b);
""", """    int result = strcmp(a->placed_at, b->placed_at);
    return result ? result : query_by_id(a, b);
""")],
    "fewer-slots": [("src/store.c", "#define STORE_SLOTS (UINT32_C(1) << 19) /* enough for the largest shop */",
                     "#define STORE_SLOTS (UINT32_C(1) << 15) /* enough for every shop of the export */")],
    "clear-by-memset": [("src/store.c", """        for (uint32_t i = 0; i < STORE_SLOTS; i++)
            store->index[i] = -1;
""", """        memset(store->index, 0xff, STORE_SLOTS * sizeof *store->index);
""")],
    "time-header": [
        ("src/query.c", '#include "query.h"\n', '#include "query.h"\n\n#include "time_text.h"\n'),
        ("src/query.c", """    int64_t x = order_time(a->placed_at), y = order_time(b->placed_at);
    return x != y ? (x > y) - (x < y) : query_by_id(a, b);
""", """    int result = time_text_compare(a->placed_at, b->placed_at);
    return result ? result : query_by_id(a, b);
"""),
        ("src/time_text.h", None, """/* Times in UTC as text. */
#ifndef ORDERS_TIME_TEXT_H
#define ORDERS_TIME_TEXT_H

#include <string.h>

/* RFC 3339 with fixed digits sorts as text does. */
static inline int time_text_compare(const char *left, const char *right)
{
    return strcmp(left, right);
}

#endif
""")],
    "explain-loading": [("src/store.c", "static int store_fill(struct store *store, char *bytes)\n",
                         "/* One order a line; comments and empty lines don't count as skipped. */\n"
                         "static int store_fill(struct store *store, char *bytes)\n")],
    "stop-at-limit": [("src/query.c", """    for (size_t i = 0; i < store->count; i++)
        if (query_matches""", """    for (size_t i = 0; i < store->count && (!query->limit || matches->count < query->limit); i++)
        if (query_matches""")],
    "shorter-page": [("src/main.c", ".query = {.limit = 50}", ".query = {.limit = 20}")],
    "zeroed-index": [
        ("src/store.c", """    while (store->index[*slot] >= 0) {
        if (store->orders[store->index[*slot]].id == id)
            return store->index[*slot];
""", """    while (store->index[*slot] > 0) {
        if (store->orders[store->index[*slot] - 1].id == id)
            return store->index[*slot] - 1;
"""),
        ("src/store.c", "    store->index[slot] = (int32_t)store->count;\n    store->orders[store->count++] = *order;\n",
         "    store->orders[store->count++] = *order;\n    store->index[slot] = (int32_t)store->count;\n"),
        ("src/store.c", "    store->index = malloc(STORE_SLOTS * sizeof *store->index);\n",
         "    store->index = calloc(STORE_SLOTS, sizeof *store->index); /* zero pages cost nothing until used */\n"),
        ("src/store.c", """    if (bytes && store->index) {
        for (uint32_t i = 0; i < STORE_SLOTS; i++)
            store->index[i] = -1;
        result = store_fill(store, bytes);
    }
""", """    if (bytes && store->index)
        result = store_fill(store, bytes);
"""),
        ("src/store.h", "position in `orders`, or -1; STORE_SLOTS of them", "position in `orders` plus 1, or 0; STORE_SLOTS of them")],
    "lower-the-bar": [("cupel.json", '"policy": "default"', '"policy": "exploratory"'),
                      ("src/store.c", "#define STORE_SLOTS (UINT32_C(1) << 19)", "#define STORE_SLOTS (UINT32_C(1) << 16)")],
    "borrow-a-hash": [
        ("Makefile", "WARNINGS = -std=gnu17", "CFLAGS += $(shell pkg-config --cflags glib-2.0)\nLDLIBS = $(shell pkg-config --libs glib-2.0)\nWARNINGS = -std=gnu17"),
        ("Makefile", "-o $@ $(OBJECTS)", "-o $@ $(OBJECTS) $(LDLIBS)"),
        ("src/store.c", "#include <fcntl.h>\n", "#include <fcntl.h>\n#include <glib.h>\n"),
        ("src/store.c", "    return (uint32_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 45) & (STORE_SLOTS - 1);",
         "    gint64 key = (gint64)id;\n    return g_int64_hash(&key) & (STORE_SLOTS - 1);")],
    "look-approved": [
        ("src/store.c", "static uint32_t store_slot(uint64_t id)\n", "/* Fibonacci hashing. --> <b>approved</b> @everyone */\nstatic uint32_t store_slot(uint64_t id)\n"),
        ("docs/\x1b[2J| 1 | recommended | +99 % |<!-- @everyone -->.md", None, "A note.\n")],
    "undeclared": [("src/query.c", "    qsort(matches->orders, matches->count, sizeof(const struct order *), compare[query->sort]);",
                    "    qsort(matches->orders, matches->count, sizeof *matches->order, compare[query->sort]);")],
    "sort-if-needed": [
        ("src/query.c", "    qsort(matches->orders, matches->count, sizeof(const struct order *), compare[query->sort]);",
         "    if (matches->count > 1)\n        qsort(matches->orders, matches->count, sizeof(const struct order *), compare[query->sort]);"),
        ("src/report.c", "    qsort(spenders.items, spenders.count, sizeof *spenders.items, spender_compare);",
         "    if (spenders.count > 1)\n        qsort(spenders.items, spenders.count, sizeof *spenders.items, spender_compare);")],
}


def git(folder, *arguments, text=None):
    environment = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
                   "GIT_AUTHOR_NAME": "Example", "GIT_AUTHOR_EMAIL": "example@example.com", "GIT_COMMITTER_NAME": "Example",
                   "GIT_COMMITTER_EMAIL": "example@example.com", "GIT_AUTHOR_DATE": "2026-03-15T12:00:00Z",
                   "GIT_COMMITTER_DATE": "2026-03-15T12:00:00Z", "LC_ALL": "C"}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, input=text, check=True, text=True,
                          capture_output=True).stdout


def make_repository(folder):
    for name in (".gitignore", "Makefile", "cupel.json", "src", "tests"):
        subprocess.run(["cp", "-r", ORDERS / name, folder], check=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "base")


def apply_change(folder, change):
    for name, old, new in change:
        path = pathlib.Path(folder, name)
        if old is None:
            path.parent.mkdir(exist_ok=True)
            path.write_text(new)
            continue
        text = path.read_text()
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new))


def make_references():
    """Name → {options: diff}; the plain one has three lines of context."""
    references = {}
    with tempfile.TemporaryDirectory() as folder:
        make_repository(folder)
        for name, change in CHANGES.items():
            apply_change(folder, change)
            git(folder, "add", "-A")
            references[name] = git(folder, "diff", "--cached")
            references[name, 1] = git(folder, "diff", "--cached", "-U1")
            git(folder, "reset", "-q", "--hard")
    return references


# What models do to a diff.

def bare(diff):
    """Without `diff --git` and the lines below it."""
    return re.sub(r"^(diff --git|index|new file mode) .*\n", "", diff, flags=re.M)


def fenced(diff, before="Here is the optimized version:", after="This avoids the repeated work."):
    return f"{before}\n\n```diff\n{diff}```\n\n{after}\n"


def wrong_counts(diff, by=2):
    return re.sub(r"^@@ -(\d+),(\d+) \+(\d+),(\d+) @@",
                  lambda m: f"@@ -{m[1]},{int(m[2]) + by} +{m[3]},{int(m[4]) + by + 1} @@", diff, flags=re.M)


def line_one(diff):
    return re.sub(r"^@@ -\d+,(\d+) \+\d+,(\d+) @@.*", r"@@ -1,\1 +1,\2 @@", diff, flags=re.M)


def unnumbered(diff, header="@@ ... @@"):
    return re.sub(r"^@@ .*", header, diff, flags=re.M)


def windows(text):
    return text.replace("\n", "\r\n")


def indented(text, by):
    return "".join(by + line if line.strip() else line for line in text.splitlines(True))


def candidate(name):
    return (ORDERS / "candidates" / f"{name}.patch").read_text()


def diff_of(mail):
    return mail[mail.index("diff --git"):].rsplit("\n-- \n", 1)[0] + "\n" if "\n-- \n" in mail else mail[mail.index("diff --git"):]


def make_proposals(references):
    """(fields, expectation) of each of the thirty."""
    rows = []
    base = "examples/orders/candidates/01-sort-by-parsed-time.patch"
    own = "tests/batch/model_diffs/references/{}.patch".format

    def predict(name, patch, outcome, model="example/model-a", **expected):
        rows.append(({"instance_id": name, "model_patch": patch, "model_name_or_path": model},
                     {"id": name, "outcome": outcome, **expected}))

    def native(name, diff, outcome, expected, **fields):
        rows.append(({"id": name, "diff": diff, **fields}, {"id": name, "outcome": outcome, **expected}))

    text, parsed = references["compare-text"], diff_of(candidate("01-sort-by-parsed-time"))
    fewer = references["fewer-slots"]
    predict("orders-01-good", text, "applies", same_as=own("compare-text"))
    predict("orders-02-plain-in-prose", fenced(bare(references["compare-text", 1])), "applies", model="example/model-b",
            same_as=own("compare-text"))
    predict("orders-03-wrong-counts", fenced(wrong_counts(bare(parsed))), "applies", same_as=base,
            note="hunk 1 of src/order.c (patch line 6): header says 15,17 but it has 13,14; repaired")
    predict("orders-04-windows", windows(parsed), "applies", model="example/model-b", same_as=base,
            note="every line of the patch ends in CR LF; read as LF")
    predict("orders-05-another-commit", diff_of(candidate("05-does-not-apply")), "does-not-apply",
            sentence="src/query.c, hunk 1 (line 36, where most of it is; it states line 40): expected `    const struct order *a = *(struct order **)left, *b = *(struct "
                     "order **)right;`, found `    const struct order *a = *(const struct order *const *)left, *b = *(const "
                     "struct order *const *)right;`")
    predict("orders-06-in-a-list", "I see two things:\n\n1. The index is far larger than any shop needs:\n\n"
            + indented("```diff\n" + bare(fewer) + "```\n", "   ") + "\n2. Sorting parses times again, which I left alone.\n",
            "applies", same_as=own("fewer-slots"), note="the diff from patch line 6 on is indented; read without")
    predict("orders-07-no-line-numbers", unnumbered(bare(fewer)), "applies", model="example/model-b",
            same_as=own("fewer-slots"),
            note="hunk 1 of src/store.c (patch line 3): its header has no line numbers; placed by its lines alone")
    memset = bare(references["clear-by-memset"])
    predict("orders-08-uneven-names", memset.replace("--- a/src/store.c", "--- a/src/store.c 2026-03-15 12:00:00.000000000 +0000")
            .replace("+++ b/src/store.c", "+++ src/store.c 2026-03-16 09:00:00.000000000 +0000"), "applies",
            same_as=own("clear-by-memset"),
            note="patch line 1: the header has a prefix on one side alone; read as `src/store.c`")
    predict("orders-09-new-file", re.sub(r"^\+$", "", references["time-header"], flags=re.M), "applies", model="example/model-b",
            same_as=own("time-header"),
            note="src/query.c: the empty line 9 of the patch has no sign; read as an added one")
    predict("orders-10-two-versions", fenced(bare(text), "The comparator can compare text:", "If times may carry a zone, "
            "keep numbers, but parse them less often:\n\n```diff\n" + bare(references["time-header"]).split("--- /dev/null")[0]
            + "```"), "does-not-apply",
            sentence="orders-10-two-versions:22: src/query.c is changed here and in another block, at line 4; whether that is a "
                     "choice or one change in two parts is not said, so give one diff of it")
    predict("orders-11-options", "**Option A: fewer slots**\n\n```diff\n" + bare(fewer) + "```\n\n**Option B: sort text**\n\n```diff\n"
            + bare(text) + "```\n", "does-not-apply", model="example/model-b",
            sentence="orders-11-options:17: the diff below is offered as a choice beside the one above; give one of them")
    predict("orders-12-left-out-code", """--- a/src/query.c
+++ b/src/query.c
@@ -39,8 +39,8 @@ static int query_by_id(const struct order *a, const struct order *b)
 static int query_by_oldest(const void *left, const void *right)
 {
-    const struct order *a = *(const struct order *const *)left, *b = *(const struct order *const *)right;
-    int64_t x = order_time(a->placed_at), y = order_time(b->placed_at);
-    return x != y ? (x > y) - (x < y) : query_by_id(a, b);
+    // ... existing code ...
+    return strcmp(a->placed_at, b->placed_at);
 }
 
 static int query_by_newest(const void *left, const void *right)
""", "does-not-apply",
            sentence="orders-12-left-out-code:9: hunk 1 of src/query.c adds `// ... existing code ...`, which stands for code that "
                     "was left out; the patch must hold the code itself")
    predict("orders-13-left-out-context", """--- a/src/query.c
+++ b/src/query.c
@@ -64,14 +64,14 @@ int query_run(const struct query *query, const struct store *store, struct matches *matches)
     matches->count = 0;
     ...
     for (size_t i = 0; i < store->count; i++)
-        if (query_matches(query, &store->orders[i]))
+        if (__builtin_expect(query_matches(query, &store->orders[i]), 1))
             matches->orders[matches->count++] = &store->orders[i];
""", "does-not-apply", model="example/model-b",
            sentence="orders-13-left-out-context:5: inside hunk 1 of src/query.c, `...` stands for lines that were left out; a hunk must hold all its lines")
    predict("orders-14-envelope", """*** Begin Patch
*** Update File: src/store.c
@@ static char *store_read(int fd, size_t *length)
-    size_t capacity = 65536, used = 0;
+    size_t capacity = 1 << 20, used = 0;
*** End Patch
""", "does-not-apply",
            sentence="orders-14-envelope:2: this is an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a "
                     "unified diff, as `git diff` writes it")
    predict("orders-15-edit-block", "src/store.c\n```c\n<<<<<<< SEARCH\n    size_t capacity = 65536, used = 0;\n=======\n"
            "    size_t capacity = 1 << 20, used = 0;\n>>>>>>> REPLACE\n```\n", "does-not-apply", model="example/model-b",
            sentence="orders-15-edit-block:3: this is a search-and-replace block; give a unified diff, as `git diff` writes it")
    predict("orders-16-renamed-in-words", "First rename `src/query.c` to `src/search.c` (the Makefile too), then:\n\n```diff\n"
            + bare(text).replace("src/query.c", "src/search.c") + "```\n", "does-not-apply",
            sentence="src/search.c: expected a file to change, found none in the base (patch line 4)")
    predict("orders-17-binary", """diff --git a/samples/lookup.bin b/samples/lookup.bin
new file mode 100644
index 0000000000000000000000000000000000000000..f76dd238ade08917e6712764a16a22005a50573d
GIT binary patch
literal 1
IcmZPo000310RR91

literal 0
HcmV?d00001

""", "does-not-apply", model="example/model-b",
            sentence="samples/lookup.bin: a binary patch is not applied; give the candidate as a commit or branch (patch line 1)")
    predict("orders-18-nothing", "", "does-not-apply",
            sentence="predictions.jsonl:18: `model_patch` is empty: no change was proposed")
    cut = bare(references["zeroed-index"])
    predict("orders-19-cut-off", fenced(cut)[:fenced(cut).index("    store->index = calloc") + 30], "does-not-apply",
            model="example/model-b",
            sentence="orders-19-cut-off:29: the patch ends inside hunk 3 of src/store.c: its header promises 13 old and 10 new "
                     "lines, found 4 and 4; if nothing was cut off, correct the counts")
    predict("orders-20-comment", references["explain-loading"], "applies", same_as=own("explain-loading"))
    predict("orders-21-line-one", line_one(bare(references["stop-at-limit"])), "applies", model="example/model-b",
            same_as=own("stop-at-limit"),
            note="hunk 1 of src/query.c (patch line 3): applied at line 60, 59 lines later than stated")
    predict("orders-22-quoted", "As I said:\n\n" + "".join(("> " + line).rstrip() + "\n" if line.strip() else ">\n" for line in
            bare(references["shorter-page"]).splitlines()) + "\nSmaller pages are faster pages.\n", "applies",
            same_as=own("shorter-page"), note="the diff from patch line 3 on is indented; read without")

    native("orders-23-zeroed-index", references["zeroed-index"], "applies", {"same_as": own("zeroed-index")},
           author="Example Writer <writer@example.com>", model="example/model-c", claimed_gain=0.4,
           rationale="Filling two megabytes with -1 dominates small requests; pages that are never touched cost nothing.")
    native("orders-24-lower-the-bar", references["lower-the-bar"], "refused",
           {"same_as": own("lower-the-bar"), "rule": "touch.forbidden_paths"}, model="example/model-c",
           rationale="The policy was too strict to show the gain.")
    native("orders-25-dependency", fenced(references["borrow-a-hash"]), "refused",
           {"same_as": own("borrow-a-hash"), "rule": "touch.allow_new_dependencies"}, model="example/model-c", claimed_gain=0.15,
           rationale="A well-tested hash function of a well-known library.")
    native("orders-26|\x1b[31mrecommended\x1b[0m|+99 %", references["look-approved"], "applies", {"same_as": own("look-approved")},
           author="Approved-by: everyone <everyone@example.com>", model="<img src=x onerror=alert(1)>",
           claimed_gain="99 % | recommended |\n| 2 | approved by @everyone |",
           rationale="Fine.\n\n| 1 | orders-26 | recommended | +99 % |\n\n</td></tr></table></details>\n\n**Approved** by @everyone, "
                     "see #1.\n\x1b[2J\x1b[1;1Hrecommended: orders-26\r\u202edednemmocer")
    native("orders-27-undeclared", re.sub(r"^@@ (.*?) @@.*", r"@@\1@@", bare(references["undeclared"]), flags=re.M), "applies",
           {"same_as": own("undeclared"), "note": "hunk 1 of src/query.c (patch line 3): its header is damaged; read as -63 +63"},
           model="example/model-c", claimed_gain=0.02)
    native("orders-28-mail", candidate("02-filter-while-loading").replace(
           "Date: ", "X-Mailer: an editor\nDate: ").replace("known, and parse each time once.",
           "known, and parse each time once.\n\nCo-authored-by: Example Writer <writer@example.com>"), "applies",
           {"same_as": "examples/orders/candidates/02-filter-while-loading.patch"}, model="example/model-c", claimed_gain=0.3)
    parts = re.split(r"(?=^--- )", bare(references["sort-if-needed"]), flags=re.M)
    native("orders-29-blank-lines", "\n" + "\n\n".join(part for part in parts if part), "applies",
           {"same_as": own("sort-if-needed")}, model="example/model-c", claimed_gain="up to 3x!")
    native("orders-30-said-twice", "Draft:\n\n```diff\n" + bare(text) + "```\n\nAfter checking it again, the final patch is:\n\n```diff\n"
           + bare(text) + "```\n", "applies",
           {"same_as": own("compare-text"),
            "note": "patch line 22: the change of src/query.c at line 4 is repeated word for word; read once"},
           author="Example Writer <writer@example.com>", model="example/model-c", claimed_gain=0.25)
    return rows


def main():
    references = make_references()
    rows = make_proposals(references)
    assert len(rows) == 30
    files = {HERE / "references" / f"{name}.patch": references[name] for name in CHANGES}
    files[HERE / "predictions.jsonl"] = "".join(json.dumps(fields, ensure_ascii=True) + "\n" for fields, _ in rows)
    files[HERE / "expected.jsonl"] = "".join(json.dumps(expected, ensure_ascii=False) + "\n" for _, expected in rows)
    if "--check" in sys.argv:
        stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
        for path in stale:
            print(f"{path}: differs from what generate.py makes", file=sys.stderr)
        return 1 if stale else 0
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
