/* Lists folders. Invariant: a file that is renamed keeps its identity, and a list is in the order in which
 * `tapline capture` wrote its files. */
#include "source/folder.h"

#include <tapline/archive.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NUMBER_SIZE 7 /* ".000001" */
/* A file that is renamed while the folder is being read may be missing from a list: it is remembered through
 * some of them. */
#define LISTS_KEPT 4
#define TRIES_MAX  4 /* to find the folder as it was a moment ago */

static bool identify_at(int folder, const char *name, int flags, bool *ret_is_regular,
                        struct folder_identity *ret_identity)
{
    struct statx found;

    if (statx(folder, name, flags, STATX_TYPE | STATX_INO | STATX_BTIME, &found) != 0)
        return false;
    memset(ret_identity, 0, sizeof(*ret_identity));
    ret_identity->device = makedev(found.stx_dev_major, found.stx_dev_minor);
    ret_identity->inode = found.stx_ino;
    if (found.stx_mask & STATX_BTIME) {
        ret_identity->born_seconds = found.stx_btime.tv_sec;
        ret_identity->born_nanoseconds = found.stx_btime.tv_nsec;
    }
    *ret_is_regular = S_ISREG(found.stx_mode);
    return true;
}

int folder_identify(int fd, struct folder_identity *ret_identity)
{
    bool is_regular;

    return identify_at(fd, "", AT_EMPTY_PATH, &is_regular, ret_identity) ? 0 : -1;
}

static int order(const struct folder_identity *a, const struct folder_identity *b)
{
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    if (a->born_seconds != b->born_seconds)
        return a->born_seconds < b->born_seconds ? -1 : 1;
    return (a->born_nanoseconds > b->born_nanoseconds) - (a->born_nanoseconds < b->born_nanoseconds);
}

bool folder_is_same(const struct folder_identity *a, const struct folder_identity *b)
{
    return order(a, b) == 0;
}

/* Length of a name without ".part". */
static size_t stem_length(const char *name)
{
    size_t length = strlen(name), suffix = strlen(FOLDER_PART);

    return length > suffix && strcmp(name + length - suffix, FOLDER_PART) == 0 ? length - suffix : length;
}

static bool is_number(const char *text)
{
    if (*text != '.')
        return false;
    for (int i = 1; i < NUMBER_SIZE; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

/* Is it the ledger beside a hot segment of an archive? It holds no records. */
static bool is_ledger(const char *name)
{
    static const char runs[] = ".runs";
    size_t length = strlen(name), suffix = sizeof(runs) - 1;
    char rows[TL_ARCHIVE_NAME_SIZE];
    struct tl_archive_segment segment;

    if (length <= suffix || length >= sizeof(rows) - suffix || strcmp(name + length - suffix, runs) != 0)
        return false;
    snprintf(rows, sizeof(rows), "%.*s.fstrm", (int)(length - suffix), name);
    return tl_archive_name_parse(rows, &segment) == TL_OK;
}

/* Is it `base`, or one of the names that `tapline capture` goes on with when that is taken? */
static bool is_family(const char *name, const char *base)
{
    size_t length = stem_length(name), base_length = strlen(base);

    if (strncmp(name, base, base_length) != 0)
        return false;
    return length == base_length || (length == base_length + NUMBER_SIZE && is_number(name + base_length)) ||
           strcmp(name, base) == 0;
}

static int compare(const void *a, const void *b)
{
    const struct folder_entry *first = a, *second = b;
    size_t of_first = stem_length(first->path), of_second = stem_length(second->path);
    int result = memcmp(first->path, second->path, of_first < of_second ? of_first : of_second);

    if (result == 0)
        result = (of_first > of_second) - (of_first < of_second);
    return result ? result : strcmp(first->path, second->path);
}

/* Room for one more in an array that doubles. */
static void *reserve(void *array, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room ? 2 * *room : 16;

    if (count < *room)
        return array;
    array = reallocarray(array, wanted, size);
    if (array)
        *room = wanted;
    return array;
}

static int add_entry(struct folder_list *list, const char *folder, const char *name,
                     const struct folder_identity *identity)
{
    bool is_here = strcmp(folder, ".") == 0;
    struct folder_entry *entries = reserve(list->entries, list->count, &list->room, sizeof(*entries));
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";

    if (!entries)
        return -1;
    list->entries = entries;
    if (asprintf(&entries[list->count].path, "%s%s%s", is_here ? "" : folder, is_here ? "" : slash, name) < 0)
        return -1;
    entries[list->count++].identity = *identity;
    return 0;
}

/* Or is it merely a link that leads nowhere, which will not change by looking again? */
static bool is_gone(int folder, const char *name)
{
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* 1 if an entry was renamed or removed while we looked, 0, or -1 with errno. */
static int read_entries(DIR *folder, const char *path, const char *base, struct folder_list *list)
{
    int result = 0;
    struct dirent *entry;

    while ((errno = 0, entry = readdir(folder))) {
        struct folder_identity identity;
        bool is_regular;
        const char *name = entry->d_name;
        if (base ? !is_family(name, base) : name[0] == '.' || is_ledger(name))
            continue;
        if (!identify_at(dirfd(folder), name, 0, &is_regular, &identity))
            result = is_gone(dirfd(folder), name) ? 1 : result;
        else if (is_regular && add_entry(list, path, name, &identity) != 0)
            return -1;
    }
    return errno ? -1 : result;
}

static bool is_changed(const struct stat *before, DIR *folder)
{
    struct stat now;

    return fstat(dirfd(folder), &now) == 0 &&
           (now.st_mtim.tv_sec != before->st_mtim.tv_sec || now.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

/* Of a list in which files may be missing, what can be believed by a list that was made before it: a file
 * that was renamed meanwhile may be missing, but none that comes before one that was there already, because
 * that one was begun after those before it had got their names. */
static void keep_believable(struct folder_list *list, const struct folder_list *before)
{
    while (list->count) {
        const struct folder_entry *last = &list->entries[list->count - 1];
        for (size_t i = before->count; i > 0; i--) {
            if (folder_is_same(&before->entries[i - 1].identity, &last->identity))
                return;
        }
        free(last->path);
        list->count--;
    }
}

/* 1 if the folder has changed meanwhile, 0, or -1 with errno. */
static int read_once(DIR *folder, const char *path, const char *base, struct folder_list *list)
{
    struct stat before;

    rewinddir(folder);
    if (fstat(dirfd(folder), &before) != 0)
        return -1;
    int result = read_entries(folder, path, base, list);
    if (list->count)
        qsort(list->entries, list->count, sizeof(*list->entries), compare);
    return result == 0 && is_changed(&before, folder) ? 1 : result;
}

/* Reads the folder until it has not changed meanwhile. Otherwise the list may lack a file that was renamed,
 * and hold one that was begun after that: whoever took it as it is would read the files in the wrong order,
 * and leave the one that is being written. */
static int read_settled(DIR *folder, const char *path, const char *base, struct folder_list *list)
{
    struct folder_list before = {NULL, 0, 0};
    int result = read_once(folder, path, base, list);

    for (int tries = 1; result == 1 && tries < TRIES_MAX; tries++) {
        folder_list_done(&before);
        before = *list;
        memset(list, 0, sizeof(*list));
        result = read_once(folder, path, base, list);
    }
    if (result == 1)
        keep_believable(list, &before);
    folder_list_done(&before);
    return result < 0 ? -1 : 0;
}

int folder_read(const char *path, const char *base, struct folder_list *ret_list)
{
    struct folder_list list = {NULL, 0, 0};
    DIR *folder = opendir(path);
    int result = folder ? read_settled(folder, path, base, &list) : -1;
    int error = errno;

    if (folder)
        closedir(folder);
    if (result != 0)
        folder_list_done(&list);
    *ret_list = list;
    errno = error;
    return result;
}

void folder_list_done(struct folder_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list->entries);
    memset(list, 0, sizeof(*list));
}

bool folder_is_there(const struct folder_entry *entry)
{
    struct folder_identity identity;
    bool is_regular;

    return identify_at(AT_FDCWD, entry->path, 0, &is_regular, &identity) &&
           folder_is_same(&identity, &entry->identity);
}

/* Where the identity is among those seen, or belongs. */
static size_t find(const struct folder_seen *seen, const struct folder_identity *identity)
{
    size_t from = 0, to = seen->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (order(&seen->files[middle].identity, identity) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_at(const struct folder_seen *seen, size_t at, const struct folder_identity *identity)
{
    return at < seen->count && order(&seen->files[at].identity, identity) == 0;
}

bool folder_is_seen(const struct folder_seen *seen, const struct folder_identity *identity)
{
    return is_at(seen, find(seen, identity), identity);
}

int folder_add_seen(struct folder_seen *seen, const struct folder_identity *identity)
{
    size_t at = find(seen, identity);

    if (is_at(seen, at, identity))
        return 0;
    struct folder_seen_file *files = reserve(seen->files, seen->count, &seen->room, sizeof(*files));
    if (!files)
        return -1;
    seen->files = files;
    memmove(files + at + 1, files + at, (seen->count - at) * sizeof(*files));
    files[at] = (struct folder_seen_file){*identity, seen->looked};
    seen->count++;
    return 0;
}

void folder_forget(struct folder_seen *seen, const struct folder_list *list)
{
    size_t kept = 0;

    seen->looked++;
    for (size_t i = 0; i < list->count; i++) {
        size_t at = find(seen, &list->entries[i].identity);
        if (is_at(seen, at, &list->entries[i].identity))
            seen->files[at].looked = seen->looked;
    }
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->looked - seen->files[i].looked < LISTS_KEPT)
            seen->files[kept++] = seen->files[i];
    }
    seen->count = kept;
}

void folder_seen_done(struct folder_seen *seen)
{
    free(seen->files);
    memset(seen, 0, sizeof(*seen));
}
