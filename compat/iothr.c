/* The thread: libfstrm's interface on a sender. Invariant: what a submit refuses is still the caller's, and
 * what it takes has been copied and given back when it returns, so that no memory of one thread is freed by
 * another. */
#include "iothr_options.h"
#include "settings.h"
#include "targets.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What a frame is taken to need where a program says how many are to fit. */
#define FRAME_SIZE ((size_t)1024)
#define BUDGET_MAX ((size_t)1 << 30)
/* Two letters become a number of at most ten digits. */
#define EXPANDED_SIZE (SETTINGS_PATH_MAX / 2 * 10 + 1)

struct fstrm_iothr_queue {
    struct tl_sender_lane *lane;
    pthread_mutex_t lock; /* of the lane, if several threads may submit to it */
} __attribute__((aligned(64)));

struct fstrm_iothr {
    struct tl_sender *sender;
    bool is_shared; /* FSTRM_IOTHR_QUEUE_MODEL_MPSC */
    size_t count;
    atomic_size_t given_out; /* queues, by fstrm_iothr_get_input_queue */
    struct fstrm_iothr_queue *queues;
};

/* How many threads this process has started: a part of the name of a statistics file. */
static atomic_uint started;

/* The path of the statistics file: %p is the process, %n the number of the thread in it. */
static void expand(const char *pattern, char *path)
{
    struct tl_builder to = tl_builder(path, EXPANDED_SIZE);
    unsigned number = atomic_fetch_add(&started, 1) + 1;

    for (const char *at = pattern; *at; at++) {
        if (at[0] == '%' && (at[1] == 'p' || at[1] == 'n')) {
            at++;
            tl_builder_put_decimal(&to, *at == 'p' ? (uint64_t)getpid() : number, 0);
        } else {
            tl_builder_put_u8(&to, (uint8_t)*at);
        }
    }
    tl_builder_put_u8(&to, 0);
}

/* The rings hold what the program asked for, and by default much more. */
static void set_sizes(const struct fstrm_iothr_options *options, struct tl_sender_options *sender)
{
    size_t asked = options->input_queue_size * FRAME_SIZE;
    uint64_t wanted;

    sender->lanes =
        options->num_input_queues < TL_SENDER_LANES_MAX ? options->num_input_queues : TL_SENDER_LANES_MAX;
    if (!sender->ring_size)
        sender->ring_size = asked > TL_SENDER_RING_DEFAULT ? asked : TL_SENDER_RING_DEFAULT;
    wanted = (sender->lanes + 1) * (uint64_t)asked;
    if (!sender->budget && wanted > TL_SENDER_BUDGET_DEFAULT)
        sender->budget = wanted < BUDGET_MAX ? (size_t)wanted : BUDGET_MAX;
}

static struct tl_sender *make_sender(const struct fstrm_iothr_options *options,
                                     const struct settings *settings, struct fstrm_writer *writer,
                                     const struct targets *targets)
{
    const struct content_types *types = writer_content_types(writer);
    char path[EXPANDED_SIZE];
    struct tl_sender *sender = NULL;
    struct tl_sender_options made = {
        .mode = settings->mode,
        .drop = settings->drop,
        .ring_size = settings->ring_size,
        .budget = settings->budget,
        .close_ms = settings->close_ms,
        .retry_ms = settings->retry_ms ? settings->retry_ms : options->reopen_interval * 1000,
    };

    memcpy(made.endpoints, targets->endpoints, sizeof(made.endpoints));
    if (!targets->transport.context)
        made.content_type = types->items[0];
    set_sizes(options, &made);
    if (settings->statistics) {
        expand(settings->statistics, path);
        made.statistics_path = path;
    }
    return tl_sender_new(&made, &sender) == TL_OK ? sender : NULL;
}

/* Queues beyond the lanes there are share one. */
static bool make_queues(struct fstrm_iothr *iothr, const struct fstrm_iothr_options *options)
{
    iothr->count = options->num_input_queues;
    iothr->is_shared = options->queue_model == FSTRM_IOTHR_QUEUE_MODEL_MPSC;
    if (iothr->count > SIZE_MAX / sizeof(*iothr->queues))
        return false;
    void *memory = NULL;
    if (posix_memalign(&memory, sizeof(*iothr->queues), iothr->count * sizeof(*iothr->queues)) != 0)
        return false;
    iothr->queues = memory;
    for (size_t i = 0; i < iothr->count; i++) {
        struct fstrm_iothr_queue *queue = &iothr->queues[i];
        bool has_own = i < tl_sender_lane_count(iothr->sender);
        queue->lane = has_own ? tl_sender_lane(iothr->sender, i) : tl_sender_lane_shared(iothr->sender);
        pthread_mutex_init(&queue->lock, NULL);
        if (!queue->lane)
            return false;
    }
    return true;
}

static void iothr_free(struct fstrm_iothr *iothr)
{
    tl_sender_free(iothr->sender);
    free(iothr->queues);
    free(iothr);
}

/* The sender, its queues and its thread. On failure the writer is as it was. */
static bool make(struct fstrm_iothr *iothr, const struct fstrm_iothr_options *options,
                 const struct settings *settings, struct fstrm_writer **writer)
{
    struct targets targets;

    if (!targets_choose(*writer, settings, &targets))
        return false;
    iothr->sender = make_sender(options, settings, *writer, &targets);
    if (!iothr->sender || !make_queues(iothr, options) || tl_sender_start(iothr->sender) != TL_OK) {
        targets_refuse(&targets, iothr->sender != NULL);
        return false;
    }
    targets_take(&targets, writer);
    return true;
}

/* Nobody else could tell the operator. */
static void tell(char *problems)
{
    char *rest = NULL;

    for (char *line = strtok_r(problems, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        dprintf(STDERR_FILENO, "libfstrm (tapline): %s; see libfstrm-tapline(7)\n", line);
}

struct fstrm_iothr *fstrm_iothr_init(const struct fstrm_iothr_options *options, struct fstrm_writer **writer)
{
    struct settings settings;
    struct fstrm_iothr *iothr = *writer ? calloc(1, sizeof(*iothr)) : NULL;

    settings_read(&settings);
    tell(settings.problems);
    if (iothr && !make(iothr, options ? options : &iothr_options_default, &settings, writer)) {
        iothr_free(iothr);
        iothr = NULL;
    }
    return iothr;
}

void fstrm_iothr_destroy(struct fstrm_iothr **iothr)
{
    if (!*iothr)
        return;
    iothr_free(*iothr);
    *iothr = NULL;
}

struct fstrm_iothr_queue *fstrm_iothr_get_input_queue(struct fstrm_iothr *iothr)
{
    size_t index = atomic_load(&iothr->given_out);

    while (index < iothr->count && !atomic_compare_exchange_weak(&iothr->given_out, &index, index + 1))
        ;
    return index < iothr->count ? &iothr->queues[index] : NULL;
}

struct fstrm_iothr_queue *fstrm_iothr_get_input_queue_idx(struct fstrm_iothr *iothr, size_t index)
{
    return index < iothr->count ? &iothr->queues[index] : NULL;
}

static fstrm_res result_of(enum tl_status status)
{
    switch (status) {
    case TL_OK: return fstrm_res_success;
    case TL_FULL: return fstrm_res_again;
    case TL_STOPPED: return fstrm_res_failure;
    default: return fstrm_res_invalid;
    }
}

static enum tl_status submit(struct fstrm_iothr *iothr, struct fstrm_iothr_queue *queue,
                             struct tl_bytes frame)
{
    /* In the child of a fork the lock may be held by a thread that is not there. */
    if (!iothr->is_shared || tl_sender_is_stopped(iothr->sender))
        return tl_sender_submit(queue->lane, frame);
    pthread_mutex_lock(&queue->lock);
    enum tl_status status = tl_sender_submit(queue->lane, frame);
    pthread_mutex_unlock(&queue->lock);
    return status;
}

fstrm_res fstrm_iothr_submit(struct fstrm_iothr *iothr, struct fstrm_iothr_queue *queue, void *data,
                             size_t size, void (*free_function)(void *data, void *free_data), void *free_data)
{
    if (!data || size == 0 || size >= UINT32_MAX)
        return fstrm_res_invalid;
    fstrm_res result = result_of(submit(iothr, queue, tl_bytes(data, size)));
    if (result == fstrm_res_success && free_function)
        free_function(data, free_data);
    return result;
}

void fstrm_free_wrapper(void *data, void *free_data)
{
    (void)free_data;
    free(data);
}
