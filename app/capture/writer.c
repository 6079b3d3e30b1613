/* The writer thread: takes whole-frame stretches off the queue and writes them with long writes. Invariant:
 * what queue_release() was told is in the file (and was synced, if that is to be done always), and a write
 * that fails is tried again for as long as the capture runs. */
#include "capture/writer.h"

#include "process/clock.h"
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
#define LINGER_MS      1
#define LINGER_PART    8 /* of the queue: so much is worth waking the thread for before that */
#define WATCHED_BYTES  ((uint64_t)128 << 10) /* and so much, if somebody waits until it is written */
#define PERIOD_MS      1000                  /* how exactly a period's end is met */

/* The thread's own state. */
struct drain {
    struct writer *writer;
    uint64_t synced_ms; /* monotonic, of the last sync */
    bool is_dirty;
    unsigned failures; /* in a row */
    struct process_limit limit;
};

static uint64_t written_bytes(const struct writer *writer)
{
    return atomic_load_explicit(&writer->queue->head->written_bytes, memory_order_relaxed);
}

static uint64_t written_pieces(const struct writer *writer)
{
    return atomic_load_explicit(&writer->queue->head->written_pieces, memory_order_relaxed);
}

static const char *file_name(const struct writer *writer)
{
    const struct queue_head *head = writer->queue->head;
    const struct output_options *options = &writer->output->options;

    if (writer->output->is_special || (options->in_place && !strchr(options->pattern, '%')))
        return options->pattern;
    return head->files[head->file].part;
}

/* One more failed attempt; the reason is in errno. */
static void note_trouble(struct drain *drain, const char *what, const char *path)
{
    atomic_fetch_add_explicit(&drain->writer->troubles, 1, memory_order_relaxed);
    drain->failures++;
    process_log_limited(&drain->limit,
                        "cannot %s %s: %s; the frames wait in the queue, and it is tried again", what, path,
                        output_trouble_text(errno));
}

/* A file is open afterwards, or it returns false. */
static bool have_file(struct drain *drain)
{
    struct writer *writer = drain->writer;
    char path[PATH_MAX];

    if (writer->output->fd >= 0)
        return true;
    if (output_open(writer->output, written_bytes(writer), path) == 0) {
        voice_opened(writer->output->options.voice, file_name(writer));
        drain->failures = 0;
        return true;
    }
    note_trouble(drain, "open", path);
    return false;
}

static void note_completed(const struct writer *writer, const struct queue_file *file)
{
    if (file->segment ? access(file->part, F_OK) == 0 : *file->path != '\0')
        voice_completed(writer->output->options.voice,
                        writer->output->options.in_place ? file_name(writer) : output_name(file),
                        writer->output->frames, writer->output->size);
    else
        process_log("completed %s, which somebody moved or removed while it was written", file->part);
    if (file->segment && writer->options.packer)
        packer_tell(writer->options.packer, file->segment + 1);
}

/* Only fstrm_capture speaks of that. */
static void note_special_completed(const struct writer *writer)
{
    const struct output *output = writer->output;

    if (output->options.voice == VOICE_FSTRM)
        voice_completed(VOICE_FSTRM, output->options.pattern, output->frames, output->size);
}

static bool close_file(struct drain *drain)
{
    struct writer *writer = drain->writer;
    bool was_special = writer->output->is_special;
    char name[PATH_MAX];

    if (writer->output->fd < 0)
        return true;
    snprintf(name, sizeof(name), "%s", file_name(writer));
    if (output_close(writer->output, written_bytes(writer), written_pieces(writer),
                     writer->options.sync != WRITER_SYNC_NEVER) != 0) {
        if (errno == EINTR)
            return false;
        note_trouble(drain, "complete", name);
        return false;
    }
    drain->is_dirty = false;
    drain->failures = 0;
    atomic_fetch_add_explicit(&writer->completed, 1, memory_order_relaxed);
    if (was_special)
        note_special_completed(writer);
    else
        note_completed(writer, &writer->queue->head->files[writer->queue->head->file]);
    return true;
}

/* Makes room for the next file. One without content, whose time is over, goes without a trace. */
static bool leave_file(struct drain *drain)
{
    struct output *output = drain->writer->output;

    if (output->is_closing || output_has_content(output))
        return close_file(drain);
    output_discard(output);
    return true;
}

/* Somebody wants the next file. A segment without content is as good as that. */
static bool rotate_file(struct drain *drain)
{
    const struct output *output = drain->writer->output;

    if (output->is_special || (output_is_segment(output) && !output_has_content(output)))
        return true;
    return close_file(drain);
}

/* The end. A plain file without frames says that nothing came; a segment of that kind says nothing. */
static bool end_file(struct drain *drain)
{
    return output_is_segment(drain->writer->output) ? leave_file(drain) : close_file(drain);
}

/* What the kernel could not bring to the disk it may have given up: saying so is all there is to do. */
static void sync_file(struct drain *drain)
{
    struct writer *writer = drain->writer;

    if (!drain->is_dirty)
        return;
    drain->synced_ms = process_clock_ms();
    drain->is_dirty = false;
    if (output_sync(writer->output) == 0)
        return;
    atomic_fetch_add_explicit(&writer->troubles, 1, memory_order_relaxed);
    process_log_limited(&drain->limit, "cannot sync %s: %s; what was written last may not be on the disk",
                        file_name(writer), strerror(errno));
}

static void tell_loop(const struct writer *writer)
{
    uint64_t one = 1;

    if (write(writer->event_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full, so the loop wakes anyway */
}

/* What is taken off the queue at once. */
struct batch {
    struct iovec stretches[BATCH_PIECES];
    int count;
    size_t size;
    uint64_t through; /* behind its last piece */
};

static void take_batch(const struct writer *writer, struct batch *batch)
{
    uint64_t room = output_room(writer->output);

    batch->size = 0;
    batch->through = output_through(writer->output, writer->queue);
    batch->count = queue_take(writer->queue, batch->stretches, BATCH_PIECES,
                              room < BATCH_BYTES ? room : BATCH_BYTES, &batch->through);
    for (int i = 0; i < batch->count; i++)
        batch->size += batch->stretches[i].iov_len;
}

/* Writes the batch's bytes, once: how many, 0 if that was interrupted, or -1, and it is tried again. */
static ssize_t write_bytes(struct drain *drain, const struct batch *batch)
{
    struct writer *writer = drain->writer;
    ssize_t size = batch->count ? output_write(writer->output, batch->stretches, batch->count) : 0;

    if (size > 0 || !batch->count)
        return size;
    if (size < 0 && errno == EINTR)
        return 0;
    if (size < 0 && errno == EPIPE)
        atomic_store(&writer->gives_up, true); /* nobody reads there any more, and nobody will */
    else
        note_trouble(drain, "write", file_name(writer));
    return -1;
}

static void release_batch(const struct drain *drain, const struct batch *batch, size_t size)
{
    const struct writer *writer = drain->writer;

    writer->output->frames += queue_release(writer->queue, size, batch->through);
    /* Against loop_turn: the loop must see the progress, or its wish be seen here. */
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&writer->is_awaited, memory_order_relaxed) ||
        (atomic_load_explicit(&writer->is_watched, memory_order_relaxed) &&
         atomic_exchange(&drain->writer->is_watched, false)))
        tell_loop(writer);
}

/* Writes one batch: first what it says, then what it holds. False if that failed; the rest is tried again. */
static bool write_batch(struct drain *drain, const struct batch *batch)
{
    struct writer *writer = drain->writer;

    if (output_enter(writer->output, writer->queue, batch->through) != 0) {
        note_trouble(drain, "write the ledger of", file_name(writer));
        return false;
    }
    ssize_t size = write_bytes(drain, batch);
    if (size < 0)
        return false;
    if (size == 0 && batch->count)
        return true;
    drain->is_dirty = true;
    if (writer->options.sync == WRITER_SYNC_ALWAYS)
        sync_file(drain);
    drain->failures = 0;
    release_batch(drain, batch, (size_t)size);
    return true;
}

/* One step with what the queue holds now: 1 if something was written, 0 if there is nothing, -1 on trouble.
 */
static int step(struct drain *drain, bool rotate)
{
    struct writer *writer = drain->writer;
    struct output *output = writer->output;
    struct batch batch;

    take_batch(writer, &batch);
    if (output_is_between(output, writer->queue)) {
        if (rotate && (!rotate_file(drain) || (output->options.in_place && !have_file(drain))))
            return -1;
        if (output_is_due(output, batch.size, time(NULL)) && !leave_file(drain))
            return -1;
    }
    if (batch.through == written_pieces(writer) && !batch.count)
        return 0;
    if (!batch.count && !output->ledger) { /* nothing of it belongs into a plain file */
        release_batch(drain, &batch, 0);
        return 1;
    }
    if (!have_file(drain))
        return -1;
    return write_batch(drain, &batch) ? 1 : -1;
}

/* When the thread must look again although nobody wakes it, in ms; 0: never. */
static uint64_t idle_ms(const struct drain *drain)
{
    const struct writer *writer = drain->writer;
    uint64_t wait = 0;

    if (drain->failures)
        return RETRY_MS;
    if (drain->is_dirty && writer->options.sync == WRITER_SYNC_PERIOD) {
        uint64_t since = process_clock_ms() - drain->synced_ms;
        wait = since < writer->options.sync_period_ms ? writer->options.sync_period_ms - since : 1;
    }
    if (writer->output->fd >= 0 && writer->output->period_end && (!wait || wait > PERIOD_MS))
        wait = PERIOD_MS;
    return wait;
}

static void wait_for_wake(struct writer *writer, uint64_t ms)
{
    struct timespec until;

    if (!ms) {
        pthread_cond_wait(&writer->wake, &writer->mutex);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&writer->wake, &writer->mutex, &until);
}

/* Waits until woken, or `ms` have passed (0: for ever), unless there is something to do already. */
static void rest(struct drain *drain, enum writer_rest how, uint64_t ms)
{
    struct writer *writer = drain->writer;
    const struct queue_head *head = writer->queue->head;

    pthread_mutex_lock(&writer->mutex);
    atomic_store(&writer->rest, how);
    /* Looked at again after the flag is up: a push in between would else be slept through. */
    bool is_idle = atomic_load(&head->pushed) == atomic_load(&head->written_pieces);
    if (drain->failures || (is_idle && !writer->rotate && !writer->stop))
        wait_for_wake(writer, ms);
    atomic_store(&writer->rest, WRITER_AWAKE);
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

/* Until the end. True if nothing is left in the queue. */
static bool drain_all(struct drain *drain)
{
    struct writer *writer = drain->writer;
    bool stop = false, rotate = false, has_lingered = false;

    for (;;) {
        take_orders(writer, &stop, &rotate);
        bool was_between = output_is_between(writer->output, writer->queue);
        int done = step(drain, rotate);
        rotate = rotate && (done < 0 || !was_between);
        if (drain->is_dirty && writer->options.sync == WRITER_SYNC_PERIOD &&
            process_clock_ms() - drain->synced_ms >= writer->options.sync_period_ms)
            sync_file(drain);
        if (stop && done == 0 && end_file(drain))
            return true;
        if (atomic_load(&writer->gives_up) || (stop && drain->failures > RETRIES_AT_END))
            return false;
        if (done > 0) {
            has_lingered = false;
            continue;
        }
        /* After a batch the next one is often on its way: waiting a moment makes both larger, and spares the
         * loop the waking. */
        bool lingers = !drain->failures && !has_lingered;
        rest(drain, lingers ? WRITER_LINGERING : WRITER_ASLEEP, lingers ? LINGER_MS : idle_ms(drain));
        has_lingered = true;
    }
}

static void *run(void *argument)
{
    struct writer *writer = argument;
    struct drain drain = {.writer = writer, .synced_ms = process_clock_ms()};

    if (!drain_all(&drain))
        atomic_store(&writer->has_failed, true);
    atomic_store(&writer->has_ended, true);
    tell_loop(writer);
    return NULL;
}

/* For SIGUSR2: being interrupted is all it is for. */
static void ignore(int signal_number)
{
    (void)signal_number;
}

static int start_thread(struct writer *writer)
{
    struct sigaction action = {.sa_handler = ignore};
    sigset_t others, before;
    int error;

    sigaction(SIGUSR2, &action, NULL);
    sigfillset(&others);
    sigdelset(&others, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    error = pthread_create(&writer->thread, NULL, run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int writer_start(struct writer *writer, struct queue *queue, struct output *output,
                 const struct writer_options *options, int event_fd)
{
    pthread_condattr_t clock;

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
    int error = start_thread(writer);
    if (error) {
        errno = error;
        return -1;
    }
    pthread_setname_np(writer->thread, "tapline-writer");
    return 0;
}

static void signal_thread(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
}

static uint64_t linger_bytes(const struct queue *queue)
{
    return (uint64_t)queue->head->block_count * QUEUE_BLOCK_SIZE / LINGER_PART;
}

void writer_wake(struct writer *writer, uint64_t out)
{
    /* Against rest(): the push must be seen by the sleeper, or its flag by us. */
    atomic_thread_fence(memory_order_seq_cst);
    uint32_t how = atomic_load_explicit(&writer->rest, memory_order_relaxed);
    bool is_urgent = atomic_load_explicit(&writer->is_awaited, memory_order_relaxed) ||
                     out - written_bytes(writer) >= linger_bytes(writer->queue) ||
                     (out - written_bytes(writer) >= WATCHED_BYTES &&
                      atomic_load_explicit(&writer->is_watched, memory_order_relaxed));

    if (how == WRITER_ASLEEP || (how == WRITER_LINGERING && is_urgent))
        signal_thread(writer);
}

void writer_rotate(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->rotate = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_finish(struct writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    writer->stop = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_give_up(struct writer *writer)
{
    atomic_store(&writer->gives_up, true);
    signal_thread(writer);
    pthread_kill(writer->thread, SIGUSR2);
}

bool writer_stop(struct writer *writer)
{
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->mutex);
    return !atomic_load(&writer->has_failed);
}
