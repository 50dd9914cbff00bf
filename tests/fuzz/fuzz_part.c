/* Whatever patch is accepted can be taken apart,
 * and any of its parts written and read again, line for line. */
#include "base/cleanup.h"
#include "policies/patch/write.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static bool fuzz_same_string(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static void fuzz_check_hunk(const struct patch_hunk *got, const struct patch_hunk *wanted)
{
    fuzz_require(got->old_start == wanted->old_start && got->old_count == wanted->old_count);
    fuzz_require(got->new_count == wanted->new_count && got->line_count == wanted->line_count);
    fuzz_require(!got->repaired);
    for (size_t i = 0; i < got->line_count; i++) {
        const struct patch_line *a = &got->lines[i], *b = &wanted->lines[i];
        fuzz_require(a->kind == b->kind && a->no_newline == b->no_newline && a->length == b->length);
        fuzz_require(memcmp(a->bytes, b->bytes, a->length) == 0);
    }
}

/* The files of the parts taken stand in `got`, in their order, and nothing else does. */
static void fuzz_compare(const struct patch *got, const struct patch *whole, const struct patch_parts *parts,
                         uint32_t take)
{
    size_t at = 0, hunk = 0, last = SIZE_MAX;
    for (size_t i = 0; i < parts->piece_count; i++) {
        size_t part = 0;
        while (i >= parts->parts[part].first + parts->parts[part].count)
            part++;
        if (!(take >> part & 1))
            continue;
        const struct patch_piece *piece = &parts->pieces[i];
        const struct patch_file *wanted = &whole->files[piece->file];
        if (piece->file != last) {
            at += last != SIZE_MAX;
            hunk = 0;
            fuzz_require(at < got->file_count);
            fuzz_require(got->files[at].change == wanted->change);
            fuzz_require(fuzz_same_string(got->files[at].old_path, wanted->old_path));
            fuzz_require(fuzz_same_string(got->files[at].new_path, wanted->new_path));
        }
        last = piece->file;
        const struct patch_file *file = &got->files[at];
        size_t end = piece->whole ? wanted->hunk_count : piece->hunk + 1;
        for (size_t j = piece->whole ? 0 : piece->hunk; j < end; j++, hunk++) {
            fuzz_require(hunk < file->hunk_count);
            fuzz_check_hunk(&file->hunks[hunk], &wanted->hunks[j]);
        }
    }
    fuzz_require(at + 1 == got->file_count);
}

static void fuzz_write(const struct patch *patch, const struct patch_parts *parts, uint32_t take)
{
    cleanup_text struct text text = {0}, again = {0};
    struct patch read;
    struct err err = {0};
    patch_write_parts(patch, parts, take, &text);
    fuzz_require(patch_parse(&read, "part", text_string(&text), text.length, &err) == 0);
    fuzz_compare(&read, patch, parts, take);
    for (uint32_t i = 0; i <= read.files[read.file_count - 1].series; i++)
        patch_write_series(&read, i, &again);
    fuzz_require(again.length == text.length && memcmp(again.data, text.data, text.length) == 0);
    patch_fini(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct patch patch;
    struct patch_parts parts;
    struct err err = {0};
    if (patch_parse(&patch, "fuzz.patch", (const char *)data, size, &err) < 0)
        return 0;
    size_t most = 1 + size % 8;
    if (patch_parts_split(&patch, most, &parts, &err) == 0) {
        uint32_t all = (uint32_t)((UINT64_C(1) << parts.count) - 1);
        fuzz_require(parts.count > 0 && parts.count <= most);
        fuzz_write(&patch, &parts, all);
        for (size_t i = 0; i < parts.count; i++) {
            cleanup_free char *name = patch_part_name(&patch, &parts, i);
            fuzz_require(name[0] && !strchr(name, '\n'));
            fuzz_write(&patch, &parts, UINT32_C(1) << i);
        }
        fuzz_write(&patch, &parts, (all & 0x55) | 1);
    } else {
        fuzz_require(err.code == ERR_LIMIT);
    }
    patch_parts_fini(&parts);
    patch_fini(&patch);
    return 0;
}
