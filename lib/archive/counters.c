/* The counters, by name, and the file they are in. Invariant: their place in the file is found by name, so a
 * program with another table reads the ones it knows; and the file has its name only when its names are in
 * it. */
#include "counters.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME      "counters"
#define TEMPORARY ".counters.new"

struct counter {
    const char *key, *sentence;
};

static const struct counter table[] = {
#define TL_COUNTER(name, key, sentence) [TL_COUNTER_##name] = {key, sentence},
#include <tapline/counters.def>
#undef TL_COUNTER
};

struct file {
    struct tl__counters_head head;
    struct tl__counters_entry entries[TL_COUNTERS];
};

struct tl_counters {
    struct file *file;
};

const char *tl_counter_key(enum tl_counter counter)
{
    return table[counter].key;
}

const char *tl_counter_sentence(enum tl_counter counter)
{
    return table[counter].sentence;
}

static void fill(struct file *file)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    memcpy(file->head.magic, TL__COUNTERS_MAGIC, sizeof(file->head.magic));
    file->head.version = TL__COUNTERS_VERSION;
    file->head.count = TL_COUNTERS;
    file->head.pid = (uint64_t)getpid();
    file->head.started_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    for (size_t i = 0; i < TL_COUNTERS; i++)
        memcpy(file->entries[i].key, table[i].key, strlen(table[i].key));
}

/* The file's blocks are taken at once: a write to a mapped one that the disk has no room for would be a
 * SIGBUS. */
static enum tl_status map_new(int folder, int fd, struct file **ret_file)
{
    int error = posix_fallocate(fd, 0, sizeof(struct file));

    if (error) {
        errno = error;
        return TL_SYSTEM;
    }
    if (tl__adopt(folder, fd) != TL_OK || fchmod(fd, TL__FILE_MODE) != 0)
        return TL_SYSTEM;
    struct file *file = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return TL_SYSTEM;
    fill(file);
    *ret_file = file;
    return TL_OK;
}

static enum tl_status make_file(int folder, struct file **ret_file)
{
    struct file *file;

    if (unlinkat(folder, TEMPORARY, 0) != 0 && errno != ENOENT)
        return TL_SYSTEM;
    int fd = openat(folder, TEMPORARY, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, TL__FILE_MODE);
    if (fd < 0)
        return TL_SYSTEM;
    enum tl_status status = map_new(folder, fd, &file);
    tl__close(fd);
    if (status == TL_OK && renameat(folder, TEMPORARY, folder, NAME) != 0) {
        munmap(file, sizeof(*file));
        status = TL_SYSTEM;
    }
    if (status == TL_OK)
        *ret_file = file;
    return status;
}

enum tl_status tl_counters_new(struct tl_archive *archive, struct tl_counters **ret_counters)
{
    struct tl_counters *counters = malloc(sizeof(*counters));

    if (!counters)
        return TL_NO_MEMORY;
    enum tl_status status = make_file(archive->folder, &counters->file);
    if (status != TL_OK) {
        int error = errno;
        unlinkat(archive->folder, TEMPORARY, 0);
        free(counters);
        errno = error;
        return status;
    }
    *ret_counters = counters;
    return TL_OK;
}

void tl_counters_free(struct tl_counters *counters)
{
    if (counters)
        munmap(counters->file, sizeof(*counters->file));
    free(counters);
}

void tl_counters_set(struct tl_counters *counters, enum tl_counter counter, uint64_t value)
{
    __atomic_store_n(&counters->file->entries[counter].value, value, __ATOMIC_RELAXED);
}

void tl_counters_add(struct tl_counters *counters, enum tl_counter counter, uint64_t value)
{
    __atomic_fetch_add(&counters->file->entries[counter].value, value, __ATOMIC_RELAXED);
}

static void take_entry(const struct tl__counters_entry *entry, struct tl_counters_view *view)
{
    for (size_t i = 0; i < TL_COUNTERS; i++) {
        if (strncmp(entry->key, table[i].key, sizeof(entry->key)) != 0)
            continue;
        view->values[i] = __atomic_load_n(&entry->value, __ATOMIC_RELAXED);
        view->is_known[i] = true;
        return;
    }
}

enum tl_status tl__counters_parse(struct tl_bytes file, struct tl_counters_view *ret_view)
{
    struct tl__counters_head head;
    struct tl_counters_view view = {0};

    if (file.size < sizeof(head))
        return TL_BAD_TEXT;
    memcpy(&head, file.data, sizeof(head));
    const struct tl__counters_entry *entries =
        (const struct tl__counters_entry *)(const void *)(file.data + sizeof(head));
    if (memcmp(head.magic, TL__COUNTERS_MAGIC, sizeof(head.magic)) != 0 ||
        head.version != TL__COUNTERS_VERSION || head.count > TL__COUNTERS_MAX ||
        file.size < sizeof(head) + head.count * sizeof(*entries))
        return TL_BAD_TEXT;
    view.pid = head.pid;
    view.started_ms = head.started_ms;
    for (size_t i = 0; i < head.count; i++)
        take_entry(&entries[i], &view);
    *ret_view = view;
    return TL_OK;
}

static enum tl_status read_mapped(int fd, struct tl_counters_view *ret_view)
{
    struct stat found;

    if (fstat(fd, &found) != 0)
        return TL_SYSTEM;
    if (!S_ISREG(found.st_mode) || found.st_size < (off_t)sizeof(struct tl__counters_head))
        return TL_BAD_TEXT;
    size_t size = (size_t)found.st_size,
           most = sizeof(struct tl__counters_head) + TL__COUNTERS_MAX * sizeof(struct tl__counters_entry);
    size = size < most ? size : most;
    void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return TL_SYSTEM;
    enum tl_status status = tl__counters_parse(tl_bytes(memory, size), ret_view);
    munmap(memory, size);
    return status;
}

enum tl_status tl_counters_read(const struct tl_archive *archive, struct tl_counters_view *ret_view)
{
    int fd = openat(archive->folder, NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? TL_END : errno == ELOOP ? TL_BAD_TEXT : TL_SYSTEM;
    enum tl_status status = read_mapped(fd, ret_view);
    tl__close(fd);
    if (status == TL_OK)
        ret_view->is_running =
            ret_view->pid && tl_archive_lock_owner(archive, TL_ARCHIVE_LOCK_WRITE) == ret_view->pid;
    return status;
}
