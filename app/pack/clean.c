/* Tidies up. Invariant: nothing goes whose frames are not in a sealed segment that can be opened, and nothing
 * whose name is not one of ours. */
#include "pack/clean.h"

#include "pack/segment.h"
#include "process/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define TEMPORARY_END ".tmp"

static void log_failure(const char *name)
{
    process_log("cannot remove %s: %s", name, strerror(errno));
}

/* Leftovers -------------------------------------------------------------------------------------------------
 */

static bool is_held_elsewhere(const struct tl_archive *archive, const struct tl_archive_list *list,
                              const struct tl_archive_segment *leftover)
{
    const struct tl_archive_segment *sealed = tl_archive_list_find(list, leftover->first);

    return sealed && sealed->is_sealed && sealed->first <= leftover->first &&
           sealed->last >= leftover->last && segment_is_whole(archive, sealed);
}

static bool remove_leftover(const struct tl_archive *archive, const struct tl_archive_list *list,
                            const struct tl_archive_segment *leftover)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(leftover, TL_ARCHIVE_ROWS, name);
    if (!is_held_elsewhere(archive, list, leftover)) {
        process_log(
            "%s is kept: the sealed segment that should have its frames is damaged; \"tapline verify\" "
            "tells more",
            name);
        return false;
    }
    if (segment_remove(archive, leftover) == 0)
        return true;
    log_failure(name);
    return false;
}

static uint64_t remove_leftovers(const struct tl_archive *archive)
{
    struct tl_archive_list list;
    uint64_t removed = 0;

    if (tl_archive_list(archive, &list) != TL_OK) {
        process_log("cannot list %s: %s", tl_archive_path(archive), strerror(errno));
        return 0;
    }
    for (size_t i = 0; i < list.leftover_count; i++)
        removed += remove_leftover(archive, &list, &list.leftovers[i]);
    tl_archive_list_done(&list);
    return removed;
}

/* Temporaries -----------------------------------------------------------------------------------------------
 */

bool clean_is_temporary(const char *name)
{
    size_t length = strlen(name), end = strlen(TEMPORARY_END);
    char rows[TL_ARCHIVE_NAME_SIZE];
    struct tl_archive_segment segment;

    if (name[0] != '.' || length < 1 + end || length - 1 - end >= sizeof(rows) ||
        strcmp(name + length - end, TEMPORARY_END) != 0)
        return false;
    memcpy(rows, name + 1, length - 1 - end);
    rows[length - 1 - end] = '\0';
    return tl_archive_name_parse(rows, &segment) == TL_OK && segment.is_sealed;
}

bool clean_is_day(const char *name)
{
    for (const char *form = "dddd-dd-dd"; *form; form++, name++) {
        if (*form == 'd' ? *name < '0' || *name > '9' : *name != *form)
            return false;
    }
    return !*name;
}

static DIR *open_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (!folder && fd >= 0)
        close(fd);
    return folder;
}

static uint64_t clean_day(const struct tl_archive *archive, const char *day)
{
    DIR *folder = open_folder(tl_archive_folder(archive), day);
    uint64_t removed = 0;

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!clean_is_temporary(entry->d_name))
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            removed++;
        else
            log_failure(entry->d_name);
    }
    if (folder)
        closedir(folder);
    if (removed)
        unlinkat(tl_archive_folder(archive), day, AT_REMOVEDIR); /* fails unless nothing else was in it */
    return removed;
}

static uint64_t remove_temporaries(const struct tl_archive *archive)
{
    DIR *folder = open_folder(tl_archive_folder(archive), ".");
    uint64_t removed = 0;

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (clean_is_day(entry->d_name))
            removed += clean_day(archive, entry->d_name);
    }
    if (folder)
        closedir(folder);
    return removed;
}

uint64_t clean_archive(const struct tl_archive *archive)
{
    return remove_leftovers(archive) + remove_temporaries(archive);
}
