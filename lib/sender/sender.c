/* The life of a sender. Invariant: whoever is last - the caller in tl_sender_free, or a thread that had to be
 * left to itself - frees it, once, and only in the process that has the thread does anybody touch the
 * connections. */
#include "lane.h"
#include "link.h"
#include "options.h"
#include "route.h"
#include "statistics.h"
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MS          1000000u
#define STOP_GRACE  ((uint64_t)200 * MS) /* beyond the deadline, for the thread to notice */
#define FLUSH_LOOKS ((long)1 * MS)
#define LINE        64 /* of a cache */

/* Making ---------------------------------------------------------------------------------------------- */

static enum tl_status make_lanes(struct tl_sender *sender)
{
    size_t count = sender->lane_count + 1;

    sender->lanes_memory = calloc(1, count * sizeof(struct tl_sender_lane) + LINE);
    if (!sender->lanes_memory)
        return TL_NO_MEMORY;
    uintptr_t at = ((uintptr_t)sender->lanes_memory + LINE - 1) & ~(uintptr_t)(LINE - 1);
    sender->lanes = (struct tl_sender_lane *)at;
    for (size_t i = 0; i < count; i++) {
        sender->lanes[i].sender = sender;
        sender->lanes[i].gate = sender->gate;
        sender->lanes[i].wake_at = sender_wake_bytes(sender);
    }
    sender->lanes[sender->lane_count].shared = true;
    sender->lanes[sender->lane_count].owner = LANE_SHARED;
    return TL_OK;
}

static bool wants_unwrapped(const struct route *route)
{
    for (size_t i = 0; i < route->endpoint_count; i++) {
        if (route->endpoints[i].has_transport)
            return true;
    }
    return false;
}

static enum tl_status make_route(struct tl_sender *sender, struct route *route, struct endpoint *endpoints,
                                 size_t count)
{
    route->sender = sender;
    route->endpoints = endpoints;
    route->endpoint_count = count;
    route->retry_delay = (uint64_t)TL_SENDER_RETRY_MIN * MS;
    link_init(&route->link);
    route->cursors = calloc(sender->lane_count + 1, sizeof(*route->cursors));
    if (wants_unwrapped(route))
        route->unwrapped = malloc(sender->ring_size);
    return route->cursors && (route->unwrapped || !wants_unwrapped(route)) ? TL_OK : TL_NO_MEMORY;
}

static enum tl_status make_routes(struct tl_sender *sender)
{
    bool one = sender->options.mode == TL_SENDER_FAILOVER;
    enum tl_status status = TL_OK;

    sender->route_count = one ? 1 : sender->endpoint_count;
    sender->routes = calloc(sender->route_count, sizeof(*sender->routes));
    if (!sender->routes)
        return TL_NO_MEMORY;
    for (size_t i = 0; i < sender->route_count && status == TL_OK; i++)
        status =
            make_route(sender, &sender->routes[i], &sender->endpoints[i], one ? sender->endpoint_count : 1);
    return status;
}

static enum tl_status make_gate(struct tl_sender *sender)
{
    void *page = mmap(NULL, sizeof(struct gate), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return TL_NO_MEMORY;
    sender->gate = page;
    sender->gate->open = 1;
    return TL_OK;
}

static enum tl_status make_descriptors(struct tl_sender *sender)
{
    sender->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sender->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK); /* without it attempts come by themselves */
    return sender->wake_fd >= 0 ? TL_OK : TL_SYSTEM;
}

/* Two senders with the same would be taken for one by a collector that is told of their losses. */
static uint64_t choose_id(const struct tl_sender *sender)
{
    uint64_t id = 0;

    if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
        id = sender_now() ^ (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)sender;
    return id ? id : 1;
}

static enum tl_status make(struct tl_sender *sender, const struct tl_sender_options *options)
{
    enum tl_status status = options_take(sender, options);

    if (status == TL_OK)
        status = make_gate(sender);
    if (status == TL_OK)
        status = make_lanes(sender);
    if (status == TL_OK)
        status = make_routes(sender);
    if (status == TL_OK)
        status = make_descriptors(sender);
    sender->has_key = status == TL_OK && pthread_key_create(&sender->key, lane_forget) == 0;
    return status;
}

/* Monotonic, so that nobody who sets the clock prolongs a stop. */
static void make_condition(struct tl_sender *sender)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&sender->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* What a child has of it, too. */
static void free_memory(struct tl_sender *sender)
{
    for (size_t i = 0; sender->routes && i < sender->route_count; i++) {
        free(sender->routes[i].cursors);
        free(sender->routes[i].unwrapped);
    }
    if (sender->has_key)
        pthread_key_delete(sender->key);
    if (sender->wake_fd >= 0)
        close(sender->wake_fd);
    if (sender->watch_fd >= 0)
        close(sender->watch_fd);
    if (sender->gate)
        munmap(sender->gate, sizeof(struct gate));
    free(sender->statistics_path);
    free(sender->statistics_new_path);
    free(sender->lanes_memory);
    free(sender->routes);
    free(sender);
}

/* The same where it is whole. A child has not got the rings: what lies there by now is something else. And it
 * would wait for threads that were within a call when it was forked. */
static void free_all(struct tl_sender *sender)
{
    for (size_t i = 0; sender->lanes && i <= sender->lane_count; i++)
        lane_free(&sender->lanes[i]);
    pthread_cond_destroy(&sender->changed);
    pthread_mutex_destroy(&sender->mutex);
    free_memory(sender);
}

enum tl_status tl_sender_new(const struct tl_sender_options *options, struct tl_sender **ret_sender)
{
    struct tl_sender *sender = calloc(1, sizeof(*sender));

    if (!sender)
        return TL_NO_MEMORY;
    sender->wake_fd = sender->watch_fd = -1;
    sender->id = choose_id(sender);
    make_condition(sender);
    enum tl_status status = make(sender, options);
    if (status != TL_OK) {
        int error = errno;
        free_all(sender);
        errno = error;
        return status;
    }
    *ret_sender = sender;
    return TL_OK;
}

/* What is left of the connections: descriptors that were given and not used, and transports. */
static void free_endpoints(struct tl_sender *sender)
{
    for (size_t i = 0; i < sender->endpoint_count; i++) {
        struct endpoint *endpoint = &sender->endpoints[i];
        if (endpoint->given_fd >= 0)
            close(endpoint->given_fd);
        tl_look_up_free(endpoint->look_up);
        if (endpoint->has_transport && endpoint->transport.free)
            endpoint->transport.free(endpoint->transport.context);
    }
}

/* Stage ----------------------------------------------------------------------------------------------- */

static enum stage stage_of(const struct tl_sender *sender)
{
    return __atomic_load_n(&sender->stage, __ATOMIC_ACQUIRE);
}

/* With the mutex held. */
static void come_to(struct tl_sender *sender, enum stage stage)
{
    __atomic_store_n(&sender->stage, stage, __ATOMIC_RELEASE);
}

/* Thread ---------------------------------------------------------------------------------------------- */

static void *run(void *argument)
{
    struct tl_sender *sender = argument;

    pthread_setname_np(pthread_self(), "tapline-sender");
    sender_run(sender);
    statistics_write(sender);
    pthread_mutex_lock(&sender->mutex);
    come_to(sender, SENDER_ENDED);
    bool abandoned = sender->abandoned;
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
    if (abandoned) {
        free_endpoints(sender);
        free_all(sender);
    }
    return NULL;
}

static int create_thread(struct tl_sender *sender)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&sender->thread, NULL, run, sender);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* A child is to find the gate closed, and not to have the rings. */
static void part_from_children(struct tl_sender *sender)
{
    madvise(sender->gate, sizeof(struct gate), MADV_WIPEONFORK);
    for (size_t i = 0; i <= sender->lane_count; i++) {
        if (sender->lanes[i].memory)
            lane_keep_from_children(&sender->lanes[i]);
    }
}

/* Not in the process that has the thread. */
static bool is_in_child(const struct tl_sender *sender)
{
    return stage_of(sender) != SENDER_NEW && sender->pid != getpid();
}

enum tl_status tl_sender_start(struct tl_sender *sender)
{
    enum tl_status status = TL_OK;

    if (is_in_child(sender))
        return TL_STOPPED;
    pthread_mutex_lock(&sender->mutex);
    if (stage_of(sender) != SENDER_NEW) {
        status = TL_BAD_ARGUMENT;
    } else {
        part_from_children(sender);
        sender->pid = getpid();
        come_to(sender, SENDER_RUNNING);
        int error = create_thread(sender);
        errno = error;
        status = error ? TL_SYSTEM : TL_OK;
        if (error)
            come_to(sender, SENDER_NEW);
    }
    pthread_mutex_unlock(&sender->mutex);
    return status;
}

/* Stopping -------------------------------------------------------------------------------------------- */

static struct timespec time_of(uint64_t when)
{
    return (struct timespec){(time_t)(when / 1000000000u), (long)(when % 1000000000u)};
}

/* The thread has ended. With the mutex held. Of several who waited for it the first joins. */
static void join(struct tl_sender *sender)
{
    if (stage_of(sender) != SENDER_ENDED)
        return;
    pthread_join(sender->thread, NULL);
    come_to(sender, SENDER_STOPPED);
}

/* With the mutex held. True if the thread has ended. */
static bool wait_for_end(struct tl_sender *sender, uint64_t until)
{
    struct timespec when = time_of(until);

    while (stage_of(sender) == SENDER_RUNNING) {
        if (pthread_cond_timedwait(&sender->changed, &sender->mutex, &when) == ETIMEDOUT)
            break;
    }
    return stage_of(sender) != SENDER_RUNNING;
}

enum tl_status tl_sender_stop(struct tl_sender *sender)
{
    enum tl_status status = TL_OK;

    if (is_in_child(sender))
        return TL_STOPPED;
    pthread_mutex_lock(&sender->mutex);
    __atomic_store_n(&sender->gate->open, 0, __ATOMIC_RELAXED);
    if (stage_of(sender) == SENDER_NEW || stage_of(sender) == SENDER_STOPPED) {
        status = TL_STOPPED;
    } else {
        uint64_t stop_at = counted(&sender->stop_at);
        if (!stop_at) {
            stop_at = sender_now() + (uint64_t)sender->options.close_ms * MS;
            __atomic_store_n(&sender->stop_at, stop_at, __ATOMIC_RELAXED);
        }
        sender_wake(sender);
        if (wait_for_end(sender, stop_at + STOP_GRACE))
            join(sender);
        else
            status = TL_TIME_UP;
    }
    pthread_mutex_unlock(&sender->mutex);
    return status;
}

/* True if the thread is still at work: it will free everything. It may just have ended. */
static bool leave_to_thread(struct tl_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    bool running = stage_of(sender) == SENDER_RUNNING;
    if (running) {
        sender->abandoned = true;
        pthread_detach(sender->thread);
    } else {
        join(sender);
    }
    pthread_mutex_unlock(&sender->mutex);
    return running;
}

static void free_in_child(struct tl_sender *sender)
{
    for (size_t i = 0; i < sender->route_count; i++) {
        if (sender->routes[i].link.fd >= 0)
            close(sender->routes[i].link.fd);
    }
    for (size_t i = 0; i < sender->endpoint_count; i++) {
        struct endpoint *endpoint = &sender->endpoints[i];
        if (endpoint->given_fd >= 0)
            close(endpoint->given_fd);
        tl_look_up_free(endpoint->look_up);
        if (endpoint->has_transport && endpoint->transport.leave)
            endpoint->transport.leave(endpoint->transport.context);
    }
    free_memory(sender);
}

void tl_sender_free(struct tl_sender *sender)
{
    if (!sender)
        return;
    if (is_in_child(sender)) {
        free_in_child(sender);
        return;
    }
    if (tl_sender_stop(sender) == TL_TIME_UP && leave_to_thread(sender))
        return;
    free_endpoints(sender);
    free_all(sender);
}

/* Flushing -------------------------------------------------------------------------------------------- */

static bool has_passed(const struct route *route, const uint64_t *heads)
{
    for (size_t lane = 0; lane < route_lanes(route); lane++) {
        if (__atomic_load_n(&route->cursors[lane].published, __ATOMIC_ACQUIRE) < heads[lane])
            return false;
    }
    return true;
}

static bool all_have_passed(const struct tl_sender *sender, const uint64_t *heads)
{
    for (size_t i = 0; i < sender->route_count; i++) {
        if (!has_passed(&sender->routes[i], heads))
            return false;
    }
    return true;
}

/* Ends of the lanes now. What was published is never less than half a number's range behind its lane's end.
 */
static void note_heads(const struct tl_sender *sender, uint64_t *heads)
{
    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        struct tl_ring_mark known = {counted(&sender->lanes[lane].ring.tail), 0};
        heads[lane] =
            lane_is_ready(&sender->lanes[lane]) ? tl_ring_head(&sender->lanes[lane].ring, known).bytes : 0;
    }
}

enum tl_status tl_sender_flush(struct tl_sender *sender, unsigned milliseconds)
{
    uint64_t heads[TL_SENDER_LANES_MAX + 1], until = sender_now() + (uint64_t)milliseconds * MS;
    struct timespec pause = {0, FLUSH_LOOKS};

    if (is_in_child(sender) || stage_of(sender) != SENDER_RUNNING)
        return TL_STOPPED;
    note_heads(sender, heads);
    sender_wake(sender);
    while (!all_have_passed(sender, heads)) {
        if (sender_now() >= until)
            return TL_TIME_UP;
        nanosleep(&pause, NULL);
    }
    return TL_OK;
}
