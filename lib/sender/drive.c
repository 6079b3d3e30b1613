/* What a route does next. Invariant: whatever the peer does, a step ends at once, and a connection that
 * failed is tried again later and later, and at once on another endpoint if there is one. */
#include "drive.h"

#include "link.h"
#include "losses.h"
#include "route.h"
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define MS         1000000u
#define CLOSE_LOOK ((uint64_t)1 * MS)

static uint64_t stop_at(const struct route *route)
{
    return counted(&route->sender->stop_at);
}

/* For tl_sender_statistics. */
static void show(struct endpoint *endpoint, enum tl_sender_link state)
{
    __atomic_store_n(&endpoint->counts.link, state, __ATOMIC_RELAXED);
}

/* Failure --------------------------------------------------------------------------------------------- */

static void note_failure(struct route *route, enum tl_status status, int error)
{
    struct tl_sender_endpoint_statistics *counts = &current(route)->counts;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    __atomic_store_n(&counts->failure, status, __ATOMIC_RELAXED);
    __atomic_store_n(&counts->error, status == TL_SYSTEM ? error : 0, __ATOMIC_RELAXED);
    __atomic_store_n(&counts->failed_in, route->link.state, __ATOMIC_RELAXED);
    __atomic_store_n(&counts->failed_at, (uint64_t)now.tv_sec, __ATOMIC_RELAXED);
    count(route->link.state >= TL_SENDER_LINK_SENDING ? &counts->breaks : &counts->failures, 1);
}

/* The next endpoint at once; after all of them have failed, or if there is one only, a while later. */
static void schedule(struct route *route, uint64_t now)
{
    uint64_t most = (uint64_t)route->sender->options.retry_ms * MS;

    route->tried++;
    show(current(route), TL_SENDER_LINK_DOWN);
    __atomic_store_n(&route->current, (route->current + 1) % route->endpoint_count, __ATOMIC_RELAXED);
    route->retry_at = now;
    if (route->tried < route->endpoint_count)
        return;
    route->tried = 0;
    route->retry_at = now + route->retry_delay;
    route->retry_delay = route->retry_delay * 2 < most ? route->retry_delay * 2 : most;
}

/* It was good if anything was read, or it lasted: one that is accepted and closed at once is not. */
static bool was_good(const struct route *route, uint64_t now)
{
    const struct link *link = &route->link;

    return link->state >= TL_SENDER_LINK_SENDING &&
           (link->confirmed || now - link->since > (uint64_t)route->sender->options.retry_ms * MS);
}

void drive_break(struct route *route, enum tl_status status, uint64_t now)
{
    struct link *link = &route->link;
    int error = errno;

    link_hear_out(route, now);
    uint64_t read = link_is_read_up(route) || link->fd < 0 ? link->written : link->confirmed;

    note_failure(route, status, error);
    if (was_good(route, now)) {
        route->retry_delay = (uint64_t)TL_SENDER_RETRY_MIN * MS;
        route->tried = 0;
    }
    losses_confirm(route, read);
    route_rewind(route, read);
    link_close(route, false);
    schedule(route, now);
    watch_begin(route);
    if (stop_at(route) && route->last_try && route->tried == 0)
        drive_finish(route);
}

void drive_retry_now(struct route *route, uint64_t now)
{
    if (route->link.state != TL_SENDER_LINK_DOWN)
        return;
    route->retry_at = now;
    route->retry_delay = (uint64_t)TL_SENDER_RETRY_MIN * MS;
}

/* Stopping -------------------------------------------------------------------------------------------- */

void drive_finish(struct route *route)
{
    struct link *link = &route->link;

    if (link->state == TL_SENDER_LINK_CLOSED)
        return;
    bool finished = link_is_finished(route);
    uint64_t read = finished || link_is_read_up(route) ? link->written : link->confirmed;
    losses_confirm(route, read);
    route_rewind(route, read);
    for (size_t lane = 0; lane < route_lanes(route); lane++) {
        if (lane_is_ready(&route->sender->lanes[lane]))
            route_skip(route, lane, NEVER, &current(route)->counts.dropped_at_close);
    }
    link_close(route, finished);
    watch_end(route);
    link->state = TL_SENDER_LINK_CLOSED;
    for (size_t i = 0; i < route->endpoint_count; i++)
        show(&route->endpoints[i], TL_SENDER_LINK_CLOSED);
}

/* Stopping, and down: every endpoint gets one more chance. */
static bool is_given_up(struct route *route, uint64_t now)
{
    if (route_is_done(route))
        return true;
    if (!route->last_try) {
        route->last_try = true;
        route->tried = 0;
        route->retry_at = now;
    }
    return false;
}

static enum tl_status go_on_stopping(struct route *route, uint64_t now)
{
    const struct link *link = &route->link;

    if (link->state == TL_SENDER_LINK_SENDING && !link->refused && !link->out_size && route_is_done(route)) {
        enum tl_status status = link_stop(route, stop_at(route));
        if (status == TL_OK)
            status = link_write(route, now);
        if (status != TL_OK)
            return status;
    }
    if (link_is_finished(route))
        drive_finish(route);
    return TL_OK;
}

/* Each step ------------------------------------------------------------------------------------------- */

static void open_if_due(struct route *route, uint64_t now)
{
    if (stop_at(route) && is_given_up(route, now)) {
        drive_finish(route);
        return;
    }
    if (now < route->retry_at)
        return;
    enum tl_status status = link_open(route, now);
    if (status != TL_OK)
        drive_break(route, status, now);
}

static bool is_stalled(const struct route *route, uint64_t now)
{
    return route->endpoint_count > 1 && (route->link.blocked || route_is_held(route)) &&
           now - route->link.moved > (uint64_t)route->sender->options.stall_ms * MS;
}

static enum tl_status step(struct route *route, short found, uint64_t now)
{
    struct link *link = &route->link;
    enum tl_status status = TL_OK;

    if (!(found & (POLLHUP | POLLERR)))
        link_believe_sample(route, now);
    if (found || now >= link->deadline)
        status = link_step(route, found, now);

    if (status == TL_END && link->state == TL_SENDER_LINK_STOPPING && link->end.state == TL_SENDER_DONE) {
        drive_finish(route);
        return TL_OK;
    }
    if (status != TL_OK)
        return status;
    if (is_stalled(route, now))
        return TL_TIME_UP;
    status = link_write(route, now);
    if (status == TL_OK && stop_at(route))
        status = go_on_stopping(route, now);
    return status;
}

void drive(struct route *route, short found, uint64_t now)
{
    if (route->link.state == TL_SENDER_LINK_CLOSED)
        return;
    if (stop_at(route) && now >= stop_at(route)) {
        drive_finish(route);
        return;
    }
    if (route->link.state == TL_SENDER_LINK_DOWN)
        open_if_due(route, now);
    if (route->link.state == TL_SENDER_LINK_DOWN || route->link.state == TL_SENDER_LINK_CLOSED)
        return;
    watch_end(route);
    enum tl_status status = step(route, found, now);
    if (status != TL_OK)
        drive_break(route, status, now);
    show(current(route), route->link.state);
}

/* Nothing can be taken before something is confirmed, and nobody says when that is. */
static bool has_to_ask(const struct route *route)
{
    return route->end - route->first == STRETCHES && !link_awaits_acks(&route->link);
}

uint64_t drive_due(const struct route *route, uint64_t now)
{
    const struct link *link = &route->link;
    uint64_t due = stop_at(route) ? stop_at(route) : NEVER;
    uint64_t next = link->deadline;

    if (link->state == TL_SENDER_LINK_CLOSED)
        return NEVER;
    if (link->state == TL_SENDER_LINK_DOWN)
        next = route->retry_at;
    else if (has_to_ask(route) || link->refused || stop_at(route))
        next = now + CLOSE_LOOK;
    else if (link->state == TL_SENDER_LINK_SENDING &&
             next > now + (uint64_t)route->sender->options.delay_ms * MS)
        next = now + (uint64_t)route->sender->options.delay_ms * MS;
    return next < due ? next : due;
}
