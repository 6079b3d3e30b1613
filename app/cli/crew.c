/* Threads that take turns. Invariant: whoever holds a ticket waits for smaller tickets only, and never for
 * the source; so the smallest always gets on, and what is written and said is what one thread would write and
 * say.
 */
#include "cli/crew.h"

#include "cli/crew_batch.h"
#include "cli/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct worker {
    struct crew *crew;
    bool is_main; /* of the thread that was there before, which has the signals */
    pthread_t thread;
    struct crew_batch batch;
    uint64_t ticket;
    struct print_gate gate;
    void *part;
};

struct crew {
    struct crew_work work;
    struct source *source;
    struct report *report;
    atomic_bool is_stopped; /* nothing more is to be read: the end, a signal, or a failure */

    pthread_mutex_t filling; /* of the source */
    uint64_t next_ticket;    /* of the next batch that is filled */

    pthread_mutex_t turning;
    pthread_cond_t turned;
    uint64_t turn; /* the ticket that may write; who holds it holds the report as well */
    enum tl_status status;
    int error;   /* errno of what failed first; of whoever's turn it is */
    size_t skip; /* of print_gate; likewise */

    size_t count;
    struct worker workers[CREW_THREADS_MAX];
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

static void fail(struct crew *crew, enum tl_status status, int error)
{
    if (crew->status == TL_OK) {
        crew->status = status;
        crew->error = status == TL_NO_MEMORY ? ENOMEM : error;
    }
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
        *ret_has_memory = crew_batch_fill(&worker->batch, crew->source);
        worker->ticket = crew->next_ticket++;
        if (!*ret_has_memory || worker->batch.last.kind == SOURCE_END)
            atomic_store(&crew->is_stopped, true);
    }
    pthread_mutex_unlock(&crew->filling);
    return goes_on;
}

static void work_on(struct worker *worker)
{
    struct crew_batch *batch = &worker->batch;
    struct record record;

    for (size_t i = 0; i < batch->count; i++) {
        struct crew_batch_frame *frame = &batch->frames[i];
        record_open(&record, tl_bytes(batch->bytes + frame->at, frame->size), frame->offset);
        if (batch->origins)
            record.origin = &batch->origins[i];
        frame->is_undecodable = record.status != TL_OK;
        if (!worker->crew->work.put(worker->part, &record))
            break;
    }
}

/* In its turn, what is to be said about the batch. */
static void tell(struct worker *worker)
{
    const struct crew_batch *batch = &worker->batch;
    struct report *report = worker->crew->report;

    for (size_t i = 0; i < batch->count; i++) {
        if (__builtin_expect(batch->frames[i].is_undecodable, 0)) {
            struct source_item item = crew_batch_item(batch, i);
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
    if (crew->status == TL_OK) {
        tell(worker);
        enum tl_status status = crew->work.settle(worker->part);
        if (status != TL_OK)
            fail(crew, status, errno);
    }
    end_turn(worker);
}

static void *work(void *context)
{
    struct worker *worker = context;
    bool has_memory = true;

    while (fill(worker, &has_memory)) {
        if (has_memory) {
            work_on(worker);
            settle(worker);
            continue;
        }
        await_turn(worker);
        fail(worker->crew, TL_NO_MEMORY, ENOMEM);
        end_turn(worker);
    }
    return NULL;
}

/* The crew --------------------------------------------------------------------------------------------- */

static bool worker_init(struct worker *worker, struct crew *crew)
{
    const struct crew_work *work = &crew->work;

    *worker = (struct worker){.crew = crew, .gate = {pass_gate, worker, &crew->skip}};
    worker->part = calloc(1, work->part_size);
    return worker->part && crew_batch_init(&worker->batch, work->wants_origins) &&
           work->init(worker->part, work->context, &worker->gate);
}

static void worker_done(struct worker *worker)
{
    crew_batch_done(&worker->batch);
    if (worker->part)
        worker->crew->work.done(worker->part);
    free(worker->part);
}

struct crew *crew_new(const struct crew_work *work, struct source *source, struct report *report,
                      unsigned threads)
{
    struct crew *crew = calloc(1, sizeof(*crew));

    if (!crew)
        return NULL;
    crew->work = *work;
    crew->source = source;
    crew->report = report;
    pthread_mutex_init(&crew->filling, NULL);
    pthread_mutex_init(&crew->turning, NULL);
    pthread_cond_init(&crew->turned, NULL);
    while (crew->count < threads && crew->count < CREW_THREADS_MAX) {
        struct worker *worker = &crew->workers[crew->count];
        if (!worker_init(worker, crew)) {
            worker_done(worker);
            break;
        }
        crew->count++;
    }
    if (crew->count)
        return crew;
    crew_free(crew);
    return NULL;
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    for (size_t i = 0; i < crew->count; i++)
        worker_done(&crew->workers[i]);
    pthread_mutex_destroy(&crew->filling);
    pthread_mutex_destroy(&crew->turning);
    pthread_cond_destroy(&crew->turned);
    free(crew);
}

void crew_skip(struct crew *crew, size_t size)
{
    crew->skip = size;
}

/* As many workers as there is leave for; the first of them is this thread. Returns how many of them have
 * threads of their own. */
static size_t start(struct crew *crew)
{
    struct worker *workers = crew->workers;
    sigset_t all, before;
    size_t started = 1;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < crew->count &&
           pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started - 1;
}

enum tl_status crew_run(struct crew *crew)
{
    crew->workers[0].is_main = true;
    size_t started = start(crew);
    work(&crew->workers[0]);
    for (size_t i = 1; i <= started; i++)
        pthread_join(crew->workers[i].thread, NULL);
    errno = crew->error;
    return crew->status;
}

void *crew_part(struct crew *crew, unsigned number)
{
    return number < crew->count ? crew->workers[number].part : NULL;
}

#define DEFAULT_MAX 8

unsigned crew_default(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return count < 1 ? 1 : count > DEFAULT_MAX ? DEFAULT_MAX : (unsigned)count;
}
