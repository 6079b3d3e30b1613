/* A capture from start to end. Invariant: what the run before left is in its files before anything of it is
 * overwritten, and the queue's file is removed only when all it held is written. */
#include "capture/capture.h"

#include "capture/loop.h"
#include "capture/queue_path.h"
#include "capture/recover.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void log_queue_trouble(const char *path, uint64_t pid)
{
    if (errno == EWOULDBLOCK)
        process_log("another capture (pid %llu) writes there: it has the queue %s", (unsigned long long)pid,
                    path);
    else if (errno == EEXIST)
        process_log("cannot use %s as queue: there is something else in that file, and it is left as it is; "
                    "choose another path",
                    path);
    else if (errno == EPERM || errno == ELOOP)
        process_log("cannot use %s as queue: it is no plain file of this user; remove it, or choose another "
                    "path with --queue",
                    path);
    else
        process_log("cannot open the queue %s: %s", path ? path : "in memory", strerror(errno));
}

static int open_queue(struct loop *loop, const char *path)
{
    const struct capture_options *options = loop->options;
    size_t size = options->queue_size ? options->queue_size : CAPTURE_QUEUE_SIZE_DEFAULT;
    uint64_t pid = 0;
    bool is_old = false;
    int fd;

    if (queue_open_file(path, &fd, &is_old, &pid) != 0) {
        log_queue_trouble(path, pid);
        return -1;
    }
    if (is_old && recover_queue(fd, path, &options->output) != 0) {
        close(fd);
        return -1;
    }
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
            process_log("cannot listen on %s: %s", text, why);
            return -1;
        }
    }
    for (size_t i = 0; i < loop->listener_count; i++)
        process_log("listening on %s", loop->listeners[i].name);
    return 0;
}

static int open_output(struct loop *loop)
{
    char path[PATH_MAX];

    output_init(&loop->output, &loop->options->output, loop->queue.head);
    if (output_open(&loop->output, 0, path) != 0) {
        process_log("cannot open %s: %s", path, output_trouble_text(errno));
        return -1;
    }
    process_log("writing %s%s", path, loop->output.is_special ? "" : ".part");
    return 0;
}

/* A start that failed leaves nothing behind. */
static void undo_start(struct loop *loop, const char *queue_path)
{
    if (loop->output.fd >= 0 && !loop->output.is_special)
        output_discard(&loop->output);
    if (queue_path)
        unlink(queue_path);
}

static int log_end(struct loop *loop, const char *queue_path, bool is_written)
{
    loop_log_books(loop);
    if (is_written && !loop->peers.count) {
        if (queue_path)
            unlink(queue_path);
        return 0;
    }
    if (queue_path)
        process_log(
            "not everything could be written: the rest stays in the queue %s, and the next start with "
            "the same --write writes it",
            queue_path);
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
    if (writer_start(&loop->writer, &loop->queue, &loop->output, &loop->options->writer, loop->event_fd) !=
        0) {
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
    return log_end(loop, queue_path, writer_stop(&loop->writer));
}

int capture_run(const struct capture_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    char path[PATH_MAX];
    const char *queue_path = queue_path_of(options->queue_path, options->output.pattern, path);
    int status = 1;

    if (!loop) {
        process_log("cannot start: %s", strerror(errno));
        return 1;
    }
    if (options->queue_path && !queue_path)
        process_log("--queue %s is not used: %s is no file, so nothing could be added to it later",
                    options->queue_path, options->output.pattern);
    if (!options->queue_path)
        queue_path_log_left(queue_path);
    loop->options = options;
    loop->frame_limit = options->frame_limit ? options->frame_limit : TL_FRAME_LIMIT_DEFAULT;
    if (loop_open(loop) != 0) {
        process_log("cannot set up the event loop: %s", strerror(errno));
    } else if (open_queue(loop, queue_path) == 0) {
        peers_init(&loop->peers, &loop->queue);
        if (open_output(loop) == 0 && open_listeners(loop) == 0)
            status = run(loop, queue_path);
        else
            undo_start(loop, queue_path);
        for (size_t i = 0; i < loop->listener_count; i++)
            listener_close(&loop->listeners[i]);
        peers_done(&loop->peers);
        queue_done(&loop->queue);
    }
    loop_close(loop);
    free(loop);
    return status;
}
