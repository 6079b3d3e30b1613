/* Removes files, or keeps them aside. Invariant: what is to be kept is in damaged/ before the sealed segment
 * is there, and leaves hot/ after that: wherever a crash falls, it is in one of them. */
#include "pack/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE (TL_ARCHIVE_NAME_SIZE + sizeof(SEGMENT_DAMAGED))

/* "hot/X" and "damaged/X". */
struct names {
    char hot[TL_ARCHIVE_NAME_SIZE], damaged[NAME_SIZE];
};

static struct names names_of(const struct tl_archive_segment *hot, enum tl_archive_part part)
{
    struct names names;

    tl_archive_name(hot, part, names.hot);
    const char *slash = strrchr(names.hot, '/');
    snprintf(names.damaged, sizeof(names.damaged), SEGMENT_DAMAGED "/%s", slash ? slash + 1 : names.hot);
    return names;
}

static bool is_same(int folder, const struct names *names)
{
    struct stat hot, damaged;

    return fstatat(folder, names->hot, &hot, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(folder, names->damaged, &damaged, AT_SYMLINK_NOFOLLOW) == 0 &&
           hot.st_dev == damaged.st_dev && hot.st_ino == damaged.st_ino;
}

static int keep(int folder, const struct tl_archive_segment *hot, enum tl_archive_part part)
{
    struct names names = names_of(hot, part);

    if (linkat(folder, names.hot, folder, names.damaged, 0) == 0)
        return 0;
    int error = errno;
    if (error == EEXIST && is_same(folder, &names)) /* an earlier attempt was cut short */
        return 0;
    errno = error;
    return -1;
}

/* What is kept there shall be there after a power cut as well, when the hot files are not any more. */
static int sync_damaged(int folder)
{
    int fd = openat(folder, SEGMENT_DAMAGED, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd), error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return result;
}

int segment_keep(const struct tl_archive *archive, const struct tl_archive_segment *hot)
{
    int folder = tl_archive_folder(archive);

    if (mkdirat(folder, SEGMENT_DAMAGED, 0750) != 0 && errno != EEXIST)
        return -1;
    if (keep(folder, hot, TL_ARCHIVE_ROWS) != 0)
        return -1;
    if ((keep(folder, hot, TL_ARCHIVE_RUNS) == 0 || errno == ENOENT) && sync_damaged(folder) == 0)
        return 0;
    int error = errno;
    segment_forget(archive, hot);
    errno = error;
    return -1;
}

void segment_forget(const struct tl_archive *archive, const struct tl_archive_segment *hot)
{
    int folder = tl_archive_folder(archive);

    for (enum tl_archive_part part = TL_ARCHIVE_ROWS; part <= TL_ARCHIVE_RUNS; part++) {
        struct names names = names_of(hot, part);
        if (is_same(folder, &names))
            unlinkat(folder, names.damaged, 0);
    }
}

/* 0, also if it is gone already. */
static int remove_file(int folder, const char *name)
{
    return unlinkat(folder, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int remove_sealed(int folder, const struct tl_archive_segment *sealed)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(sealed, TL_ARCHIVE_ROWS, name);
    if (remove_file(folder, name) != 0)
        return -1;
    *strchr(name, '/') = '\0';
    unlinkat(folder, name, AT_REMOVEDIR); /* fails unless the day has nothing left */
    return 0;
}

int segment_remove(const struct tl_archive *archive, const struct tl_archive_segment *segment)
{
    int folder = tl_archive_folder(archive);
    char name[TL_ARCHIVE_NAME_SIZE];

    if (segment->is_sealed)
        return remove_sealed(folder, segment);
    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    if (remove_file(folder, name) != 0)
        return -1;
    tl_archive_name(segment, TL_ARCHIVE_RUNS, name);
    return remove_file(folder, name);
}

int segment_size(const struct tl_archive *archive, const struct tl_archive_segment *segment,
                 uint64_t *ret_bytes)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct stat found;

    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    if (fstatat(tl_archive_folder(archive), name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    *ret_bytes = (uint64_t)found.st_size;
    return 0;
}

bool segment_is_whole(const struct tl_archive *archive, const struct tl_archive_segment *sealed)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    struct tl_sealed *opened = NULL;

    tl_archive_name(sealed, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool is_whole =
        fd >= 0 && tl_sealed_open(fd, sealed, &opened) == TL_OK && !tl_sealed_info(opened)->is_rebuilt;

    tl_sealed_free(opened);
    if (fd >= 0)
        close(fd);
    return is_whole;
}
