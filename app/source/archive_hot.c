/* A hot segment. Invariant: the numbers are those that the packer gives the same frames, since both walk over
 * the file with the same framing and the same limit, and take no frame back. */
#include "source/archive_hot.h"

#include <tapline/archive.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void archive_hot_init(struct archive_hot *hot)
{
    memset(hot, 0, sizeof(*hot));
    hot->fd = -1;
    window_init(&hot->window);
}

void archive_hot_done(struct archive_hot *hot)
{
    archive_hot_close(hot);
    window_done(&hot->window);
}

static void begin(struct archive_hot *hot)
{
    hot->number = 0;
    hot->is_over = false;
    input_init(&hot->input, hot->fd, -1, true);
    window_open(&hot->window, &hot->input);
    framing_open(&hot->framing, &hot->window, TL_ARCHIVE_FRAME_MAX, true);
}

void archive_hot_open(struct archive_hot *hot, int fd, uint64_t from)
{
    archive_hot_close(hot);
    hot->fd = fd;
    hot->from = from;
    begin(hot);
}

void archive_hot_close(struct archive_hot *hot)
{
    if (hot->fd < 0)
        return;
    input_done(&hot->input);
    close(hot->fd);
    hot->fd = -1;
}

void archive_hot_finish(struct archive_hot *hot)
{
    hot->input.is_growing = false;
}

void archive_hot_limit(struct archive_hot *hot, uint64_t size)
{
    hot->input.is_stopped = true;
    hot->input.limit = size > hot->input.taken ? size : hot->input.taken;
}

bool archive_hot_is_gone(const struct archive_hot *hot)
{
    struct stat found;

    return fstat(hot->fd, &found) == 0 && found.st_nlink == 0;
}

/* After a power cut somebody made it shorter: what was read of it and not given out may have become other
 * bytes. */
static bool is_shortened(const struct archive_hot *hot)
{
    struct stat found;

    return fstat(hot->fd, &found) == 0 && (uint64_t)found.st_size < hot->input.taken;
}

static void read_again(struct archive_hot *hot)
{
    hot->from = hot->number > hot->from ? hot->number : hot->from;
    input_done(&hot->input);
    lseek(hot->fd, 0, SEEK_SET);
    begin(hot);
}

static enum archive_step end(struct archive_hot *hot, struct source_item *item)
{
    if (hot->is_over || hot->window.end != TL_SYSTEM)
        return ARCHIVE_END;
    hot->is_over = true;
    snprintf(hot->text, sizeof(hot->text), "%s: %s", hot->input.text, strerror(hot->window.error));
    *item = (struct source_item){.kind = SOURCE_FAILED,
                                 .offset = hot->framing.decoder.offset,
                                 .error = hot->window.error,
                                 .text = hot->text};
    return ARCHIVE_ITEM;
}

enum archive_step archive_hot_next(struct archive_hot *hot, struct source_item *item, uint64_t *ret_number)
{
    for (;;) {
        switch (framing_next(&hot->framing, item)) {
        case FRAMING_ITEM:
            if (item->kind == SOURCE_FRAME)
                *ret_number = hot->number++;
            if (hot->number < hot->from || (item->kind == SOURCE_FRAME && hot->number == hot->from))
                break; /* it was given out before, or told of */
            return ARCHIVE_ITEM;
        case FRAMING_WAIT:
            if (!is_shortened(hot))
                return ARCHIVE_WAIT;
            read_again(hot);
            break;
        case FRAMING_END: return end(hot, item);
        case FRAMING_AGAIN: break;
        }
    }
}
