/* Looks at an archive's folders entry by entry. Invariant: what is called a stray was there before and after
 * the archive was listed, so that it is none that came or went meanwhile. */
#include "pack/verify_files.h"

#include "pack/clean.h"
#include "pack/finding.h"
#include "pack/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_SIZE 10 /* "2026-11-23" */

typedef bool take_name(struct verify_files *files, struct verify *verify, const struct tl_archive *archive,
                       const char *folder, const char *name);

/* Hands all names in a folder of the archive to `take`, until that returns false. */
static bool take_names(struct verify_files *files, struct verify *verify, const struct tl_archive *archive,
                       const char *folder, take_name *take)
{
    int fd = openat(tl_archive_folder(archive), folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    bool goes_on = true;

    for (struct dirent *entry; names && goes_on && (entry = readdir(names));)
        goes_on = take(files, verify, archive, folder, entry->d_name);
    if (names)
        closedir(names);
    else if (fd >= 0)
        close(fd);
    return goes_on;
}

static bool add(struct verify_files *files, const struct tl_archive_segment *segment)
{
    if (files->count == files->room) {
        size_t room = files->room ? 2 * files->room : 64;
        struct tl_archive_segment *segments = realloc(files->segments, room * sizeof(*segments));
        if (!segments)
            return false;
        files->segments = segments;
        files->room = room;
    }
    files->segments[files->count++] = *segment;
    return true;
}

static bool take_file(struct verify_files *files, struct verify *verify, const struct tl_archive *archive,
                      const char *folder, const char *name)
{
    struct tl_archive_segment segment;
    char right[TL_ARCHIVE_NAME_SIZE], place[DAY_SIZE + 258];

    snprintf(place, sizeof(place), "%s/%s", folder, name);
    if (clean_is_temporary(name)) {
        if (!tl_archive_lock_owner(archive, TL_ARCHIVE_LOCK_PACK))
            finding_say(verify, VERIFY_NOTICE, place,
                        "was left by a packing that was killed; the next one removes it");
        return true;
    }
    if (tl_archive_name_parse(name, &segment) != TL_OK)
        return true; /* somebody's own */
    tl_archive_name(&segment, TL_ARCHIVE_ROWS, right);
    if (strcmp(right, place) == 0)
        return add(files, &segment);
    finding_say(verify, VERIFY_DAMAGE, place, "is not where it belongs, which is %s, and is not read", right);
    return true;
}

static bool take_folder(struct verify_files *files, struct verify *verify, const struct tl_archive *archive,
                        const char *folder, const char *name)
{
    (void)folder;
    return !clean_is_day(name) || take_names(files, verify, archive, name, take_file);
}

static bool take_damaged(struct verify_files *files, struct verify *verify, const struct tl_archive *archive,
                         const char *folder, const char *name)
{
    struct tl_archive_segment segment;
    char place[DAY_SIZE + 258];

    (void)files;
    (void)archive;
    if (tl_archive_name_parse(name, &segment) != TL_OK)
        return true;
    snprintf(place, sizeof(place), "%s/%s", folder, name);
    finding_say(verify, VERIFY_NOTICE, place,
                "was damaged when it was packed, and kept; what could be read of it is in its segment");
    return true;
}

bool verify_files_begin(struct verify_files *files, struct verify *verify, const struct tl_archive *archive)
{
    *files = (struct verify_files){0};
    if (take_names(files, verify, archive, ".", take_folder) &&
        take_names(files, verify, archive, SEGMENT_DAMAGED, take_damaged))
        return true;
    finding_say(verify, VERIFY_DAMAGE, ".", "could not be checked: out of memory");
    return false;
}

static bool is_in(const struct tl_archive_segment *segments, size_t count,
                  const struct tl_archive_segment *segment)
{
    for (size_t i = 0; i < count; i++) {
        if (segments[i].is_sealed && segments[i].first == segment->first &&
            segments[i].last == segment->last && segments[i].stamp == segment->stamp)
            return true;
    }
    return false;
}

static bool is_listed(const struct tl_archive_list *list, const struct tl_archive_segment *segment)
{
    const struct tl_archive_segment *found = tl_archive_list_find(list, segment->first);

    return (found && is_in(found, 1, segment)) || is_in(list->leftovers, list->leftover_count, segment);
}

void verify_files_end(const struct verify_files *files, struct verify *verify,
                      const struct tl_archive *archive, const struct tl_archive_list *list)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    for (size_t i = 0; i < files->count; i++) {
        tl_archive_name(&files->segments[i], TL_ARCHIVE_ROWS, name);
        if (!is_listed(list, &files->segments[i]) &&
            faccessat(tl_archive_folder(archive), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            finding_say(
                verify, VERIFY_DAMAGE, name,
                "has some origins that another segment has too, and is not read: one of the two is a copy");
    }
}

void verify_files_done(struct verify_files *files)
{
    free(files->segments);
    *files = (struct verify_files){0};
}
