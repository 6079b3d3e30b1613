/* The sender's thread: sleeps, drives the routes, gives the lanes their room back. Invariant: before it
 * sleeps it has said, in each lane, at which byte it wants to be woken, and looked again whether that has
 * come meanwhile.
 *
 * The submitting threads do not wait for their bytes to be visible before they look whether the thread
 * sleeps. So one may miss that it just fell asleep; the next frame's thread sees it, and the last one of all
 * waits for the end of the sleep, which is bounded. */
#include "thread.h"

#include "drive.h"
#include "link.h"
#include "route.h"
#include "statistics.h"
#include "watch.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#define WAKE_BYTES ((uint64_t)64 << 10)

uint64_t sender_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Room ------------------------------------------------------------------------------------------------ */

static uint64_t head_of(const struct tl_sender_lane *lane)
{
    struct tl_ring_mark tail = {lane->ring.tail, 0};

    return tl_ring_head(&lane->ring, tail).bytes;
}

static uint64_t full_mark(const struct tl_sender *sender)
{
    return sender->ring_size / 4 * 3;
}

/* The furthest that any route has come in a lane. */
static uint64_t foremost(const struct tl_sender *sender, size_t lane)
{
    uint64_t most = 0;

    for (size_t i = 0; i < sender->route_count; i++) {
        const struct route *route = &sender->routes[i];
        if (route->link.state != TL_SENDER_LINK_CLOSED && route->cursors[lane].kept > most)
            most = route->cursors[lane].kept;
    }
    return most;
}

static void drop_before(struct route *route, size_t lane, uint64_t position, bool lagging, uint64_t now)
{
    struct tl_sender_endpoint_statistics *counts;

    /* A frame that is half written cannot be taken back. */
    if (route_is_within(route, lane, position))
        drive_break(route, TL_FULL, now);
    counts = &current(route)->counts;
    route_skip(route, lane, position, lagging ? &counts->dropped_lagging : &counts->dropped_oldest);
}

/* Dropping the oldest: of a lane that is nearly full. Several routes: the one behind loses what another has
 * sent. */
static void make_room_in(struct tl_sender *sender, size_t lane, uint64_t now)
{
    struct tl_sender_lane *of = &sender->lanes[lane];
    uint64_t head = head_of(of), room = sender->ring_size / 4;

    if (head - of->ring.tail < full_mark(sender))
        return;
    uint64_t position = of->ring.tail + room, most = foremost(sender, lane);
    bool oldest = sender->options.drop == TL_SENDER_DROP_OLDEST;
    for (size_t i = 0; i < sender->route_count; i++) {
        struct route *route = &sender->routes[i];
        bool lagging = route->cursors[lane].kept < most;
        uint64_t to = oldest || most > position ? position : most;
        if (route->cursors[lane].kept < to && (oldest || lagging))
            drop_before(route, lane, to, lagging, now);
    }
}

static void make_room(struct tl_sender *sender, uint64_t now)
{
    if (sender->options.drop != TL_SENDER_DROP_OLDEST && sender->route_count == 1)
        return;
    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        if (lane_is_ready(&sender->lanes[lane]))
            make_room_in(sender, lane, now);
    }
}

/* What no route needs any more may be overwritten. */
static void release_room(struct tl_sender *sender)
{
    for (size_t i = 0; i < sender->route_count; i++)
        route_limit_kept(&sender->routes[i]);
    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        struct tl_sender_lane *of = &sender->lanes[lane];
        if (!lane_is_ready(of))
            continue;
        uint64_t used = head_of(of) - of->ring.tail, kept = sender->routes[0].cursors[lane].kept;
        if (used > of->high_water)
            __atomic_store_n(&of->high_water, used, __ATOMIC_RELAXED);
        for (size_t i = 1; i < sender->route_count; i++) {
            if (sender->routes[i].cursors[lane].kept < kept)
                kept = sender->routes[i].cursors[lane].kept;
        }
        if (kept != of->ring.tail)
            tl_ring_release(&of->ring, kept);
    }
}

/* Sleeping -------------------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t sender_wake_bytes(const struct tl_sender *sender)
{
    return least(WAKE_BYTES, sender->ring_size / 8);
}

/* Where in a lane somebody is to wake the thread: when there is enough to be written, or much to be dropped.
 */
static uint64_t wake_position(const struct tl_sender *sender, size_t lane)
{
    uint64_t enough = sender_wake_bytes(sender), position = NEVER;

    for (size_t i = 0; i < sender->route_count; i++) {
        const struct route *route = &sender->routes[i];
        if (drive_is_able(route) && !route_is_shut(route, lane))
            position = least(position, route->cursors[lane].taken.bytes + enough);
    }
    uint64_t full = sender->lanes[lane].ring.tail + full_mark(sender);
    bool drops = sender->options.drop == TL_SENDER_DROP_OLDEST || sender->route_count > 1;
    /* If it is above already, nothing could be done about it. */
    if (drops && head_of(&sender->lanes[lane]) < full)
        position = least(position, full);
    return position;
}

/* True if one is reached already. */
static bool ask_to_be_woken(struct tl_sender *sender)
{
    bool reached = false;

    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        if (lane_is_ready(&sender->lanes[lane]))
            __atomic_store_n(&sender->lanes[lane].wake_at, wake_position(sender, lane), __ATOMIC_RELAXED);
    }
    __atomic_store_n(&sender->gate->asleep, 1, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        const struct tl_sender_lane *of = &sender->lanes[lane];
        if (lane_is_ready(of) && head_of(of) >= __atomic_load_n(&of->wake_at, __ATOMIC_RELAXED))
            reached = true;
    }
    return reached;
}

static void be_awake(struct tl_sender *sender)
{
    __atomic_store_n(&sender->gate->asleep, 0, __ATOMIC_RELAXED);
    /* One that is made only now keeps what it begins with. */
    for (size_t lane = 0; lane <= sender->lane_count; lane++) {
        if (lane_is_ready(&sender->lanes[lane]))
            __atomic_store_n(&sender->lanes[lane].wake_at, NEVER, __ATOMIC_RELAXED);
    }
}

static struct timespec time_left(uint64_t until, uint64_t now)
{
    uint64_t left = until > now ? until - now : 0;

    return (struct timespec){(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
}

#define SOCKETS (2 + TL_SENDER_ENDPOINTS_MAX)

static uint64_t next_due(const struct tl_sender *sender, uint64_t now)
{
    uint64_t due = statistics_due(sender);

    for (size_t i = 0; i < sender->route_count; i++)
        due = least(due, drive_due(&sender->routes[i], now));
    return due;
}

/* Fills in what was found on each route's socket. */
static void sleep_until_wanted(struct tl_sender *sender, short *ret_found)
{
    struct pollfd sockets[SOCKETS] = {{sender->wake_fd, POLLIN, 0}, {sender->watch_fd, POLLIN, 0}};
    uint64_t now = sender_now(), until = next_due(sender, now), calls;

    for (size_t i = 0; i < sender->route_count; i++) {
        sockets[2 + i].fd = link_fd(&sender->routes[i]);
        sockets[2 + i].events = link_events(&sender->routes[i]);
    }
    if (ask_to_be_woken(sender))
        until = now;
    struct timespec left = time_left(until, now);
    int count = ppoll(sockets, 2 + sender->route_count, until == NEVER ? NULL : &left, NULL);
    be_awake(sender);
    for (size_t i = 0; i < sender->route_count; i++) {
        ret_found[i] = count > 0 ? sockets[2 + i].revents : 0;
        if (count < 0)
            sender->routes[i].link.sampled = 0;
    }
    if (count > 0 && sockets[0].revents && read(sender->wake_fd, &calls, sizeof(calls)) < 0)
        calls = 0; /* somebody else took it: there is nobody */
    if (count > 0 && sockets[1].revents)
        watch_read(sender, sender_now());
}

static bool all_closed(const struct tl_sender *sender)
{
    for (size_t i = 0; i < sender->route_count; i++) {
        if (sender->routes[i].link.state != TL_SENDER_LINK_CLOSED)
            return false;
    }
    return true;
}

void sender_run(struct tl_sender *sender)
{
    short found[TL_SENDER_ENDPOINTS_MAX] = {0};

    for (;;) {
        uint64_t now = sender_now();
        for (size_t i = 0; i < sender->route_count; i++)
            drive(&sender->routes[i], found[i], now);
        make_room(sender, now);
        release_room(sender);
        statistics_write_if_due(sender, now);
        if (all_closed(sender))
            break;
        sleep_until_wanted(sender, found);
    }
}
