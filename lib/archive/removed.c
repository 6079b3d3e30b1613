/* The file `removed`, to which lines are appended. Invariant: a line is on the disk before the segment that
 * it tells of is removed; so a line may tell of one that is still there, and none is missing. */
#include "removed.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <tapline/stream.h>
#include <unistd.h>

#define NAME "removed"

/* A line that was torn when somebody was killed ends here. */
static bool ends_in_a_line(int fd)
{
    struct stat found;
    char last;

    if (fstat(fd, &found) != 0 || found.st_size == 0)
        return true;
    return pread(fd, &last, 1, found.st_size - 1) != 1 || last == '\n';
}

static enum tl_status append(int folder, int fd, bool is_new, const struct tl_archive_removed *removed)
{
    char memory[TL__REMOVED_SIZE + 1];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    if (!ends_in_a_line(fd))
        tl_builder_put_u8(&to, '\n');
    tl__removed_print(removed, &to);
    if (to.status != TL_OK)
        return TL_BAD_ARGUMENT;
    if (tl_write(fd, tl_builder_bytes(&to), NULL) != TL_OK || fsync(fd) != 0)
        return TL_SYSTEM;
    return is_new && fsync(folder) != 0 ? TL_SYSTEM : TL_OK;
}

static bool is_sound(const struct tl_archive_removed *removed)
{
    struct tl_archive_removed again;
    char memory[TL__REMOVED_SIZE];
    struct tl_builder to = tl_builder(memory, sizeof(memory));

    tl__removed_print(removed, &to);
    return to.status == TL_OK &&
           tl__removed_parse(tl_bytes(memory, tl_builder_size(&to) - 1), &again) == TL_OK &&
           strcmp(again.cause, removed->cause) == 0;
}

enum tl_status tl_archive_note_removed(struct tl_archive *archive, const struct tl_archive_removed *removed)
{
    bool is_new = faccessat(archive->folder, NAME, F_OK, AT_SYMLINK_NOFOLLOW) != 0;

    if (!is_sound(removed))
        return TL_BAD_ARGUMENT;
    int fd = openat(archive->folder, NAME, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                    TL__FILE_MODE);
    if (fd < 0)
        return TL_SYSTEM;
    enum tl_status status = is_new ? tl__adopt(archive->folder, fd) : TL_OK;
    if (status == TL_OK && is_new && fchmod(fd, TL__FILE_MODE) != 0)
        status = TL_SYSTEM;
    if (status == TL_OK)
        status = append(archive->folder, fd, is_new, removed);
    tl__close(fd);
    return status;
}

/* The next line that is one, of what is left of the text. False after the last; one without its end is none.
 */
static bool next_line(struct tl_bytes *text, struct tl_archive_removed *ret_removed)
{
    const uint8_t *end;

    while (text->size && (end = memchr(text->data, '\n', text->size))) {
        struct tl_bytes line = tl_bytes(text->data, (size_t)(end - text->data));
        *text = tl_bytes(end + 1, text->size - line.size - 1);
        if (tl__removed_parse(line, ret_removed) == TL_OK)
            return true;
    }
    return false;
}

static size_t count_lines(struct tl_bytes text)
{
    struct tl_archive_removed removed;
    size_t count = 0;

    while (next_line(&text, &removed))
        count++;
    return count;
}

/* Who was killed between the line and the removal noted the segment again, or the one that it was merged
 * into. */
static bool is_again(const struct tl_archive_removed *before, const struct tl_archive_removed *now)
{
    return now->first <= before->first && now->last >= before->last;
}

static size_t fill_list(struct tl_bytes text, struct tl_archive_removed *list)
{
    struct tl_archive_removed removed;
    size_t count = 0;

    while (next_line(&text, &removed)) {
        while (count && is_again(&list[count - 1], &removed))
            count--;
        list[count++] = removed;
    }
    return count;
}

enum tl_status tl_archive_list_removed(const struct tl_archive *archive,
                                       struct tl_archive_removed **ret_removed, size_t *ret_count)
{
    char *memory = NULL;
    size_t size = 0;
    enum tl_status status = tl__read_file(archive->folder, NAME, SIZE_MAX / 4, &memory, &size);

    if (status != TL_OK && status != TL_END)
        return status;
    struct tl_bytes text = tl_bytes(memory, size);
    struct tl_archive_removed *list = calloc(count_lines(text) + 1, sizeof(*list));
    if (list) {
        *ret_count = fill_list(text, list);
        *ret_removed = list;
    }
    free(memory);
    return list ? TL_OK : TL_NO_MEMORY;
}
