/* Writes the frames of a stream. Invariant: while it is open the transport stands at the end of a frame;
 * whatever fails closes it, so that half a frame is never followed by another. */
#include "writer.h"
#include "control.h"
#include "wire.h"

#include <stdlib.h>

/* Frames of one call of the transport: two pieces each. */
#define FRAMES_AT_ONCE 128

enum writer_state {
    WRITER_NEW, /* not opened yet, or only in vain */
    WRITER_OPEN,
    WRITER_CLOSED, /* by the caller, or by a failure */
};

struct fstrm_writer {
    struct fstrm_rdwr *rdwr;
    struct content_types content_types;
    enum writer_state state;
    struct shown shown;
};

struct fstrm_writer_options *fstrm_writer_options_init(void)
{
    return calloc(1, sizeof(struct fstrm_writer_options));
}

void fstrm_writer_options_destroy(struct fstrm_writer_options **options)
{
    if (!*options)
        return;
    content_types_done(&(*options)->content_types);
    free(*options);
    *options = NULL;
}

fstrm_res fstrm_writer_options_add_content_type(struct fstrm_writer_options *options,
                                                const void *content_type, size_t size)
{
    return content_types_add_option(&options->content_types, content_type, size);
}

static void writer_free(struct fstrm_writer *writer)
{
    shown_done(&writer->shown);
    content_types_done(&writer->content_types);
    free(writer);
}

struct fstrm_writer *fstrm_writer_init(const struct fstrm_writer_options *options, struct fstrm_rdwr **rdwr)
{
    struct fstrm_writer *writer = (*rdwr)->write ? calloc(1, sizeof(*writer)) : NULL;

    if (!writer)
        return NULL;
    if (options && !content_types_add_all(&writer->content_types, &options->content_types)) {
        writer_free(writer);
        return NULL;
    }
    writer->rdwr = *rdwr;
    *rdwr = NULL;
    return writer;
}

struct fstrm_rdwr *writer_rdwr(struct fstrm_writer *writer)
{
    return writer->rdwr;
}

const struct content_types *writer_content_types(const struct fstrm_writer *writer)
{
    return &writer->content_types;
}

bool writer_is_open(const struct fstrm_writer *writer)
{
    return writer->state == WRITER_OPEN;
}

static fstrm_res send_control(struct fstrm_writer *writer, fstrm_control_type type,
                              const struct content_types *types)
{
    struct fstrm_control *control = &writer->shown.frames[type];

    if (!control_make(control, type, types))
        return fstrm_res_failure;
    writer->shown.is_there[type] = true;
    return wire_write_control(writer->rdwr, control);
}

/* The first of ours that was accepted; an empty list if we have none; false if none was. */
static bool choose(const struct fstrm_writer *writer, struct content_types *ret_chosen)
{
    const struct fstrm_control *accept = &writer->shown.frames[FSTRM_CONTROL_ACCEPT];

    *ret_chosen = (struct content_types){NULL, 0};
    for (size_t i = 0; i < writer->content_types.count; i++) {
        struct tl_bytes *type = &writer->content_types.items[i];
        if (!writer->rdwr->read ||
            fstrm_control_match_field_content_type(accept, type->data, type->size) == fstrm_res_success) {
            *ret_chosen = (struct content_types){type, 1};
            return true;
        }
    }
    return writer->content_types.count == 0;
}

static fstrm_res begin(struct fstrm_writer *writer)
{
    struct content_types chosen;
    fstrm_res result = fstrm_rdwr_open(writer->rdwr);

    if (result == fstrm_res_success && writer->rdwr->read) {
        result = send_control(writer, FSTRM_CONTROL_READY, &writer->content_types);
        if (result == fstrm_res_success)
            result = wire_expect_control(writer->rdwr, &writer->shown, FSTRM_CONTROL_ACCEPT);
    }
    if (result != fstrm_res_success)
        return result;
    if (!choose(writer, &chosen))
        return fstrm_res_failure;
    return send_control(writer, FSTRM_CONTROL_START, &chosen);
}

fstrm_res fstrm_writer_open(struct fstrm_writer *writer)
{
    if (writer->state == WRITER_OPEN)
        return fstrm_res_success;
    fstrm_res result = begin(writer);
    if (result == fstrm_res_success)
        writer->state = WRITER_OPEN;
    else
        fstrm_rdwr_close(writer->rdwr);
    return result;
}

void writer_abort(struct fstrm_writer *writer)
{
    writer->state = WRITER_CLOSED;
    fstrm_rdwr_close(writer->rdwr);
}

void writer_forget(struct fstrm_writer *writer)
{
    writer->state = WRITER_CLOSED;
}

/* The control frames stay: the parent's thread may just have been changing them. */
void writer_leave(struct fstrm_writer *writer)
{
    rdwr_leave(writer->rdwr);
    content_types_done(&writer->content_types);
    free(writer);
}

static fstrm_res open_if_new(struct fstrm_writer *writer)
{
    return writer->state == WRITER_NEW ? fstrm_writer_open(writer) : fstrm_res_success;
}

fstrm_res fstrm_writer_close(struct fstrm_writer *writer)
{
    static const struct fstrm_control stop = {.type = FSTRM_CONTROL_STOP};

    if (writer->state != WRITER_OPEN)
        return fstrm_res_failure;
    writer->state = WRITER_CLOSED;
    fstrm_res result = wire_write_control(writer->rdwr, &stop);
    if (result == fstrm_res_success)
        result = rdwr_flush(writer->rdwr);
    if (result == fstrm_res_success && writer->rdwr->read)
        result = wire_expect_control(writer->rdwr, &writer->shown, FSTRM_CONTROL_FINISH);
    fstrm_res closed = fstrm_rdwr_close(writer->rdwr);
    return result == fstrm_res_success ? closed : result;
}

fstrm_res fstrm_writer_destroy(struct fstrm_writer **writer)
{
    if (!*writer)
        return fstrm_res_failure;
    fstrm_res result = fstrm_writer_close(*writer);
    fstrm_rdwr_destroy(&(*writer)->rdwr);
    writer_free(*writer);
    *writer = NULL;
    return result;
}

static bool are_frames(const struct iovec *frames, int count)
{
    for (int i = 0; i < count; i++)
        if (frames[i].iov_len == 0 || frames[i].iov_len >= UINT32_MAX)
            return false;
    return true;
}

/* Writes up to FRAMES_AT_ONCE frames. */
static fstrm_res write_some(struct fstrm_writer *writer, const struct iovec *frames, int count)
{
    struct iovec pieces[2 * FRAMES_AT_ONCE];
    uint8_t lengths[FRAMES_AT_ONCE][4];

    for (int i = 0; i < count; i++) {
        struct tl_builder length = tl_builder(lengths[i], sizeof(lengths[i]));
        tl_builder_put_be32(&length, (uint32_t)frames[i].iov_len);
        pieces[2 * i] = (struct iovec){lengths[i], sizeof(lengths[i])};
        pieces[2 * i + 1] = frames[i];
    }
    return fstrm_rdwr_write(writer->rdwr, pieces, 2 * count);
}

static fstrm_res write_all(struct fstrm_writer *writer, const struct iovec *frames, int count, int *done)
{
    fstrm_res result = open_if_new(writer);

    if (result == fstrm_res_success && writer->state != WRITER_OPEN)
        result = fstrm_res_failure;
    while (result == fstrm_res_success && *done < count) {
        int next = count - *done < FRAMES_AT_ONCE ? count - *done : FRAMES_AT_ONCE;
        result = write_some(writer, frames + *done, next);
        if (result == fstrm_res_success)
            *done += next;
        else
            writer->state = WRITER_CLOSED;
    }
    return result;
}

/* How many of the frames lie whole in the first `size` bytes of them. */
static int frames_within(const struct iovec *frames, int count, uint64_t size)
{
    int within = 0;

    for (; within < count && size >= 4 + (uint64_t)frames[within].iov_len; within++)
        size -= 4 + (uint64_t)frames[within].iov_len;
    return within;
}

/* What was in the buffer is lost with it, but not what went out before. */
static fstrm_res put_buffered(struct fstrm_writer *writer, const struct iovec *frames, int count, int *done)
{
    const struct fstrm_rdwr *rdwr = writer->rdwr;
    uint64_t begun = rdwr->bytes(rdwr->object).taken;
    fstrm_res result = write_all(writer, frames, count, done);

    if (result == fstrm_res_success)
        result = rdwr_flush(writer->rdwr);
    if (result != fstrm_res_success) {
        uint64_t out = rdwr->bytes(rdwr->object).out;
        *done = frames_within(frames, count, out > begun ? out - begun : 0);
        writer->state = WRITER_CLOSED;
    }
    return result;
}

fstrm_res writer_put(struct fstrm_writer *writer, const struct iovec *frames, int count, int *done)
{
    fstrm_res result = open_if_new(writer);

    *done = 0;
    if (result != fstrm_res_success)
        return result;
    return writer->rdwr->flush ? put_buffered(writer, frames, count, done)
                               : write_all(writer, frames, count, done);
}

fstrm_res fstrm_writer_writev(struct fstrm_writer *writer, const struct iovec *frames, int count)
{
    int done = 0;

    if (count < 1)
        return fstrm_res_success;
    if (!are_frames(frames, count))
        return fstrm_res_invalid; /* it would be read as something else */
    return write_all(writer, frames, count, &done);
}

fstrm_res fstrm_writer_write(struct fstrm_writer *writer, const void *data, size_t size)
{
    struct iovec frame = {(void *)(uintptr_t)data, size};

    return fstrm_writer_writev(writer, &frame, 1);
}

fstrm_res fstrm_writer_get_control(struct fstrm_writer *writer, fstrm_control_type type,
                                   struct fstrm_control **control)
{
    fstrm_res result = open_if_new(writer);

    if (result != fstrm_res_success)
        return result;
    if (!control_is_type(type) || type == FSTRM_CONTROL_STOP)
        return fstrm_res_failure;
    *control = shown_get(&writer->shown, type);
    return fstrm_res_success;
}
