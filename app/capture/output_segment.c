/* A hot segment of an archive with its ledger. Invariant: the rows' file is there before the ledger's, its
 * name is final from the beginning, and its number was never another segment's. */
#include "capture/output_state.h"

#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name of a part inside the archive. */
static void name_of(const struct queue_file *file, enum tl_archive_part part, char *ret_name)
{
    const struct tl_archive_segment segment = {
        .first = file->segment, .last = file->segment, .stamp = file->begun_ms / 1000};

    tl_archive_name(&segment, part, ret_name);
}

static int open_part(const struct output *output, const struct queue_file *file, enum tl_archive_part part,
                     int flags)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    name_of(file, part, name);
    return openat(tl_archive_folder(output->options.archive), name,
                  O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, OUTPUT_FILE_MODE);
}

/* New names last as well. */
static void sync_folder(const struct output *output)
{
    int fd = openat(tl_archive_folder(output->options.archive), "hot", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int output_segment_remove(struct output *output, const struct queue_file *file)
{
    int folder = tl_archive_folder(output->options.archive);
    char name[TL_ARCHIVE_NAME_SIZE];

    hot_ledger_close(output->ledger);
    name_of(file, TL_ARCHIVE_RUNS, name);
    unlinkat(folder, name, 0);
    name_of(file, TL_ARCHIVE_ROWS, name);
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return 0;
    output->unremoved = file->segment;
    output->unremoved_ms = file->begun_ms;
    return -1;
}

/* Opening ----------------------------------------------------------------------------------------------- */

static int begin_rows(struct output *output, const struct queue_file *file)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes start = output_control_frame(output, TL_CONTROL_START, buffer);

    int flags = output->unremoved ? O_CREAT | O_TRUNC : O_CREAT | O_EXCL;

    output->fd = open_part(output, file, TL_ARCHIVE_ROWS, flags);
    if (output->fd < 0)
        return -1;
    output->size = output->frames_start = start.size;
    return fchmod(output->fd, OUTPUT_FILE_MODE) == 0 && tl_write(output->fd, start, NULL) == TL_OK ? 0 : -1;
}

static int begin_ledger(struct output *output, const struct queue_file *file)
{
    int fd = open_part(output, file, TL_ARCHIVE_RUNS, O_CREAT | O_TRUNC);

    return fd >= 0 && fchmod(fd, OUTPUT_FILE_MODE) == 0
               ? hot_ledger_begin(output->ledger, fd, file, output->head->run_ms)
               : -1;
}

/* Segment `number`, if that is free. */
static int create(struct output *output, uint64_t start_out, uint64_t number, char *ret_path)
{
    const char *archive = tl_archive_path(output->options.archive);
    struct queue_file file = {.state = QUEUE_FILE_OPENING,
                              .start_out = start_out,
                              .final_out = start_out,
                              .start_piece = output->ledger->noted,
                              .final_piece = output->ledger->noted,
                              .segment = number,
                              .begun_ms = output->unremoved ? output->unremoved_ms : queue_clock_ms()};
    char name[TL_ARCHIVE_NAME_SIZE];
    uint8_t buffer[OUTPUT_CONTROL_MAX];

    file.start_offset = output_control_frame(output, TL_CONTROL_START, buffer).size;
    name_of(&file, TL_ARCHIVE_ROWS, name);
    snprintf(file.path, sizeof(file.path), "%s", archive);
    if (snprintf(file.part, sizeof(file.part), "%s/%s", archive, name) >= (int)sizeof(file.part)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(ret_path, PATH_MAX, "%s", file.part);
    output_enter_file(output, &file);
    if (begin_rows(output, &file) != 0 || begin_ledger(output, &file) != 0) {
        if (output->fd < 0) { /* what has that name is not ours */
            output_enter_state(output, QUEUE_FILE_NONE);
            return -1;
        }
        output_close_keeping_errno(output);
        output_remove(output);
        return -1;
    }
    if (output->options.is_synced)
        sync_folder(output);
    output_enter_state(output, QUEUE_FILE_OPEN);
    return 0;
}

int output_segment_open(struct output *output, uint64_t start_out, char *ret_path)
{
    uint64_t number = output->unremoved ? output->unremoved : output->next_segment;

    snprintf(ret_path, PATH_MAX, "%s/hot", tl_archive_path(output->options.archive));
    if (!number && tl_archive_next_number(output->options.archive, &number) != TL_OK)
        return -1;
    while (create(output, start_out, number, ret_path) != 0) {
        if (errno != EEXIST)
            return -1;
        number++;
    }
    output->unremoved = 0;
    output->next_segment = number + 1;
    output->period_end = 0; /* its time runs from its first entry on */
    return 0;
}

/* Resuming ---------------------------------------------------------------------------------------------- */

int output_segment_reopen(const struct output *output, const struct queue_file *file)
{
    return open_part(output, file, TL_ARCHIVE_ROWS, 0);
}

int output_segment_reopen_ledger(struct output *output, const struct queue *queue,
                                 const struct queue_file *file)
{
    int fd = open_part(output, file, TL_ARCHIVE_RUNS, O_CREAT);

    return fd >= 0 ? hot_ledger_resume(output->ledger, fd, file, queue) : -1;
}

/* Completing -------------------------------------------------------------------------------------------- */

int output_segment_complete(struct output *output, bool sync)
{
    struct hot_ledger *ledger = output->ledger;

    if (hot_ledger_stop(ledger) != 0 || (sync && (fsync(output->fd) != 0 || fsync(ledger->fd) != 0)))
        return -1;
    if (sync)
        sync_folder(output);
    hot_ledger_close(ledger);
    return 0;
}
