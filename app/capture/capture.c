/* A capture from start to end. Invariant: what the run before left is in its files before anything of it is
 * overwritten, and the queue's file is removed only when all it held is written; as long as it is there, the
 * archive's link points to it. */
#include "capture/capture.h"

#include "capture/archive.h"
#include "capture/loop.h"
#include "capture/output_name.h"
#include "capture/queue_path.h"
#include "capture/recover.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int open_queue(struct loop *loop, const char *path)
{
    const struct capture_options *options = loop->options;
    size_t size = options->queue_size ? options->queue_size : CAPTURE_QUEUE_SIZE_DEFAULT;
    int fd = recover_open_queue(path, &loop->output_options);

    if (fd < 0)
        return -1;
    if (queue_init(&loop->queue, fd, size, loop->frame_limit) != 0) {
        process_log("cannot lay out a queue of %zu bytes in %s: %s", size, path ? path : "memory",
                    strerror(errno));
        if (path)
            unlink(path);
        close(fd);
        return -1;
    }
    return 0;
}

static int open_listeners(struct loop *loop)
{
    for (size_t i = 0; i < loop->options->listen_count; i++) {
        const struct tl_endpoint *endpoint = &loop->options->listen[i];
        char text[TL_ENDPOINT_PATH_SIZE + 16];
        const char *why;
        if (listener_open(endpoint, &loop->options->access, loop->listeners, &loop->listener_count, &why) !=
            0) {
            tl_endpoint_print(endpoint, text, sizeof(text));
            voice_listen_failed(loop->output_options.voice, text, why);
            return -1;
        }
    }
    for (size_t i = 0; i < loop->listener_count; i++)
        voice_listening(loop->output_options.voice, loop->listeners[i].name);
    return 0;
}

static int open_output(struct loop *loop)
{
    char path[PATH_MAX] = "";

    if (output_init(&loop->output, &loop->output_options, loop->queue.head) != 0 ||
        output_open(&loop->output, 0, path) != 0) {
        voice_open_failed(loop->output_options.voice, path, output_trouble_text(errno));
        return -1;
    }
    if (!loop->output.is_special && !loop->archive && !loop->output_options.in_place)
        strcat(path, OUTPUT_PART); /* there is room, or it would not be open */
    voice_opened(loop->output_options.voice, path);
    return 0;
}

static void remove_queue(const struct loop *loop, const char *queue_path)
{
    if (queue_path)
        unlink(queue_path);
    if (loop->archive)
        archive_link_queue(loop->archive, NULL);
}

/* Whatever is in the hot folder besides the segment that was just opened is finished. */
static int start_packer(struct loop *loop)
{
    const struct capture_options *options = loop->options;

    if (!loop->archive)
        return 0;
    if (packer_start(tl_archive_path(loop->archive), &options->packer, loop->counters, &loop->packer) != 0)
        return -1;
    packer_tell(loop->packer, loop->output.next_segment - 1);
    return 0;
}

/* A start that failed leaves nothing behind. */
static void undo_start(struct loop *loop, const char *queue_path)
{
    if (loop->output.fd >= 0 && !loop->output.is_special)
        output_discard(&loop->output);
    remove_queue(loop, queue_path);
}

static int log_end(struct loop *loop, const char *queue_path, bool is_written)
{
    loop_log_books(loop);
    if (is_written && !loop->peers.count) {
        remove_queue(loop, queue_path);
        return 0;
    }
    if (queue_path)
        process_log(
            "not everything could be written: the rest stays in the queue %s, and the next start with "
            "the same %s writes it",
            queue_path, loop->archive ? "--archive" : "--write");
    else
        process_log(
            "not everything could be written, and the rest is lost: nobody reads the output any more");
    return 1;
}

/* True as soon as there is nothing more to receive, or no use in it. */
static bool is_over(struct loop *loop)
{
    if (atomic_load(&loop->writer.has_ended)) /* it gave up: nobody reads the output */
        return true;
    return loop->drain_until && (loop_is_drained(loop) || loop_is_stuck(loop, process_clock_ms()));
}

static int run(struct loop *loop, const char *queue_path)
{
    struct writer_options writer = loop->options->writer;

    writer.packer = loop->packer;
    if (writer_start(&loop->writer, &loop->queue, &loop->output, &writer, loop->event_fd) != 0) {
        process_log("cannot start the writer: %s", strerror(errno));
        undo_start(loop, queue_path);
        return 1;
    }
    loop_start(loop);
    while (!is_over(loop))
        loop_turn(loop);
    loop->is_finishing = true;
    writer_finish(&loop->writer);
    while (!atomic_load(&loop->writer.has_ended)) {
        loop_turn(loop);
        if (loop_is_stuck(loop, process_clock_ms()))
            writer_give_up(&loop->writer);
    }
    if (loop->has_stopped_peers)
        loop_turn(loop); /* FINISH for those whose frames were the last ones */
    bool is_written = writer_stop(&loop->writer);
    const struct queue_head *head = loop->queue.head;
    loop_count(loop);
    /* The end of a connection may have come too late for the writer. */
    if (loop->archive && atomic_load(&head->pushed) != atomic_load(&head->written_pieces))
        is_written = false;
    return log_end(loop, queue_path, is_written);
}

/* What senders told this archive before is not to be entered again. Without memory they are not asked. */
static void learn_senders(struct loop *loop)
{
    loop->peers.senders = senders_new();
    if (loop->peers.senders && loop->archive)
        senders_learn_archive(loop->peers.senders, loop->archive);
}

/* From the queue on: `queue_path` is NULL for one without a name. */
static int run_with_queue(struct loop *loop, const char *queue_path)
{
    int status = 1;

    if (open_queue(loop, queue_path) != 0)
        return 1;
    peers_init(&loop->peers, &loop->queue);
    learn_senders(loop);
    if (loop->output_options.content_type.size)
        loop->peers.content_type = loop->output_options.content_type;
    loop->output.fd = -1;
    if ((!loop->archive || archive_link_queue(loop->archive, queue_path) == 0) && open_output(loop) == 0 &&
        open_listeners(loop) == 0 && start_packer(loop) == 0)
        status = run(loop, queue_path);
    else
        undo_start(loop, queue_path);
    for (size_t i = 0; i < loop->listener_count; i++)
        listener_close(&loop->listeners[i]);
    packer_stop(loop->packer);
    output_done(&loop->output);
    senders_free(loop->peers.senders);
    peers_done(&loop->peers);
    queue_done(&loop->queue);
    return status;
}

/* Takes the archive, if it is to be one, finishes what is left of the run before, and counts from 0 on. */
static int open_archive(struct loop *loop)
{
    const struct capture_options *options = loop->options;

    loop->output_options = options->output;
    loop->output_options.is_synced = options->writer.sync != WRITER_SYNC_NEVER;
    if (!options->archive_path)
        return 0;
    loop->archive = archive_take(options->archive_path, options->archive_group);
    if (!loop->archive || capture_recover(loop->archive) != 0)
        return -1;
    loop->output_options.archive = loop->archive;
    if (tl_counters_new(loop->archive, &loop->counters) == TL_OK)
        return 0;
    process_log("cannot make the file counters in %s: %s", options->archive_path, strerror(errno));
    return -1;
}

static const char *choose_queue(const struct loop *loop, char *path)
{
    const struct capture_options *options = loop->options;
    const char *output = loop->archive ? tl_archive_path(loop->archive) : options->output.pattern;
    const char *queue_path = queue_path_of(options->queue_path, output, options->output.content_type, path);

    if (options->queue_path && !queue_path)
        process_log("--queue %s is not used: %s is no file, so nothing could be added to it later",
                    options->queue_path, output);
    if (!options->queue_path)
        queue_path_log_left(queue_path);
    return queue_path;
}

int capture_run(const struct capture_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    char path[PATH_MAX];
    int status = 1;

    if (!loop) {
        process_log("cannot start: %s", strerror(errno));
        return 1;
    }
    loop->options = options;
    loop->frame_limit = options->frame_limit ? options->frame_limit : TL_FRAME_LIMIT_DEFAULT;
    if (loop_open(loop) != 0)
        process_log("cannot set up the event loop: %s", strerror(errno));
    else if (open_archive(loop) == 0)
        status = run_with_queue(loop, choose_queue(loop, path));
    loop_close(loop);
    tl_counters_free(loop->counters);
    tl_archive_close(loop->archive);
    free(loop);
    return status;
}
