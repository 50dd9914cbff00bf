#include "orchestrator/report/store.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STORE_SUFFIX     ".json"
#define STORE_PREFIX_MIN 4
#define STORE_BYTES_MAX  ((size_t)256 << 20)

static bool store_is_id(const char *id)
{
    size_t digits = strspn(id, "0123456789abcdef");
    return digits > 0 && digits <= STORE_ID_MAX && id[digits] == '\0';
}

/* `<id>.json` → true with the id; temporary and foreign files are none. */
static bool store_read_name(const char *name, char id[static STORE_ID_MAX + 1])
{
    size_t length = strlen(name);
    size_t suffix = strlen(STORE_SUFFIX);
    if (length <= suffix || length - suffix > STORE_ID_MAX ||
        strcmp(name + length - suffix, STORE_SUFFIX) != 0)
        return false;
    memcpy(id, name, length - suffix);
    id[length - suffix] = '\0';
    return store_is_id(id);
}

static int store_make_folder(const char *folder, struct err *err)
{
    char *path cleanup_free = memory_copy_string(folder);
    for (char *at = path + 1;; at++) {
        char held = *at;
        if (held != '/' && held != '\0')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return err_set_errno(err, errno, "make folder %s", path);
        *at = held;
        if (held == '\0')
            return 0;
    }
}

static int store_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t wrote = write(fd, bytes, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -errno;
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

static int store_read_at(int folder, const char *name, char **bytes, size_t *length, struct err *err)
{
    struct stat status;
    int fd cleanup_fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &status) < 0)
        return err_set_errno(err, errno, "read report %s", name);
    if (!S_ISREG(status.st_mode) || (size_t)status.st_size > STORE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "report %s is no file of at most 256 MiB", name);
    char *content cleanup_free = memory_resize(NULL, (size_t)status.st_size + 1, 1);
    size_t used = 0;
    while (used < (size_t)status.st_size) {
        ssize_t got = read(fd, content + used, (size_t)status.st_size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read report %s", name);
        if (got == 0)
            break;
        used += (size_t)got;
    }
    content[used] = '\0';
    *bytes = STEAL(content);
    *length = used;
    return 0;
}

/* A report that is there already must be this one. */
static int store_check_same(int folder, const char *name, const char *bytes, size_t length, struct err *err)
{
    char *old cleanup_free = NULL;
    size_t old_length = 0;
    int status = store_read_at(folder, name, &old, &old_length, err);
    if (status < 0)
        return status;
    if (old_length != length || memcmp(old, bytes, length) != 0)
        return err_set(err, ERR_INVALID, "report %s is there already with other content", name);
    return 0;
}

/* link() and not rename(): it never replaces what is there, not even in a race. */
static int store_publish(int folder, const char *temporary, const char *name, const char *bytes,
                         size_t length, struct err *err)
{
    int fd cleanup_fd = openat(folder, temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    int status = fd < 0 ? -errno : store_write_all(fd, bytes, length);
    if (status < 0)
        return err_set_errno(err, -status, "write report %s", name);
    if (linkat(folder, temporary, folder, name, 0) < 0) {
        if (errno == EEXIST)
            return store_check_same(folder, name, bytes, length, err);
        return err_set_errno(err, errno, "write report %s", name);
    }
    if (fsync(folder) < 0)
        return err_set_errno(err, errno, "sync the folder of report %s", name);
    return 0;
}

int store_write(const char *folder, const char *id, const char *bytes, size_t length, struct err *err)
{
    if (!store_is_id(id))
        return err_set(err, ERR_INVALID, "\"%.80s\" is no report id", id);
    int status = store_make_folder(folder, err);
    if (status < 0)
        return status;
    int folder_fd cleanup_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0)
        return err_set_errno(err, errno, "open folder %s", folder);
    char *name cleanup_free = memory_format("%s" STORE_SUFFIX, id);
    char *temporary cleanup_free = memory_format(".%s.%d", id, (int)getpid());
    unlinkat(folder_fd, temporary, 0); /* of a process of that number that was killed while writing */
    status = store_publish(folder_fd, temporary, name, bytes, length, err);
    unlinkat(folder_fd, temporary, 0);
    return status;
}

static int store_compare_entries(const void *a, const void *b)
{
    const struct store_entry *one = a;
    const struct store_entry *two = b;
    if (one->written_ns != two->written_ns)
        return one->written_ns > two->written_ns ? -1 : 1;
    return strcmp(one->id, two->id);
}

int store_list(const char *folder, struct store_entry **entries, size_t *count, struct err *err)
{
    struct store_entry *found = NULL;
    size_t capacity = 0;
    *count = 0;
    *entries = NULL;
    DIR *stream cleanup_dir = opendir(folder);
    if (!stream && errno != ENOENT)
        return err_set_errno(err, errno, "open folder %s", folder);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        struct stat status;
        struct store_entry row = {0};
        if (!store_read_name(entry->d_name, row.id) ||
            fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(status.st_mode))
            continue;
        row.written_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
        row.length = (size_t)status.st_size;
        MEMORY_GROW(found, *count, capacity);
        found[(*count)++] = row;
    }
    if (*count > 1)
        qsort(found, *count, sizeof *found, store_compare_entries);
    *entries = found;
    return 0;
}

/* The first entry that begins so; how many do; and their ids for a message. */
static const struct store_entry *store_match(const struct store_entry *entries, size_t count,
                                             const char *prefix, size_t *matches, struct text *ids)
{
    const struct store_entry *match = NULL;
    *matches = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(entries[i].id, prefix, strlen(prefix)) != 0)
            continue;
        match = match ? match : &entries[i];
        if ((*matches)++ < 5)
            text_printf(ids, "%s%s", ids->length > 0 ? ", " : "", entries[i].id);
    }
    return match;
}

/* The report of exactly that id; 1 where there is none. Without looking at the others, which may be many. */
static int store_read_exact(const char *folder, const char *id, char **bytes, size_t *length, struct err *err)
{
    int folder_fd cleanup_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *name cleanup_free = memory_format("%s" STORE_SUFFIX, id);
    if (folder_fd < 0 || faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 1;
    return store_read_at(folder_fd, name, bytes, length, err);
}

int store_find(const char *folder, const char *prefix, char **id, char **bytes, size_t *length,
               struct err *err)
{
    struct store_entry *entries cleanup_free = NULL;
    struct text ids cleanup_text = {0};
    size_t count = 0;
    size_t matches = 0;
    if (!store_is_id(prefix) || strlen(prefix) < STORE_PREFIX_MIN)
        return err_set(err, ERR_INVALID, "\"%.80s\" is no report id: at least four of its hexadecimal digits",
                       prefix);
    int status = store_read_exact(folder, prefix, bytes, length, err);
    if (status == 0)
        *id = memory_copy_string(prefix);
    if (status <= 0)
        return status;
    status = store_list(folder, &entries, &count, err);
    if (status < 0)
        return status;
    const struct store_entry *match = store_match(entries, count, prefix, &matches, &ids);
    if (!match)
        return err_set(err, ERR_NOT_FOUND, "there is no report %s; cupel list shows those that are", prefix);
    if (matches > 1)
        return err_set(err, ERR_INVALID, "%zu reports begin with %s: %s%s", matches, prefix,
                       text_string(&ids), matches > 5 ? ", …" : "");
    status = store_read_exact(folder, match->id, bytes, length, err);
    if (status == 0)
        *id = memory_copy_string(match->id);
    return status <= 0 ? status : err_set(err, ERR_NOT_FOUND, "the report %s was just removed", match->id);
}
