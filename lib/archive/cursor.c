/* Cursors in their folder. NAME holds the position, .NAME.lock is locked by whose cursor it is, .NAME.new
 * becomes NAME when it is stored. Invariant: only who has the lock changes a cursor. */
#include "cursor.h"

#include "folder.h"
#include "lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MODE 0660 /* another user of the group may take the cursor over */
#define FILE_NAME (TL_CURSOR_NAME_MAX + 8)

struct tl_cursor_owner {
    int folder, lock;
    char name[TL_CURSOR_NAME_MAX + 1];
};

bool tl_archive_is_cursor_name(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= TL_CURSOR_NAME_MAX && name[0] != '.' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static int open_cursors(const struct tl_archive *archive)
{
    return openat(archive->folder, TL__CURSORS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void name_file(const char *name, const char *suffix, char ret_file[FILE_NAME])
{
    snprintf(ret_file, FILE_NAME, ".%s.%s", name, suffix);
}

/* `name` is one. TL_END, TL_BAD_TEXT, TL_SYSTEM, TL_NO_MEMORY. */
static enum tl_status read_cursor(int folder, const char *name, struct tl_archive_cursor *ret_cursor)
{
    struct tl_archive_cursor cursor;
    char *text;
    size_t size;
    enum tl_status status = tl__read_file(folder, name, TL__CURSOR_SIZE, &text, &size);

    if (status != TL_OK)
        return status;
    status = tl__cursor_parse(tl_bytes(text, size), &cursor);
    free(text);
    if (status != TL_OK)
        return status;
    memset(cursor.name, 0, sizeof(cursor.name));
    memcpy(cursor.name, name, strlen(name));
    *ret_cursor = cursor;
    return TL_OK;
}

static enum tl_status lock_cursor(const struct tl_archive *archive, const char *name,
                                  struct tl_cursor_owner *owner, uint64_t *ret_pid)
{
    char file[FILE_NAME];
    uint64_t pid = 0;

    owner->folder = open_cursors(archive);
    if (owner->folder < 0)
        return TL_SYSTEM;
    memcpy(owner->name, name, strlen(name));
    name_file(name, "lock", file);
    enum tl_status status = tl__lock(owner->folder, file, LOCK_MODE, &owner->lock, &pid);
    if (status == TL_FULL && ret_pid)
        *ret_pid = pid;
    return status;
}

static enum tl_status own(const struct tl_archive *archive, const char *name,
                          struct tl_cursor_owner **ret_owner, uint64_t *ret_pid)
{
    if (!tl_archive_is_cursor_name(name))
        return TL_BAD_TEXT;
    struct tl_cursor_owner *owner = calloc(1, sizeof(*owner));
    if (!owner)
        return TL_NO_MEMORY;
    owner->folder = owner->lock = -1;
    enum tl_status status = lock_cursor(archive, name, owner, ret_pid);
    if (status != TL_OK) {
        tl_archive_cursor_close(owner);
        return status;
    }
    *ret_owner = owner;
    return TL_OK;
}

enum tl_status tl_archive_cursor_open(const struct tl_archive *archive, const char *name,
                                      struct tl_cursor_owner **ret_owner,
                                      struct tl_archive_cursor *ret_cursor, uint64_t *ret_pid)
{
    struct tl_cursor_owner *owner;
    enum tl_status status = own(archive, name, &owner, ret_pid);

    if (status != TL_OK)
        return status;
    status = read_cursor(owner->folder, name, ret_cursor);
    if (status == TL_END) {
        memset(ret_cursor, 0, sizeof(*ret_cursor));
        memcpy(ret_cursor->name, owner->name, sizeof(owner->name));
    } else if (status != TL_OK) {
        tl_archive_cursor_close(owner);
        return status;
    }
    *ret_owner = owner;
    return status;
}

enum tl_status tl_archive_cursor_store(struct tl_cursor_owner *owner, const struct tl_archive_cursor *cursor)
{
    char text[TL__CURSOR_SIZE], temporary[FILE_NAME];
    struct tl_builder to = tl_builder(text, sizeof(text));

    tl__cursor_print(cursor, &to);
    if (to.status != TL_OK)
        return TL_BAD_ARGUMENT;
    name_file(owner->name, "new", temporary);
    return tl__replace_file(owner->folder, owner->name, temporary, TL__FILE_MODE, tl_builder_bytes(&to));
}

void tl_archive_cursor_close(struct tl_cursor_owner *owner)
{
    if (!owner)
        return;
    tl__unlock(owner->lock);
    tl__close(owner->folder);
    free(owner);
}

uint64_t tl_archive_cursor_user(const struct tl_archive *archive, const char *name)
{
    char file[FILE_NAME];
    int error = errno, folder = tl_archive_is_cursor_name(name) ? open_cursors(archive) : -1;
    uint64_t pid = 0;

    if (folder >= 0) {
        name_file(name, "lock", file);
        pid = tl__lock_owner(folder, file);
        close(folder);
    }
    errno = error;
    return pid;
}

/* The lock's file goes while it is locked: who waits for nothing but opened it already looks if it has its
 * name. */
static enum tl_status remove_files(struct tl_cursor_owner *owner)
{
    char file[FILE_NAME];
    enum tl_status status = TL_OK;

    if (unlinkat(owner->folder, owner->name, 0) != 0)
        status = errno == ENOENT ? TL_END : TL_SYSTEM;
    if (status == TL_SYSTEM)
        return status;
    name_file(owner->name, "new", file);
    unlinkat(owner->folder, file, 0);
    name_file(owner->name, "lock", file);
    unlinkat(owner->folder, file, 0);
    return status == TL_OK && fsync(owner->folder) != 0 ? TL_SYSTEM : status;
}

enum tl_status tl_archive_cursor_remove(const struct tl_archive *archive, const char *name)
{
    struct tl_cursor_owner *owner;
    enum tl_status status = own(archive, name, &owner, NULL);

    if (status != TL_OK)
        return status == TL_BAD_TEXT ? TL_END : status;
    status = remove_files(owner);
    int error = errno;
    tl_archive_cursor_close(owner);
    errno = error;
    return status;
}

struct cursors {
    struct tl_archive_cursor *items;
    size_t count, room, damaged;
};

static enum tl_status add(struct cursors *cursors, const struct tl_archive_cursor *cursor)
{
    if (cursors->count == cursors->room) {
        size_t room = cursors->room ? 2 * cursors->room : 8;
        struct tl_archive_cursor *items = realloc(cursors->items, room * sizeof(*items));
        if (!items)
            return TL_NO_MEMORY;
        cursors->items = items;
        cursors->room = room;
    }
    cursors->items[cursors->count++] = *cursor;
    return TL_OK;
}

/* Of that one file alone, which is no reason not to look at the others: whoever may make cursors could keep
 * the capture from starting with one. */
static bool is_unreadable(enum tl_status status)
{
    return status == TL_BAD_TEXT || (status == TL_SYSTEM && (errno == EACCES || errno == EIO));
}

static enum tl_status read_all(DIR *folder, struct cursors *cursors)
{
    enum tl_status status = TL_OK;
    struct dirent *entry;

    while (status == TL_OK && (errno = 0, entry = readdir(folder))) {
        struct tl_archive_cursor cursor;
        if (!tl_archive_is_cursor_name(entry->d_name))
            continue;
        status = read_cursor(dirfd(folder), entry->d_name, &cursor);
        if (status == TL_OK)
            status = add(cursors, &cursor);
        if (is_unreadable(status)) {
            cursors->damaged++;
            status = TL_OK;
        }
        status = status == TL_END ? TL_OK : status; /* that one is gone meanwhile */
    }
    return status == TL_OK && errno ? TL_SYSTEM : status;
}

static enum tl_status list_all(const struct tl_archive *archive, struct cursors *cursors)
{
    int fd = open_cursors(archive);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (!folder) {
        tl__close(fd);
        return errno == ENOENT ? TL_OK : errno == ENOMEM ? TL_NO_MEMORY : TL_SYSTEM;
    }
    enum tl_status status = read_all(folder, cursors);
    int error = errno;
    closedir(folder);
    errno = error;
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tl_archive_cursor *)a)->name, ((const struct tl_archive_cursor *)b)->name);
}

enum tl_status tl_archive_cursors(const struct tl_archive *archive, struct tl_archive_cursor **ret_cursors,
                                  size_t *ret_count, size_t *ret_damaged)
{
    struct cursors cursors = {NULL, 0, 0, 0};
    enum tl_status status = list_all(archive, &cursors);

    if (status != TL_OK) {
        free(cursors.items);
        return status;
    }
    if (cursors.count)
        qsort(cursors.items, cursors.count, sizeof(*cursors.items), by_name);
    *ret_cursors = cursors.items;
    *ret_count = cursors.count;
    if (ret_damaged)
        *ret_damaged = cursors.damaged;
    return TL_OK;
}
