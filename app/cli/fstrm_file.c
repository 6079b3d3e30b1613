/* Frames of a file, one by one. Invariant: `from` to `to` is what the decoder has not passed, contiguous, so
 * that a frame is given out whole. */
#include "cli/fstrm_file.h"

#include <tapline/stream.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE (256u << 10)

int fstrm_file_open(struct fstrm_file *file, const char *path, uint32_t limit)
{
    memset(file, 0, sizeof(*file));
    tl_frame_decoder_init(&file->decoder, limit);
    file->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return file->fd < 0 ? -1 : 0;
}

void fstrm_file_close(struct fstrm_file *file)
{
    if (file->fd > STDIN_FILENO)
        close(file->fd);
    free(file->buffer);
    file->buffer = NULL;
}

/* Room for more bytes behind what is there. */
static enum tl_status make_room(struct fstrm_file *file)
{
    if (file->from && file->from == file->to)
        file->from = file->to = 0;
    if (file->to < file->size)
        return TL_OK;
    if (file->from >= file->size / 2 && file->size) {
        memmove(file->buffer, file->buffer + file->from, file->to - file->from);
        file->to -= file->from;
        file->from = 0;
        return TL_OK;
    }
    size_t size = file->size ? file->size * 2 : BUFFER_SIZE;
    uint8_t *buffer = realloc(file->buffer, size);
    if (!buffer)
        return TL_NO_MEMORY;
    file->buffer = buffer;
    file->size = size;
    return TL_OK;
}

static enum tl_status read_more(struct fstrm_file *file)
{
    size_t size = 0;
    enum tl_status status = make_room(file);

    if (status == TL_OK)
        status = tl_read(file->fd, file->buffer + file->to, file->size - file->to, &size);
    file->to += size;
    return status;
}

enum tl_status fstrm_file_next(struct fstrm_file *file, struct tl_frame *ret_frame)
{
    for (;;) {
        bool is_empty = file->from == file->to;
        struct tl_bytes in =
            is_empty ? tl_bytes(NULL, 0) : tl_bytes(file->buffer + file->from, file->to - file->from);
        enum tl_status status = !is_empty ? tl_frame_next(&file->decoder, &in, ret_frame) : TL_MORE;
        file->from = file->to - in.size;
        file->at = status == TL_OK ? ret_frame->offset : file->decoder.frame_offset;
        if (status != TL_MORE)
            return status;
        if (file->decoder.oversized && file->ends_at_long)
            return TL_FRAME_TOO_LONG;
        status = read_more(file);
        if (status == TL_END)
            return file->from < file->to || file->decoder.skip ? TL_TRUNCATED : TL_END;
        if (status != TL_OK)
            return status;
    }
}

bool fstrm_file_has_data(const struct fstrm_file *file)
{
    size_t size = file->to - file->from;
    uint32_t length = size >= 4 ? tl_be32(file->buffer + file->from) : 0;

    return length && size - 4 >= length;
}
