/* The writer thread: takes whole-frame stretches off the queue and writes them with long writes. Invariant:
 * what queue_release() was told is in the file (and on the disk, if the policy is to sync always), and a
 * write that fails is tried again for as long as the capture runs. */
#include "capture/writer.h"

#include "process/log.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BATCH_BYTES    (1u << 20) /* long enough for one write, short enough to stay in the cache */
#define BATCH_PIECES   256
#define RETRY_MS       200
#define RETRIES_AT_END 5

/* The thread's own state. */
struct drain {
    struct writer *writer;
    uint64_t synced_ms; /* monotonic, of the last sync */
    bool is_dirty;
    unsigned failures; /* in a row */
    struct process_limit limit;
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t written_bytes(const struct writer *writer)
{
    return atomic_load_explicit(&writer->queue->head->written_bytes, memory_order_relaxed);
}

static const char *file_name(const struct writer *writer)
{
    const struct queue_head *head = writer->queue->head;

    return writer->output->is_special ? writer->output->options.pattern : head->files[head->file].part;
}

/* One more failed attempt; the reason is in errno. */
static void note_trouble(struct drain *drain, const char *what, const char *path)
{
    atomic_fetch_add_explicit(&drain->writer->troubles, 1, memory_order_relaxed);
    drain->failures++;
    process_log_limited(&drain->limit,
                        "cannot %s %s: %s; the frames wait in the queue, and it is tried again", what, path,
                        strerror(errno));
}

/* A file is open afterwards, or it returns false. */
static bool have_file(struct drain *drain)
{
    struct writer *writer = drain->writer;
    char path[PATH_MAX];

    if (writer->output->fd >= 0)
        return true;
    if (output_open(writer->output, written_bytes(writer), path) == 0) {
        drain->failures = 0;
        return true;
    }
    note_trouble(drain, "open", path);
    return false;
}

static bool close_file(struct drain *drain)
{
    struct writer *writer = drain->writer;
    bool was_special = writer->output->is_special;
    char name[PATH_MAX];

    if (writer->output->fd < 0)
        return true;
    snprintf(name, sizeof(name), "%s", file_name(writer));
    if (output_close(writer->output, written_bytes(writer), writer->options.sync != WRITER_SYNC_NEVER) != 0) {
        note_trouble(drain, "complete", name);
        return false;
    }
    drain->is_dirty = false;
    drain->failures = 0;
    if (!was_special)
        process_log("completed %s", writer->queue->head->files[writer->queue->head->file].path);
    return true;
}

static bool sync_file(struct drain *drain)
{
    struct writer *writer = drain->writer;

    if (!drain->is_dirty)
        return true;
    if (output_sync(writer->output) != 0) {
        note_trouble(drain, "sync", file_name(writer));
        return false;
    }
    drain->is_dirty = false;
    drain->synced_ms = now_ms();
    return true;
}

static void tell_loop(const struct writer *writer)
{
    uint64_t one = 1;

    if (write(writer->event_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full, so the loop wakes anyway */
}

/* Writes one batch. False if that failed; the rest is tried again. */
static bool write_batch(struct drain *drain, const struct iovec *stretches, int count)
{
    struct writer *writer = drain->writer;
    ssize_t size = output_write(writer->output, stretches, count);

    if (size < 0 && errno == EINTR)
        return true;
    if (size < 0 && errno == EPIPE) {
        atomic_store(&writer->has_failed, true); /* nobody reads there any more, and nobody will */
        tell_loop(writer);
        return false;
    }
    if (size <= 0) {
        note_trouble(drain, "write", file_name(writer));
        return false;
    }
    drain->is_dirty = true;
    if (writer->options.sync == WRITER_SYNC_ALWAYS && !sync_file(drain))
        process_log_limited(&drain->limit, "%s is not on the disk", file_name(writer));
    drain->failures = 0;
    queue_release(writer->queue, (size_t)size);
    if (atomic_load(&writer->is_awaited))
        tell_loop(writer);
    return true;
}

/* One step with what the queue holds now: 1 if something was written, 0 if there is nothing, -1 on trouble.
 */
static int step(struct drain *drain, bool rotate)
{
    struct writer *writer = drain->writer;
    struct output *output = writer->output;
    struct iovec stretches[BATCH_PIECES];
    int count = queue_take(writer->queue, stretches, BATCH_PIECES, BATCH_BYTES);
    size_t size = 0;

    for (int i = 0; i < count; i++)
        size += stretches[i].iov_len;
    if (queue_is_at_border(writer->queue) && (rotate || output_is_due(output, size, time(NULL))) &&
        !close_file(drain))
        return -1;
    if (!have_file(drain))
        return -1;
    if (!count)
        return 0;
    return write_batch(drain, stretches, count) ? 1 : -1;
}

/* When the thread must look again although nobody wakes it, in ms; 0: never. */
static uint64_t idle_ms(const struct drain *drain)
{
    const struct writer *writer = drain->writer;
    uint64_t wait = 0;

    if (drain->is_dirty && writer->options.sync == WRITER_SYNC_PERIOD)
        wait = writer->options.sync_period_ms;
    if (writer->output->period_end && (!wait || wait > 1000))
        wait = 1000;
    return wait;
}

static void sleep_until_woken(struct drain *drain, uint64_t ms)
{
    struct writer *writer = drain->writer;
    struct timespec until;

    pthread_mutex_lock(&writer->mutex);
    atomic_store(&writer->is_asleep, true);
    /* Looked at again after the flag is up: a push in between would else be slept through. */
    bool is_idle =
        atomic_load(&writer->queue->head->pushed) == atomic_load(&writer->queue->head->written_pieces);
    if ((is_idle || drain->failures) && !writer->rotate && (!writer->stop || drain->failures)) {
        if (ms) {
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += (time_t)(ms / 1000);
            until.tv_nsec += (long)(ms % 1000) * 1000000;
            if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
            }
            pthread_cond_timedwait(&writer->wake, &writer->mutex, &until);
        } else {
            pthread_cond_wait(&writer->wake, &writer->mutex);
        }
    }
    atomic_store(&writer->is_asleep, false);
    pthread_mutex_unlock(&writer->mutex);
}

static void take_orders(struct writer *writer, bool *ret_stop, bool *rotate)
{
    pthread_mutex_lock(&writer->mutex);
    *ret_stop = writer->stop;
    *rotate = *rotate || writer->rotate;
    writer->rotate = false;
    pthread_mutex_unlock(&writer->mutex);
}

static void *drain_queue(void *argument)
{
    struct writer *writer = argument;
    struct drain drain = {.writer = writer, .synced_ms = now_ms()};
    bool stop = false, rotate = false;

    for (;;) {
        take_orders(writer, &stop, &rotate);
        bool was_at_border = queue_is_at_border(writer->queue);
        int done = step(&drain, rotate);
        rotate = rotate && (done < 0 || !was_at_border);
        if (drain.is_dirty && writer->options.sync == WRITER_SYNC_PERIOD &&
            now_ms() - drain.synced_ms >= writer->options.sync_period_ms)
            sync_file(&drain);
        if (done > 0)
            continue;
        if (atomic_load(&writer->has_failed))
            return NULL;
        if (stop && done == 0 && close_file(&drain))
            return NULL;
        if (stop && drain.failures > RETRIES_AT_END) {
            atomic_store(&writer->has_failed, true);
            return NULL;
        }
        sleep_until_woken(&drain, drain.failures ? RETRY_MS : idle_ms(&drain));
    }
}

int writer_start(struct writer *writer, struct queue *queue, struct output *output,
                 const struct writer_options *options, int event_fd)
{
    pthread_condattr_t clock;
    sigset_t all, before;
    int error;

    memset(writer, 0, sizeof(*writer));
    writer->queue = queue;
    writer->output = output;
    writer->options = *options;
    writer->event_fd = event_fd;
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->wake, &clock);
    pthread_condattr_destroy(&clock);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&writer->thread, NULL, drain_queue, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        errno = error;
        return -1;
    }
    pthread_setname_np(writer->thread, "tapline-writer");
    return 0;
}

void writer_wake(struct writer *writer)
{
    /* Against sleep_until_woken: the push must be seen by the sleeper, or its flag by us. */
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load(&writer->is_asleep))
        return;
    pthread_mutex_lock(&writer->mutex);
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_rotate(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->rotate = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
}

bool writer_stop(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->stop = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->mutex);
    return !atomic_load(&writer->has_failed);
}
