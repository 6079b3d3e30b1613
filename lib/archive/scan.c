/* Reads the folders of an archive while others seal, merge and remove in it. Invariant: an origin that is in
 * the archive during the whole reading is found at least once.
 *
 * Files move in one direction only - from hot/ to their day, and when days are merged to the earliest of them
 * - and are in the new place before they leave the old one. So the folders are read in that direction: hot/
 * first, then the latest day to the earliest. What moves within a folder while it is being read may be
 * missed, and a segment may have been begun after hot/ was read and be in its day already, with one that was
 * begun before it still in hot/: then all is read again. */
#include "folder.h"
#include "list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TRIES_MAX 32
#define DAY_SIZE  10 /* "2026-11-23" */
/* Changes that follow each other sooner may leave the same time: the kernel's tick, generously. */
#define TICK_NS 20000000

struct day {
    char name[DAY_SIZE + 1];
};

struct days {
    struct day *items;
    size_t count, room;
};

/* Room for one more in an array that doubles; NULL if there is no memory. */
static void *reserve(void *array, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room ? 2 * *room : 64;

    if (count < *room)
        return array;
    array = realloc(array, wanted * size);
    if (array)
        *room = wanted;
    return array;
}

static enum tl_status add(struct tl__scan *scan, const struct tl_archive_segment *segment, bool has_rows)
{
    struct tl__found *items = reserve(scan->items, scan->count, &scan->room, sizeof(*items));

    if (!items)
        return TL_NO_MEMORY;
    scan->items = items;
    items[scan->count++] = (struct tl__found){*segment, has_rows};
    return TL_OK;
}

/* Of a ledger: the name of its rows. */
static bool rows_name(const char *name, char ret_name[TL_ARCHIVE_NAME_SIZE])
{
    size_t length = strlen(name);

    if (length < 5 || length > TL_ARCHIVE_NAME_SIZE - 3 || strcmp(name + length - 5, ".runs") != 0)
        return false;
    memcpy(ret_name, name, length - 5);
    memcpy(ret_name + length - 5, ".fstrm", 7);
    return true;
}

static enum tl_status take_hot(const char *folder, const char *name, struct tl__scan *scan)
{
    struct tl_archive_segment segment;
    char rows[TL_ARCHIVE_NAME_SIZE];
    bool is_ledger = rows_name(name, rows);

    (void)folder;
    if (tl_archive_name_parse(is_ledger ? rows : name, &segment) != TL_OK || segment.is_sealed)
        return TL_OK;
    return add(scan, &segment, !is_ledger);
}

/* "2026-11-23" and "20261123T...", which is a segment's name. */
static bool is_of_day(const char *name, const char *day)
{
    return memcmp(name, day, 4) == 0 && memcmp(name + 4, day + 5, 2) == 0 &&
           memcmp(name + 6, day + 8, 2) == 0;
}

/* Files in another folder than their day's are nobody's. */
static enum tl_status take_sealed(const char *folder, const char *name, struct tl__scan *scan)
{
    struct tl_archive_segment segment;

    if (tl_archive_name_parse(name, &segment) != TL_OK || !segment.is_sealed || !is_of_day(name, folder))
        return TL_OK;
    return add(scan, &segment, true);
}

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* NULL without an error: there is no such folder. One may be a link to another disk. */
static enum tl_status open_folder(int archive, const char *name, DIR **ret_folder)
{
    int fd = openat(archive, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *ret_folder = NULL;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? TL_OK : TL_SYSTEM;
    *ret_folder = fdopendir(fd);
    if (*ret_folder)
        return TL_OK;
    tl__close(fd);
    return errno == ENOMEM ? TL_NO_MEMORY : TL_SYSTEM;
}

static void close_folder(DIR *folder)
{
    int error = errno;

    closedir(folder);
    errno = error;
}

/* What is no file is no segment, whatever its name: a FIFO would be waited for. */
static bool is_file(DIR *folder, const struct dirent *entry)
{
    struct stat found;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_REG;
    return fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode);
}

typedef enum tl_status take_entry(const char *folder, const char *name, struct tl__scan *scan);

static enum tl_status take_entries(DIR *folder, const char *name, take_entry *take, struct tl__scan *scan)
{
    enum tl_status status = TL_OK;
    struct dirent *entry;

    while (status == TL_OK && (errno = 0, entry = readdir(folder))) {
        if (is_file(folder, entry))
            status = take(name, entry->d_name, scan);
    }
    return status == TL_OK && errno ? TL_SYSTEM : status;
}

/* When the folder was changed last, in nanoseconds; -1: it is not there. */
static int64_t changed_at(int archive, const char *name)
{
    struct stat found;

    return fstatat(archive, name, &found, 0) == 0 ? nanoseconds(found.st_mtim) : -1;
}

static enum tl_status read_folder(int archive, const char *name, take_entry *take, struct tl__scan *scan)
{
    DIR *folder;
    enum tl_status status = open_folder(archive, name, &folder);

    if (status != TL_OK || !folder)
        return status;
    status = take_entries(folder, name, take, scan);
    close_folder(folder);
    return status;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return nanoseconds(time);
}

/* `trusted`: a time of change before this one tells all changes. */
static enum tl_status scan_day(int archive, const char *name, int64_t trusted, struct tl__scan *scan,
                               bool *ret_is_settled)
{
    int64_t before = changed_at(archive, name);
    enum tl_status status = read_folder(archive, name, take_sealed, scan);

    *ret_is_settled = before < trusted && changed_at(archive, name) == before;
    return status;
}

enum tl_status tl__scan_hot(int archive, const char *name, struct tl__scan *scan)
{
    return read_folder(archive, name, take_hot, scan);
}

static bool is_day(const char *name)
{
    static const char form[] = "0000-00-00";

    for (int i = 0; i < DAY_SIZE; i++) {
        if (form[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
            return false;
    }
    return name[DAY_SIZE] == '\0';
}

static enum tl_status add_day(struct days *days, const char *name)
{
    struct day *items = reserve(days->items, days->count, &days->room, sizeof(*items));

    if (!items)
        return TL_NO_MEMORY;
    days->items = items;
    memcpy(items[days->count++].name, name, DAY_SIZE + 1);
    return TL_OK;
}

static int latest_first(const void *a, const void *b)
{
    return strcmp(((const struct day *)b)->name, ((const struct day *)a)->name);
}

static enum tl_status list_days(int archive, struct days *days)
{
    DIR *folder;
    struct dirent *entry;
    enum tl_status status = open_folder(archive, ".", &folder);

    if (status != TL_OK || !folder)
        return TL_SYSTEM;
    while (status == TL_OK && (errno = 0, entry = readdir(folder)))
        status = is_day(entry->d_name) ? add_day(days, entry->d_name) : TL_OK;
    if (status == TL_OK && errno)
        status = TL_SYSTEM;
    close_folder(folder);
    if (days->count)
        qsort(days->items, days->count, sizeof(*days->items), latest_first);
    return status;
}

static enum tl_status scan_days(int archive, int64_t trusted, struct tl__scan *scan, bool *ret_is_settled)
{
    struct days days = {NULL, 0, 0};
    enum tl_status status = list_days(archive, &days);

    for (size_t i = 0; status == TL_OK && i < days.count; i++) {
        bool settled = true;
        status = scan_day(archive, days.items[i].name, trusted, scan, &settled);
        *ret_is_settled = *ret_is_settled && settled;
    }
    free(days.items);
    return status;
}

static enum tl_status scan_once(int archive, int64_t trusted, struct tl__scan *scan, bool *ret_is_settled)
{
    int64_t before = changed_at(archive, TL__HOT);
    enum tl_status status = tl__scan_hot(archive, TL__HOT, scan);

    *ret_is_settled = before < trusted;
    if (status == TL_OK)
        status = scan_days(archive, trusted, scan, ret_is_settled);
    if (changed_at(archive, TL__HOT) != before)
        *ret_is_settled = false;
    return status;
}

/* Did both find the same? Sorts them. */
static bool is_same(struct tl__scan *a, struct tl__scan *b)
{
    tl__unite(a);
    tl__unite(b);
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        if (tl__compare(&a->items[i].segment, &b->items[i].segment) != 0 ||
            a->items[i].has_rows != b->items[i].has_rows)
            return false;
    }
    return a->count == b->count;
}

static enum tl_status join(struct tl__scan *scan, const struct tl__scan *other)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; status == TL_OK && i < other->count; i++)
        status = add(scan, &other->items[i].segment, other->items[i].has_rows);
    return status;
}

/* Reads again while something changes. A change that left no trace, because another had come just before it,
 * shows when the next reading finds something else. */
static enum tl_status read_settled(int archive, struct tl__scan *scan, struct tl__scan *before)
{
    int64_t trusted = now() - TICK_NS;
    bool settled = false, same = false;
    enum tl_status status = scan_once(archive, trusted, scan, &settled);

    for (int tries = 1; status == TL_OK && !settled && !same && tries < TRIES_MAX; tries++) {
        struct tl__scan last = *scan;
        *scan = *before;
        *before = last;
        scan->count = 0;
        status = scan_once(archive, trusted, scan, &settled);
        same = status == TL_OK && is_same(scan, before);
    }
    return status == TL_OK && !settled && !same ? join(scan, before) : status;
}

enum tl_status tl__scan(int archive, struct tl__scan *scan)
{
    struct tl__scan before = {NULL, 0, 0};
    enum tl_status status = read_settled(archive, scan, &before);

    free(before.items);
    return status;
}
