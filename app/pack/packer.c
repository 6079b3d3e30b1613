/* The packer thread. Invariant: it holds the pack lock only for one segment's work at a time, and whatever
 * fails changes nothing but the time at which it is tried again. */
#include "pack/packer.h"

#include "pack/clean.h"
#include "pack/keeper.h"
#include "pack/pack.h"
#include "pack/told.h"
#include "pack/turn.h"
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
#define RETRY_MS     1000 /* after the first trouble; doubled with each that follows */
#define RETRY_MAX_MS 60000
#define CLEAN_MS     3600000 /* between two looks for what programs that were killed have left */
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
    uint64_t passed;   /* those below this number were sealed, or failed */
    uint64_t again_ms; /* when those that failed are tried again; NEVER: none did */
    uint64_t pass_ms;  /* when the next pass may begin */
    uint64_t wait_ms;  /* how long to wait after the next trouble */
    uint64_t clean_ms; /* when to tidy up */
    struct keeper keeper;
    struct turn turn;
    struct process_limit limit, lock_limit;
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

static bool goes_on(void *user)
{
    return !is_stopped(user);
}

static void clean(struct packer *packer)
{
    uint64_t now = process_clock_ms();

    if (now < packer->clean_ms)
        return;
    clean_archive(packer->archive);
    packer->clean_ms = now + CLEAN_MS;
}

/* Waits for the lock. False if the packer is stopped, or it is impossible; `*due` then is when to try again.
 */
static bool lock(struct packer *packer, uint64_t *due)
{
    enum tl_status status = turn_take(packer->archive, goes_on, packer);

    if (status == TL_OK) {
        clean(packer);
        return true;
    }
    if (status != TL_END) {
        process_log_limited(&packer->lock_limit, "cannot lock %s for packing: %s; it is tried again",
                            tl_archive_path(packer->archive), strerror(errno));
        count(packer, TL_COUNTER_PACK_TROUBLES, 1);
        *due = later(packer);
    }
    return false;
}

/* Retention -----------------------------------------------------------------------------------------------
 */

static void look(struct packer *packer)
{
    if (!keeper_wants_to_run(&packer->keeper) || !lock(packer, &packer->keeper.look_ms))
        return;
    keeper_run(&packer->keeper);
    turn_end(&packer->turn, packer->archive);
}

/* While a segment is being sealed; with the lock. */
static void look_meanwhile(void *context, uint64_t bytes)
{
    struct packer *packer = context;

    (void)bytes;
    keeper_run_meanwhile(&packer->keeper);
}

/* Packing -------------------------------------------------------------------------------------------------
 */

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
    struct pack_options options = {.level = packer->options.level,
                                   .block_size = packer->options.block_size,
                                   .stop = &packer->stop,
                                   .progress = look_meanwhile,
                                   .context = packer};
    struct pack_result result;
    enum pack_status status = pack_segment(packer->archive, hot, &options, &result);

    if (status == PACK_OK)
        note_success(packer, hot, &result);
    else if (status == PACK_FULL || status == PACK_FAILED)
        note_trouble(packer, hot, &result);
    if (status == PACK_OK)
        keeper_run_after_sealing(&packer->keeper);
    else if (status == PACK_FULL)
        keeper_run(&packer->keeper);
    return status;
}

/* One turn. PACK_STOPPED: also if the lock cannot be had. */
static enum pack_status take_turn(struct packer *packer, const struct tl_archive_segment *hot)
{
    if (is_stopped(packer) || !lock(packer, &packer->pass_ms))
        return PACK_STOPPED;
    enum pack_status status = pack(packer, hot);
    turn_end(&packer->turn, packer->archive);
    return status;
}

static bool list(struct packer *packer, struct tl_archive_list *ret_list)
{
    enum tl_status status = tl_archive_list(packer->archive, ret_list);

    if (status == TL_OK)
        return true;
    process_log_limited(&packer->limit, "cannot list %s: %s; it is tried again",
                        tl_archive_path(packer->archive),
                        status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    count(packer, TL_COUNTER_PACK_TROUBLES, 1);
    return false;
}

/* Seals those of the list from `from` on and below `finished`, oldest first. One that fails does not keep the
 * others from it, unless the disk is full. What others have sealed since the list was made is gone. */
static enum pack_status pack_list(struct packer *packer, const struct tl_archive_list *list, uint64_t from,
                                  uint64_t finished)
{
    enum pack_status result = PACK_OK;

    for (size_t i = 0; i < list->count && list->segments[i].first < finished; i++) {
        if (list->segments[i].is_sealed || list->segments[i].first < from)
            continue;
        enum pack_status status = take_turn(packer, &list->segments[i]);
        if (status == PACK_STOPPED || status == PACK_FULL)
            return status;
        if (status == PACK_FAILED)
            result = PACK_FAILED;
    }
    return result;
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

/* Seals all that is finished: the archive is listed once, however much there is to do. */
static void pass(struct packer *packer)
{
    uint64_t finished = atomic_load(&packer->finished), now = process_clock_ms();
    bool takes_all = !packer->passed || now >= packer->again_ms;
    struct tl_archive_list segments;

    if (!finished || now < packer->pass_ms || (finished == packer->passed && !takes_all))
        return;
    if (!list(packer, &segments)) {
        packer->pass_ms = later(packer);
        return;
    }
    enum pack_status status = pack_list(packer, &segments, takes_all ? 0 : packer->passed, finished);
    tl_archive_list_done(&segments);
    if (status == PACK_FULL)
        packer->pass_ms = later(packer);
    else if (status != PACK_STOPPED)
        end_pass(packer, finished, status == PACK_FAILED, takes_all);
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
    if (keeper_due(&packer->keeper) < due)
        due = keeper_due(&packer->keeper);
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
        if (!is_stopped(packer))
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
    packer->keeper = (struct keeper){.options = &packer->options.keep,
                                     .archive = packer->archive,
                                     .counters = counters,
                                     .stop = &packer->stop};
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
