/* Gives an archive to a group. Invariant: the archive's own folder gets it last, so where that has it all has
 * it, and nothing needs to be looked at. Links are not followed: where one leads is not ours to give away. */
#include "group.h"

#include "folder.h"
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_group(const struct stat *found, gid_t group)
{
    return found->st_gid == group && found->st_mode & S_ISGID;
}

/* It is open to the group, and what is made in it belongs to that then. */
static int give_folder(int parent, const char *name, gid_t group)
{
    struct stat found;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) /* gone, or a link */
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    int result = fstat(fd, &found);
    if (result == 0 && !has_group(&found, group)) {
        result = fchown(fd, (uid_t)-1, group);
        if (result == 0)
            result = fchmod(fd, (found.st_mode & 0777) | S_IRGRP | S_IXGRP | S_ISGID);
    }
    tl__close(fd);
    return result;
}

static int give_file(int archive, const char *name, gid_t group)
{
    struct stat found;
    int result = fstatat(archive, name, &found, AT_SYMLINK_NOFOLLOW);

    if (result == 0 && S_ISREG(found.st_mode) && found.st_gid != group)
        result = fchownat(archive, name, (uid_t)-1, group, AT_SYMLINK_NOFOLLOW);
    return result == 0 || errno == ENOENT ? 0 : -1;
}

static int give_segment(int archive, const struct tl_archive_segment *segment, gid_t group)
{
    char name[TL_ARCHIVE_NAME_SIZE];
    int result = 0;

    if (!segment->is_sealed && tl_archive_name(segment, TL_ARCHIVE_RUNS, name))
        result = give_file(archive, name, group);
    tl_archive_name(segment, TL_ARCHIVE_ROWS, name);
    if (result == 0)
        result = give_file(archive, name, group);
    *strchr(name, '/') = '\0';
    return result == 0 ? give_folder(archive, name, group) : -1;
}

static enum tl_status give_segments(int archive, gid_t group)
{
    struct tl__scan scan = {NULL, 0, 0};
    enum tl_status status = tl__scan(archive, &scan);

    for (size_t i = 0; status == TL_OK && i < scan.count; i++) {
        if (give_segment(archive, &scan.items[i].segment, group) != 0)
            status = TL_SYSTEM;
    }
    free(scan.items);
    return status;
}

enum tl_status tl__give_to_group(int archive, gid_t group)
{
    static const char *const parts[] = {TL__HOT, TL__CURSORS, TL__DAMAGED}, *const files[] = {
                                                                                "version", "lock",
                                                                                "lock.pack", "removed",
                                                                                "counters"};
    struct stat found;

    if (fstat(archive, &found) != 0)
        return TL_SYSTEM;
    if (has_group(&found, group))
        return TL_OK;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (give_folder(archive, parts[i], group) != 0)
            return TL_SYSTEM;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (give_file(archive, files[i], group) != 0)
            return TL_SYSTEM;
    }
    enum tl_status status = give_segments(archive, group);
    return status != TL_OK || give_folder(archive, ".", group) == 0 ? status : TL_SYSTEM;
}
