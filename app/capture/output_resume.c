/* Taking up the file that another run left. Invariant: a file that is not what that run began is not touched.
 */
#include "capture/output_state.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the file at most our START frame? Then we made it, and it can be begun again. */
static bool is_our_beginning(const struct output *output, int fd, uint64_t size)
{
    uint8_t expected[OUTPUT_CONTROL_MAX], found[OUTPUT_CONTROL_MAX];
    struct tl_bytes start = output_control_frame(output, TL_CONTROL_START, expected);

    return size <= start.size && pread(fd, found, (size_t)size, 0) == (ssize_t)size &&
           memcmp(found, expected, (size_t)size) == 0;
}

/* The file's size, with its START frame completed if the process died over that. -1 if it is not ours. */
static int64_t check_beginning(const struct output *output, int fd, const struct queue_file *file)
{
    uint8_t buffer[OUTPUT_CONTROL_MAX];
    struct tl_bytes start = output_control_frame(output, TL_CONTROL_START, buffer);
    struct stat found;

    if (file->start_offset != start.size || fstat(fd, &found) != 0 || !S_ISREG(found.st_mode))
        return -1;
    if ((uint64_t)found.st_size >= start.size)
        return is_our_beginning(output, fd, start.size) ? found.st_size : -1;
    if (!is_our_beginning(output, fd, (uint64_t)found.st_size))
        return -1;
    return pwrite(fd, start.data, start.size, 0) == (ssize_t)start.size ? (int64_t)start.size : -1;
}

/* The file that was open: a descriptor, or -1 with errno. */
static int reopen(const struct output *output, const struct queue_file *file)
{
    return file->segment ? output_segment_reopen(output, file) : output_plain_reopen(file);
}

static enum output_resumed resume_open(struct output *output, const struct queue *queue, uint64_t *out)
{
    const struct queue_file *file = output_file(output);

    output->fd = reopen(output, file);
    if (output->fd < 0)
        return errno == ENOENT ? OUTPUT_NONE : OUTPUT_TROUBLE;
    int64_t size = check_beginning(output, output->fd, file);
    if (size < 0 || lseek(output->fd, size, SEEK_SET) < 0) {
        output_close_keeping_errno(output);
        return OUTPUT_NONE;
    }
    if (file->segment && output_segment_reopen_ledger(output, queue, file) != 0) {
        output_close_keeping_errno(output);
        return OUTPUT_TROUBLE;
    }
    output->frames_start = file->start_offset;
    output->size = (uint64_t)size;
    output_enter_state(output, QUEUE_FILE_OPEN);
    *out = file->start_out + ((uint64_t)size - file->start_offset);
    return OUTPUT_GOES_ON;
}

static enum output_resumed resume_closing(struct output *output, const struct queue *queue, uint64_t *out)
{
    const struct queue_file *file = output_file(output);
    uint64_t final_out = file->final_out, final_piece = file->final_piece;

    output->fd = reopen(output, file);
    if (output->fd < 0 && errno != ENOENT)
        return OUTPUT_TROUBLE;
    if (output->fd >= 0 && check_beginning(output, output->fd, file) < 0)
        output_close_keeping_errno(output);
    if (output->fd >= 0 && ((file->segment && output_segment_reopen_ledger(output, queue, file) != 0) ||
                            output_close(output, final_out, final_piece, true) != 0)) {
        output_close_keeping_errno(output);
        return OUTPUT_TROUBLE;
    }
    *out = final_out;
    return OUTPUT_NONE; /* the pieces behind it belong into another file */
}

static enum output_resumed resume_file(struct output *output, const struct queue *queue, uint64_t *out)
{
    const struct queue_file *file = output_file(output);

    switch ((enum queue_file_state)file->state) {
    case QUEUE_FILE_OPENING:
    case QUEUE_FILE_OPEN: return resume_open(output, queue, out);
    case QUEUE_FILE_CLOSING: return resume_closing(output, queue, out);
    case QUEUE_FILE_NONE: /* the file before was complete */
        if (file->final_out > *out)
            *out = file->final_out;
        break;
    }
    return OUTPUT_NONE;
}

enum output_resumed output_resume(struct output *output, const struct queue *queue, uint64_t *out)
{
    const struct queue_file before = *output_file(output);
    enum output_resumed resumed = resume_file(output, queue, out);
    uint64_t noted = queue->head->written_pieces;
    bool was_complete = before.state == QUEUE_FILE_CLOSING || before.state == QUEUE_FILE_NONE;

    if (!output->ledger)
        return resumed;
    if (was_complete && before.final_piece > noted)
        noted = before.final_piece;
    if (!output_is_segment(output) || output->ledger->noted < noted)
        output->ledger->noted = noted;
    return resumed;
}
