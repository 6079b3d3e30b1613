/* Reading with several threads, each of which does everything in turn: it fills a batch from the source,
 * which one may do at a time; formats it, which all may; and writes it when its turn comes, in the order in
 * which the batches were filled. Invariant: whoever holds a ticket waits for smaller tickets only, and never
 * for the source; so the smallest always gets on, and what is written and said is what one thread would write
 * and say. */
#include "cli/interrupt.h"
#include "cli/read_batch.h"
#include "cli/reading.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct crew {
    struct reading *reading;
    atomic_bool is_stopped; /* nothing more is to be read: the end, a signal, or a failure */

    pthread_mutex_t filling; /* of the source */
    uint64_t next_ticket;    /* of the next batch that is filled */

    pthread_mutex_t turning;
    pthread_cond_t turned;
    uint64_t turn; /* the ticket that may write; who holds it holds the report as well */
    int error;     /* errno of what failed first; of whoever's turn it is */
    size_t skip;   /* of print_gate; likewise */
};

struct worker {
    struct crew *crew;
    bool is_main; /* of the thread that was there before, which has the signals */
    pthread_t thread;
    struct read_batch batch;
    uint64_t ticket;
    struct print_gate gate;
    struct read_output output;
};

/* Turns ------------------------------------------------------------------------------------------------ */

static void await_turn(struct worker *worker)
{
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->turning);
    while (crew->turn != worker->ticket)
        pthread_cond_wait(&crew->turned, &crew->turning);
    pthread_mutex_unlock(&crew->turning);
}

static void end_turn(struct worker *worker)
{
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->turning);
    crew->turn++;
    pthread_cond_broadcast(&crew->turned);
    pthread_mutex_unlock(&crew->turning);
}

/* Of the print: a batch whose text is too large for the buffer is written in parts. */
static int pass_gate(void *context)
{
    struct worker *worker = context;

    await_turn(worker);
    return worker->crew->error;
}

static void fail(struct crew *crew, int error)
{
    if (!crew->error)
        crew->error = error;
    atomic_store(&crew->is_stopped, true);
}

/* Work ------------------------------------------------------------------------------------------------- */

/* False if there is nothing more. */
static bool fill(struct worker *worker, bool *ret_has_memory)
{
    struct crew *crew = worker->crew;

    pthread_mutex_lock(&crew->filling);
    if (worker->is_main && interrupt_flag)
        atomic_store(&crew->is_stopped, true);
    bool goes_on = !atomic_load(&crew->is_stopped);
    if (goes_on) {
        *ret_has_memory = read_batch_fill(&worker->batch, crew->reading->source);
        worker->ticket = crew->next_ticket++;
        if (!*ret_has_memory || worker->batch.last.kind == SOURCE_END)
            atomic_store(&crew->is_stopped, true);
    }
    pthread_mutex_unlock(&crew->filling);
    return goes_on;
}

static void format(struct worker *worker)
{
    struct read_batch *batch = &worker->batch;
    struct record record;

    for (size_t i = 0; i < batch->count; i++) {
        struct read_batch_frame *frame = &batch->frames[i];
        record_open(&record, tl_bytes(batch->bytes + frame->at, frame->size), frame->offset);
        if (batch->origins)
            record.origin = &batch->origins[i];
        frame->is_undecodable = record.status != TL_OK;
        if (read_output_put(&worker->output, &record) != TL_OK)
            break; /* said when it is flushed */
    }
}

/* In its turn, what is to be said about the batch. */
static void tell(struct worker *worker)
{
    const struct read_batch *batch = &worker->batch;
    struct report *report = &worker->crew->reading->report;

    for (size_t i = 0; i < batch->count; i++) {
        if (__builtin_expect(batch->frames[i].is_undecodable, 0)) {
            struct source_item item = read_batch_item(batch, i);
            struct record record;
            record_open(&record, item.frame, item.offset);
            report_undecodable(report, &item, &record);
        }
    }
    report->frames += batch->count;
    if (batch->count && progress_is_due(&report->progress))
        report_progress(report, batch->frames[batch->count - 1].name);
    if (batch->last.kind == SOURCE_NOTICE || batch->last.kind == SOURCE_SKIPPED ||
        batch->last.kind == SOURCE_FAILED)
        report_item(report, &batch->last);
}

static void settle(struct worker *worker)
{
    struct crew *crew = worker->crew;

    await_turn(worker);
    if (!crew->error) {
        tell(worker);
        if (read_output_flush(&worker->output) != TL_OK)
            fail(crew, errno);
    }
    end_turn(worker);
}

static void *work(void *context)
{
    struct worker *worker = context;
    bool has_memory = true;

    while (fill(worker, &has_memory)) {
        if (has_memory) {
            format(worker);
            settle(worker);
            continue;
        }
        await_turn(worker);
        fail(worker->crew, ENOMEM);
        end_turn(worker);
    }
    return NULL;
}

/* The crew --------------------------------------------------------------------------------------------- */

static bool worker_init(struct worker *worker, struct crew *crew)
{
    const struct read_request *request = crew->reading->request;

    *worker = (struct worker){.crew = crew, .gate = {pass_gate, worker, &crew->skip}};
    return read_batch_init(&worker->batch, request->source.origin) &&
           read_output_init(&worker->output, request, &worker->gate);
}

static void worker_done(struct worker *worker)
{
    read_batch_done(&worker->batch);
    read_output_done(&worker->output);
}

/* As many workers as there is memory and leave for; the first of them is this thread. Returns how many of
 * them have threads of their own. */
static size_t start(struct worker *workers, size_t count)
{
    sigset_t all, before;
    size_t started = 1;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < count && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started - 1;
}

static enum tl_status run(struct crew *crew, struct worker *workers, size_t count)
{
    struct read_output *whole = &crew->reading->output;
    enum tl_status status = read_output_flush(whole); /* what stands before everything */

    if (status != TL_OK)
        return status;
    workers[0].is_main = true;
    crew->skip = whole->print ? print_part_prefix(whole->print) : 0;
    size_t started = start(workers, count);
    work(&workers[0]);
    for (size_t i = 1; i <= started; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < count; i++)
        read_output_add(whole, &workers[i].output);
    if (!crew->error)
        return read_output_finish(whole);
    errno = crew->error;
    return crew->error == ENOMEM ? TL_NO_MEMORY : TL_SYSTEM;
}

enum tl_status read_in_threads(struct reading *reading)
{
    struct crew crew = {.reading = reading,
                        .filling = PTHREAD_MUTEX_INITIALIZER,
                        .turning = PTHREAD_MUTEX_INITIALIZER,
                        .turned = PTHREAD_COND_INITIALIZER};
    struct worker *workers = calloc(reading->request->threads, sizeof(*workers));
    size_t count = 0;
    enum tl_status status = TL_NO_MEMORY;

    while (workers && count < reading->request->threads) {
        if (!worker_init(&workers[count], &crew)) {
            worker_done(&workers[count]);
            break;
        }
        count++;
    }
    errno = ENOMEM;
    if (count)
        status = run(&crew, workers, count);
    int error = errno;
    for (size_t i = 0; i < count; i++)
        worker_done(&workers[i]);
    free(workers);
    errno = error;
    return status;
}
