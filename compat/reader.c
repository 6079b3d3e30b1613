/* Reads the frames of a stream. Invariant: between two calls the transport stands at the beginning of a frame
 * (READER_OPEN), behind STOP (READER_STOPPED), or is closed. */
#include "reader.h"
#include "control.h"
#include "rdwr.h"
#include "wire.h"

#include <stdlib.h>

enum reader_state {
    READER_NEW,     /* not opened yet, or only in vain */
    READER_OPEN,    /* frames may be read */
    READER_STOPPED, /* STOP was read; not closed yet */
    READER_ENDED,   /* the stream ended without STOP, or in a fault */
    READER_CLOSED,
};

struct fstrm_reader {
    struct fstrm_rdwr *rdwr;
    struct content_types content_types;
    size_t max_frame_size;
    enum reader_state state;
    struct shown shown;
    struct fstrm_control passing; /* one that came between data frames */
    uint8_t *frame;
    size_t room; /* of `frame`, in bytes */
};

static void reader_free(struct fstrm_reader *reader)
{
    shown_done(&reader->shown);
    fstrm_control_reset(&reader->passing);
    content_types_done(&reader->content_types);
    free(reader->frame);
    free(reader);
}

struct fstrm_reader *fstrm_reader_init(const struct fstrm_reader_options *options, struct fstrm_rdwr **rdwr)
{
    struct fstrm_reader *reader = (*rdwr)->read ? calloc(1, sizeof(*reader)) : NULL;

    if (!reader)
        return NULL;
    reader->max_frame_size = options ? options->max_frame_size : FSTRM_READER_MAX_FRAME_SIZE_DEFAULT;
    if (options && !content_types_add_all(&reader->content_types, &options->content_types)) {
        reader_free(reader);
        return NULL;
    }
    reader->rdwr = *rdwr;
    *rdwr = NULL;
    return reader;
}

static bool takes(const struct fstrm_reader *reader, const struct fstrm_control *offer)
{
    if (reader->content_types.count == 0 || control_count(offer) == 0)
        return true;
    return content_types_have(&reader->content_types, reader->content_types.count,
                              offer->content_types.items[0]);
}

/* Answers READY with those of the reader's content types that were offered, in the reader's order. */
static bool make_accept(struct fstrm_reader *reader)
{
    const struct fstrm_control *ready = &reader->shown.frames[FSTRM_CONTROL_READY];
    struct fstrm_control *accept = &reader->shown.frames[FSTRM_CONTROL_ACCEPT];

    reader->shown.is_there[FSTRM_CONTROL_ACCEPT] = true;
    fstrm_control_reset(accept);
    accept->type = FSTRM_CONTROL_ACCEPT;
    for (size_t i = 0; i < reader->content_types.count; i++) {
        struct tl_bytes type = reader->content_types.items[i];
        if (fstrm_control_match_field_content_type(ready, type.data, type.size) == fstrm_res_success &&
            !content_types_add(&accept->content_types, type))
            return false;
    }
    return true;
}

static fstrm_res shake_hands(struct fstrm_reader *reader)
{
    fstrm_res result = wire_expect_control(reader->rdwr, &reader->shown, FSTRM_CONTROL_READY);

    if (result != fstrm_res_success)
        return result;
    if (!make_accept(reader))
        return fstrm_res_failure;
    return wire_write_control(reader->rdwr, &reader->shown.frames[FSTRM_CONTROL_ACCEPT]);
}

static fstrm_res begin(struct fstrm_reader *reader)
{
    fstrm_res result = fstrm_rdwr_open(reader->rdwr);

    if (result == fstrm_res_success && reader->rdwr->write)
        result = shake_hands(reader);
    if (result == fstrm_res_success)
        result = wire_expect_control(reader->rdwr, &reader->shown, FSTRM_CONTROL_START);
    if (result == fstrm_res_success && !takes(reader, &reader->shown.frames[FSTRM_CONTROL_START]))
        result = fstrm_res_failure;
    return result;
}

fstrm_res fstrm_reader_open(struct fstrm_reader *reader)
{
    if (reader->state == READER_OPEN || reader->state == READER_STOPPED)
        return fstrm_res_failure;
    fstrm_res result = begin(reader);
    if (result == fstrm_res_success)
        reader->state = READER_OPEN;
    else
        fstrm_rdwr_close(reader->rdwr);
    return result;
}

static fstrm_res open_if_new(struct fstrm_reader *reader)
{
    return reader->state == READER_NEW ? fstrm_reader_open(reader) : fstrm_res_success;
}

fstrm_res fstrm_reader_close(struct fstrm_reader *reader)
{
    static const struct fstrm_control finish = {.type = FSTRM_CONTROL_FINISH};
    fstrm_res result = fstrm_res_success;

    if (reader->state != READER_OPEN && reader->state != READER_STOPPED)
        return fstrm_res_failure;
    reader->state = READER_CLOSED;
    if (reader->rdwr->write)
        result = wire_write_control(reader->rdwr, &finish);
    fstrm_res closed = fstrm_rdwr_close(reader->rdwr);
    return result == fstrm_res_success ? closed : result;
}

fstrm_res fstrm_reader_destroy(struct fstrm_reader **reader)
{
    if (!*reader)
        return fstrm_res_failure;
    fstrm_res result = fstrm_reader_close(*reader);
    fstrm_rdwr_destroy(&(*reader)->rdwr);
    reader_free(*reader);
    *reader = NULL;
    return result;
}

/* Makes room for a frame of `size` bytes. */
static bool reserve(struct fstrm_reader *reader, size_t size)
{
    size_t room = reader->room ? reader->room : 4096;

    if (reader->room >= size)
        return true;
    while (room < size)
        room = room > SIZE_MAX / 2 ? size : room * 2;
    uint8_t *frame = realloc(reader->frame, room);
    if (!frame)
        return false;
    reader->frame = frame;
    reader->room = room;
    return true;
}

/* A control frame between data frames: STOP ends the stream, all others are passed over. */
static fstrm_res pass(struct fstrm_reader *reader)
{
    fstrm_res result = wire_read_escaped(reader->rdwr, &reader->passing);

    if (result != fstrm_res_success || reader->passing.type != FSTRM_CONTROL_STOP)
        return result;
    fstrm_control_reset(&reader->passing);
    reader->shown.frames[FSTRM_CONTROL_STOP].type = FSTRM_CONTROL_STOP;
    reader->shown.is_there[FSTRM_CONTROL_STOP] = true;
    reader->state = READER_STOPPED;
    return fstrm_res_stop;
}

static fstrm_res next_frame(struct fstrm_reader *reader, uint32_t *size)
{
    fstrm_res result;

    *size = 0;
    do {
        result = wire_read_number(reader->rdwr, size);
        if (result == fstrm_res_success && *size == 0)
            result = pass(reader);
    } while (result == fstrm_res_success && *size == 0);
    if (result != fstrm_res_success)
        return result;
    if (*size > reader->max_frame_size || !reserve(reader, *size))
        return fstrm_res_failure;
    return fstrm_rdwr_read(reader->rdwr, reader->frame, *size);
}

fstrm_res fstrm_reader_read(struct fstrm_reader *reader, const uint8_t **data, size_t *size)
{
    uint32_t read = 0;
    fstrm_res result = open_if_new(reader);

    if (result != fstrm_res_success)
        return result;
    if (reader->state != READER_OPEN)
        return reader->state == READER_CLOSED ? fstrm_res_stop : fstrm_res_failure;
    result = next_frame(reader, &read);
    if (result == fstrm_res_success) {
        *data = reader->frame;
        *size = read;
    } else if (reader->state == READER_OPEN) {
        reader->state = READER_ENDED;
        fstrm_rdwr_close(reader->rdwr);
    }
    return result;
}

fstrm_res fstrm_reader_get_control(struct fstrm_reader *reader, fstrm_control_type type,
                                   const struct fstrm_control **control)
{
    fstrm_res result = open_if_new(reader);

    if (result != fstrm_res_success)
        return result;
    if (!control_is_type(type) || type == FSTRM_CONTROL_FINISH)
        return fstrm_res_failure;
    *control = shown_get(&reader->shown, type);
    return fstrm_res_success;
}
