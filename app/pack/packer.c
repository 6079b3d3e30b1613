/* The packer thread. Invariant: it holds the pack lock only for one segment's work at a time, and whatever
 * fails changes nothing but the time at which it is tried again. */
#include "pack/packer.h"

#include "pack/clean.h"
#include "pack/pack.h"
#include "pack/told.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS     10
#define LOCKED_MS    500  /* until a lock that another has is asked for again */
#define RETRY_MS     1000 /* after the first trouble; doubled with each that follows */
#define RETRY_MAX_MS 60000
#define LOOK_MS      5000  /* between two looks at how much of the disk is free */
#define RETENTION_MS 60000 /* between two looks at age and size */
#define NEVER        UINT64_MAX

struct packer {
    struct packer_options options;
    struct tl_counters *counters;
    int event_fd;
    pthread_t thread;
    _Atomic uint64_t finished; /* hot segments below this number are */
    atomic_bool stop;

    /* The thread's own; times are monotonic. */
    struct tl_archive *archive;
    uint64_t passed;       /* those below this number were sealed, or failed */
    uint64_t again_ms;     /* when those that failed are tried again; NEVER: none did */
    uint64_t pass_ms;      /* when the next pass may begin */
    uint64_t wait_ms;      /* how long to wait after the next trouble */
    uint64_t look_ms;      /* when to look at the disk */
    uint64_t retention_ms; /* when to look at everything */
    bool is_cleaned;
    struct process_limit limit, lock_limit, full_limit, hold_limit;
};

static void count(const struct packer *packer, enum tl_counter counter, uint64_t value)
{
    if (packer->counters && value)
        tl_counters_add(packer->counters, counter, value);
}

static bool is_stopped(const struct packer *packer)
{
    return atomic_load_explicit(&packer->stop, memory_order_relaxed);
}

/* When to try again what has failed: later with each trouble that follows. */
static uint64_t later(struct packer *packer)
{
    uint64_t due = process_clock_ms() + packer->wait_ms;

    packer->wait_ms = packer->wait_ms < RETRY_MAX_MS / 2 ? 2 * packer->wait_ms : RETRY_MAX_MS;
    return due;
}

/* The lock ------------------------------------------------------------------------------------------------
 */

static bool lock(struct packer *packer)
{
    uint64_t pid = 0;
    enum tl_status status = tl_archive_lock(packer->archive, TL_ARCHIVE_LOCK_PACK, &pid);

    if (status == TL_OK) {
        if (!packer->is_cleaned)
            clean_archive(packer->archive);
        packer->is_cleaned = true;
        return true;
    }
    if (status == TL_FULL) {
        process_log_limited(&packer->lock_limit,
                            "process %llu seals, merges or removes segments of %s; waiting",
                            (unsigned long long)pid, tl_archive_path(packer->archive));
        packer->pass_ms = process_clock_ms() + LOCKED_MS;
        return false;
    }
    process_log_limited(&packer->lock_limit, "cannot lock %s for packing: %s; it is tried again",
                        tl_archive_path(packer->archive), strerror(errno));
    count(packer, TL_COUNTER_PACK_TROUBLES, 1);
    packer->pass_ms = later(packer);
    return false;
}

static void unlock(struct packer *packer)
{
    tl_archive_unlock(packer->archive, TL_ARCHIVE_LOCK_PACK);
}

/* Retention -----------------------------------------------------------------------------------------------
 */

/* With the lock. */
static void retain(struct packer *packer)
{
    struct retention_result result;
    uint64_t now = process_clock_ms();

    if (!retention_is_wanted(&packer->options.keep))
        return;
    retention_run(packer->archive, &packer->options.keep, &result);
    count(packer, TL_COUNTER_SEGMENTS_REMOVED, result.segments);
    count(packer, TL_COUNTER_FRAMES_REMOVED, result.frames);
    count(packer, TL_COUNTER_BYTES_REMOVED, result.bytes);
    count(packer, TL_COUNTER_PACK_TROUBLES, result.troubles);
    if (result.is_nearly_full && !result.segments)
        process_log_limited(&packer->full_limit,
                            "the disk of %s is nearly full, and there is no segment left that may be removed",
                            tl_archive_path(packer->archive));
    if (result.is_hold_unknown)
        process_log_limited(
            &packer->hold_limit,
            "a cursor in %s/cursors cannot be read: before that is mended nothing is removed, "
            "unless the disk is nearly full",
            tl_archive_path(packer->archive));
    /* What is removed may be free only a while later, and where nothing can be removed looking does not help.
     */
    packer->look_ms = now + (result.segments ? LOOK_MS : RETENTION_MS);
    packer->retention_ms = now + RETENTION_MS;
}

static void look(struct packer *packer)
{
    uint64_t now = process_clock_ms();

    if (now < packer->look_ms && now < packer->retention_ms)
        return;
    packer->look_ms = now + LOOK_MS;
    if (now < packer->retention_ms && !retention_is_due(packer->archive, &packer->options.keep))
        return;
    if (!lock(packer))
        return;
    retain(packer);
    unlock(packer);
}

/* Packing -------------------------------------------------------------------------------------------------
 */

/* The first hot segment above `after` that is finished. TL_END if there is none. */
static enum tl_status find_hot(const struct packer *packer, uint64_t after, uint64_t finished,
                               struct tl_archive_segment *ret_hot)
{
    struct tl_archive_list list;
    enum tl_status status = tl_archive_list(packer->archive, &list);

    if (status != TL_OK)
        return status;
    status = TL_END;
    for (size_t i = 0; i < list.count && status == TL_END; i++) {
        const struct tl_archive_segment *segment = &list.segments[i];
        if (segment->is_sealed || segment->first <= after || segment->first >= finished)
            continue;
        *ret_hot = *segment;
        status = TL_OK;
    }
    tl_archive_list_done(&list);
    return status;
}

static void note_success(struct packer *packer, const struct tl_archive_segment *hot,
                         const struct pack_result *result)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(&result->sealed, TL_ARCHIVE_ROWS, name);
    process_log("sealed %s: %llu frames, %llu bytes from %llu", name, (unsigned long long)result->frames,
                (unsigned long long)result->bytes_out, (unsigned long long)result->bytes_in);
    told_of_losses(hot, result);
    count(packer, TL_COUNTER_SEGMENTS_PACKED, 1);
    count(packer, TL_COUNTER_BYTES_UNPACKED, result->bytes_in);
    count(packer, TL_COUNTER_BYTES_PACKED, result->bytes_out);
}

static void note_trouble(struct packer *packer, const struct tl_archive_segment *hot,
                         const struct pack_result *result)
{
    char name[TL_ARCHIVE_NAME_SIZE];

    tl_archive_name(hot, TL_ARCHIVE_ROWS, name);
    process_log_limited(&packer->limit, "%s %s; it stays as it is, and it is tried again", name,
                        result->text);
    count(packer, TL_COUNTER_PACK_TROUBLES, 1);
}

/* With the lock. */
static enum pack_status pack(struct packer *packer, const struct tl_archive_segment *hot)
{
    struct pack_options options = {
        .level = packer->options.level, .block_size = packer->options.block_size, .stop = &packer->stop};
    struct pack_result result;
    enum pack_status status = pack_segment(packer->archive, hot, &options, &result);

    if (status == PACK_OK)
        note_success(packer, hot, &result);
    else if (status == PACK_FULL || status == PACK_FAILED)
        note_trouble(packer, hot, &result);
    if (status == PACK_OK || status == PACK_FULL)
        retain(packer);
    return status;
}

/* Seals the next one above `*after`, which is moved to it. PACK_GONE: there is none. */
static enum pack_status pack_next(struct packer *packer, uint64_t finished, uint64_t *after)
{
    struct tl_archive_segment hot;

    switch (find_hot(packer, *after, finished, &hot)) {
    case TL_OK: break;
    case TL_END: return PACK_GONE;
    default:
        process_log_limited(&packer->limit, "cannot list %s: %s; it is tried again",
                            tl_archive_path(packer->archive), strerror(errno));
        count(packer, TL_COUNTER_PACK_TROUBLES, 1);
        return PACK_FULL; /* the next one would not be found either */
    }
    *after = hot.first;
    enum pack_status status = pack(packer, &hot);
    return status == PACK_GONE ? PACK_OK : status;
}

static void end_pass(struct packer *packer, uint64_t finished, bool has_failed, bool was_all)
{
    packer->passed = finished;
    if (has_failed &&
        (was_all || packer->again_ms == NEVER)) /* new ones must not put off the others for ever */
        packer->again_ms = later(packer);
    else if (!has_failed && was_all)
        packer->again_ms = NEVER;
    if (packer->again_ms == NEVER)
        packer->wait_ms = RETRY_MS;
}

/* Seals all that is finished, oldest first. One that cannot be sealed does not keep the others from it,
 * unless the disk is full. */
static void pass(struct packer *packer)
{
    uint64_t finished = atomic_load(&packer->finished), now = process_clock_ms();
    bool takes_all = !packer->passed || now >= packer->again_ms, has_failed = false;
    uint64_t after = takes_all ? 0 : packer->passed - 1;
    enum pack_status status = PACK_OK;

    if (!finished || now < packer->pass_ms || (finished == packer->passed && !takes_all))
        return;
    while (status == PACK_OK || status == PACK_FAILED) {
        if (!lock(packer))
            return;
        status = pack_next(packer, finished, &after);
        unlock(packer);
        has_failed = has_failed || status == PACK_FAILED;
    }
    if (status == PACK_FULL)
        packer->pass_ms = later(packer);
    else if (status == PACK_GONE)
        end_pass(packer, finished, has_failed, takes_all);
}

/* The thread ----------------------------------------------------------------------------------------------
 */

static int milliseconds_to_rest(const struct packer *packer)
{
    uint64_t now = process_clock_ms(), due = NEVER;

    if (packer->options.packs)
        due = atomic_load(&packer->finished) == packer->passed ? packer->again_ms : 0;
    if (due < packer->pass_ms)
        due = packer->pass_ms;
    if (retention_is_wanted(&packer->options.keep) && packer->look_ms < due)
        due = packer->look_ms;
    if (due == NEVER)
        return -1;
    return due > now ? (int)(due - now) : 0;
}

static void rest(struct packer *packer)
{
    struct pollfd told = {.fd = packer->event_fd, .events = POLLIN};
    uint64_t times;

    if (poll(&told, 1, milliseconds_to_rest(packer)) > 0 && read(packer->event_fd, &times, sizeof(times)) < 0)
        return; /* the next round finds out */
}

static void *run(void *argument)
{
    struct packer *packer = argument;

    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* without it the work is done all the same */
    while (!is_stopped(packer)) {
        if (packer->options.packs)
            pass(packer);
        if (!is_stopped(packer) && retention_is_wanted(&packer->options.keep))
            look(packer);
        if (!is_stopped(packer))
            rest(packer);
    }
    return NULL;
}

static int start_thread(struct packer *packer)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&packer->thread, NULL, run, packer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return error;
    pthread_setname_np(packer->thread, "tapline-packer");
    return 0;
}

static void free_packer(struct packer *packer)
{
    tl_archive_close(packer->archive);
    if (packer->event_fd >= 0)
        close(packer->event_fd);
    free(packer);
}

int packer_start(const char *archive_path, const struct packer_options *options, struct tl_counters *counters,
                 struct packer **ret_packer)
{
    struct packer *packer = calloc(1, sizeof(*packer));
    char text[TL_ARCHIVE_TEXT_SIZE];
    int error;

    if (!packer) {
        process_log("cannot start packing: out of memory");
        return -1;
    }
    packer->options = *options;
    packer->counters = counters;
    packer->again_ms = NEVER;
    packer->wait_ms = RETRY_MS;
    packer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    error = packer->event_fd < 0 ? errno : 0;
    if (!error && tl_archive_make(archive_path, -1, &packer->archive, text) != TL_OK) {
        process_log("%s: %s", archive_path, text);
        free_packer(packer);
        return -1;
    }
    if (!error)
        error = start_thread(packer);
    if (error) {
        process_log("cannot start packing: %s", strerror(error));
        free_packer(packer);
        return -1;
    }
    *ret_packer = packer;
    return 0;
}

static void wake(const struct packer *packer)
{
    uint64_t once = 1;

    if (write(packer->event_fd, &once, sizeof(once)) < 0)
        return; /* it was told so often that it is awake */
}

void packer_tell(struct packer *packer, uint64_t number)
{
    uint64_t known = atomic_load(&packer->finished);

    while (known < number && !atomic_compare_exchange_weak(&packer->finished, &known, number))
        ;
    wake(packer);
}

void packer_stop(struct packer *packer)
{
    if (!packer)
        return;
    atomic_store(&packer->stop, true);
    wake(packer);
    pthread_join(packer->thread, NULL);
    free_packer(packer);
}
