/* A plain output file. Invariant: it is called NAME.part while it is written, unless it is `in_place`, and no
 * file that was there before is changed; but it may get another name then. */
#include "capture/output_name.h"
#include "capture/output_state.h"
#include "process/log.h"

#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define IN_PLACE_MODE 0666 /* by umask, as fstrm_capture */

static bool is_folder(const char *path)
{
    struct stat found;
    size_t length = strlen(path);

    return (length && path[length - 1] == '/') || (stat(path, &found) == 0 && S_ISDIR(found.st_mode));
}

/* The same file for whoever starts in another folder. 0, or -1 with ENAMETOOLONG. */
static int make_absolute(const char *path, char *ret_path)
{
    char folder[PATH_MAX] = "";

    if (*path != '/' && !getcwd(folder, sizeof(folder)))
        return -1;
    if (snprintf(ret_path, PATH_MAX, "%s%s%s", folder, *folder ? "/" : "", path) < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* An empty file that is there already, as mktemp(1) makes them, is as good as none, but for its permissions.
 */
static bool is_empty(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && found.st_size == 0;
}

/* A fresh file with its START frame; both names are free at this moment. */
static int create(struct output *output, uint64_t start_out, const char *path)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes start = output_control_frame(output, TL_CONTROL_START, buffer);
    struct queue_file file = {.state = QUEUE_FILE_OPENING,
                              .start_out = start_out,
                              .final_out = start_out,
                              .start_offset = start.size};

    if (make_absolute(path, file.path) != 0)
        return -1;
    if (snprintf(file.part, sizeof(file.part), "%s%s", file.path,
                 output->options.in_place ? "" : OUTPUT_PART) >= (int)sizeof(file.part)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    output_enter_file(output, &file);
    output->fd = open(file.part, O_RDWR | O_CREAT | (is_empty(file.part) ? 0 : O_EXCL) | O_CLOEXEC,
                      output->options.in_place ? IN_PLACE_MODE : OUTPUT_FILE_MODE);
    if (output->fd < 0) {
        output_enter_state(output, QUEUE_FILE_NONE);
        return -1;
    }
    if (tl_write(output->fd, start, NULL) != TL_OK) {
        output_close_keeping_errno(output);
        output_remove(output);
        return -1;
    }
    output_enter_state(output, QUEUE_FILE_OPEN);
    output->size = output->frames_start = start.size;
    return 0;
}

static int rename_to_free(const char *part, const char *path)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* A file system without that flag. */
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(part, path);
}

/* What is there under the name that is wanted gets the next free number. 0, or -1 with errno. */
static int move_aside(const char *path)
{
    char old[PATH_MAX];
    uint32_t number = 0;

    if (access(path, F_OK) != 0 || is_empty(path))
        return 0;
    do {
        snprintf(old, sizeof(old), "%s", path);
        if (output_name_make_free(old, &number) != 0)
            return -1;
    } while (rename_to_free(path, old) != 0 && errno == EEXIST);
    if (access(path, F_OK) == 0)
        return -1;
    process_log("%s was there already: it is kept as %s", path, old);
    return 0;
}

/* The file has its name from the beginning. */
static int open_in_place(struct output *output, uint64_t start_out, const char *path, time_t now)
{
    if (move_aside(path) != 0 || create(output, start_out, path) != 0)
        return -1;
    if (output->options.rotate_period)
        output->period_end = now + (time_t)output->options.rotate_period;
    return 0;
}

int output_plain_open(struct output *output, uint64_t start_out, char *ret_path)
{
    time_t now = time(NULL);
    uint32_t number = 0;

    if (is_folder(ret_path)) {
        errno = EISDIR;
        return -1;
    }
    if (output->options.in_place)
        return open_in_place(output, start_out, ret_path, now);
    if (output_name_make_folders(ret_path) != 0)
        return -1;
    do {
        if (output_name_of(output->options.pattern, now, output->options.utc, ret_path) != 0 ||
            output_name_make_free(ret_path, &number) != 0)
            return -1;
    } while (create(output, start_out, ret_path) != 0 && errno == EEXIST);
    if (output->fd < 0)
        return -1;
    output->period_end = output_name_period_end(output->options.rotate_period, now, output->options.utc);
    return 0;
}

int output_plain_reopen(const struct queue_file *file)
{
    return open(file->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* Enters another final name; the head's slot that is valid is never changed in place. */
static void enter_path(struct output *output, const char *path)
{
    struct queue_file file = *output_file(output);

    snprintf(file.path, sizeof(file.path), "%s", path);
    output_enter_file(output, &file);
}

/* The name without the suffix may have been taken meanwhile; then the next number is. A file that somebody
 * moved away has no name here any more, and is as complete as it can be. */
static int drop_suffix(struct output *output)
{
    char path[PATH_MAX];
    uint32_t number = 0;

    while (rename_to_free(output_file(output)->part, output_file(output)->path) != 0) {
        if (errno == ENOENT && access(output_file(output)->part, F_OK) != 0) {
            enter_path(output, "");
            return 0;
        }
        if (errno != EEXIST)
            return -1;
        snprintf(path, sizeof(path), "%s", output_file(output)->path);
        if (output_name_make_free(path, &number) != 0)
            return -1;
        enter_path(output, path);
    }
    return 0;
}

int output_plain_complete(struct output *output, bool sync)
{
    if ((sync && fsync(output->fd) != 0) || (!output->options.in_place && drop_suffix(output) != 0))
        return -1;
    if (sync && *output_file(output)->path)
        output_name_sync_folder(output_file(output)->path);
    return 0;
}
