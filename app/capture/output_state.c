/* The state of the open file as the queue's head has it. Invariant: it is stored in an order that leaves a
 * true state at every instruction. */
#include "capture/output_state.h"

#include <errno.h>
#include <unistd.h>

struct tl_bytes output_control_frame(const struct output *output, enum tl_control_type type, uint8_t *buffer)
{
    struct tl_bytes content_type = output->options.content_type;
    struct tl_control control = tl_control(type, type == TL_CONTROL_START ? content_type : tl_bytes(NULL, 0));
    size_t size = 0;

    tl_control_encode(&control, buffer, OUTPUT_CONTROL_MAX, &size);
    return tl_bytes(buffer, size);
}

void output_enter_file(struct output *output, const struct queue_file *file)
{
    uint32_t other = 1 - output->head->file;

    output->head->files[other] = *file;
    queue_settle();
    atomic_store_explicit(&output->head->file, other, memory_order_release);
    queue_settle();
}

void output_enter_state(struct output *output, enum queue_file_state state)
{
    queue_settle();
    output_file(output)->state = state;
    queue_settle();
}

void output_close_keeping_errno(struct output *output)
{
    int error = errno;

    close(output->fd);
    output->fd = -1;
    errno = error;
}

void output_remove(struct output *output)
{
    const struct queue_file *file = output_file(output);
    int error = errno;

    bool is_gone = !file->segment || output_segment_remove(output, file) == 0;
    if (!file->segment)
        unlink(file->part);
    if (is_gone)
        output_enter_state(output, QUEUE_FILE_NONE);
    errno = error;
}
