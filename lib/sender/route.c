/* How far a route has come. Invariant: stretches lie in the order in which they are written, each begins and
 * ends with a whole frame, and those of one lane follow each other without a gap, from what is kept to what
 * is taken. */
#include "route.h"

static struct tl_ring *ring_of(const struct route *route, size_t lane)
{
    return &route->sender->lanes[lane].ring;
}

static uint64_t size_of(const struct stretch *stretch)
{
    return stretch->to.bytes - stretch->from.bytes;
}

static void publish(struct cursor *cursor)
{
    __atomic_store_n(&cursor->published, cursor->passed.bytes, __ATOMIC_RELEASE);
}

/* Taking ---------------------------------------------------------------------------------------------- */

static uint64_t waiting_bytes(struct route *route)
{
    uint64_t waiting = 0;

    for (uint64_t i = route->next; i < route->end; i++)
        waiting += size_of(stretch_at(route, i));
    return waiting - route->done;
}

static bool is_full(const struct route *route)
{
    return route->end - route->first == STRETCHES;
}

bool route_is_shut(const struct route *route, size_t lane)
{
    const struct cursor *cursor = &route->cursors[lane];

    return link_awaits_acks(&route->link) &&
           cursor->taken.bytes - cursor->kept >= route->sender->ring_size / 4 * 3;
}

bool route_is_held(const struct route *route)
{
    if (!link_awaits_acks(&route->link))
        return false;
    for (size_t lane = 0; lane < route_lanes(route); lane++) {
        const struct cursor *cursor = &route->cursors[lane];
        if (lane_is_ready(&route->sender->lanes[lane]) && (is_full(route) || route_is_shut(route, lane)) &&
            tl_ring_head(ring_of(route, lane), cursor->taken).bytes != cursor->taken.bytes)
            return true;
    }
    return false;
}

/* From mark to mark, so that a large backlog is confirmed and given up in small parts. */
static uint64_t take_from(struct route *route, size_t lane, uint64_t bytes)
{
    struct cursor *cursor = &route->cursors[lane];
    struct tl_ring *ring = ring_of(route, lane);
    struct tl_ring_mark head = tl_ring_head(ring, cursor->taken);
    uint64_t taken = 0;

    while (taken < bytes && cursor->taken.bytes < head.bytes && !is_full(route) &&
           !route_is_shut(route, lane)) {
        struct stretch *stretch = stretch_at(route, route->end);
        struct tl_ring_mark to = tl_ring_next(ring, cursor->taken, head);
        *stretch = (struct stretch){.lane = (uint32_t)lane, .from = cursor->taken, .to = to};
        taken += size_of(stretch);
        cursor->taken = to;
        route->end++;
    }
    return taken;
}

void route_take(struct route *route, uint64_t bytes)
{
    uint64_t waiting = waiting_bytes(route);
    size_t lanes = route_lanes(route);

    for (size_t i = 0; i < lanes && waiting < bytes; i++) {
        size_t lane = (route->turn + i) % lanes;
        if (lane_is_ready(&route->sender->lanes[lane]))
            waiting += take_from(route, lane, bytes - waiting);
    }
    /* Another comes first the next time, so that no lane's flood holds the others up. */
    route->turn = (route->turn + 1) % lanes;
}

/* Writing --------------------------------------------------------------------------------------------- */

static bool follows(const struct iovec *piece, const struct tl_bytes *more)
{
    return (const uint8_t *)piece->iov_base + piece->iov_len == more->data;
}

/* Adds the bytes, to the last piece if they lie behind it. Returns the number of pieces. */
static int add_piece(struct iovec *pieces, int count, struct tl_bytes more)
{
    if (count && follows(&pieces[count - 1], &more)) {
        pieces[count - 1].iov_len += more.size;
        return count;
    }
    pieces[count].iov_base = (void *)(uintptr_t)more.data;
    pieces[count].iov_len = more.size;
    return count + 1;
}

int route_pieces(struct route *route, struct iovec *pieces, int max, uint64_t bytes)
{
    uint64_t total = 0, done = route->done;
    int found = 0;

    for (uint64_t i = route->next; i < route->end && found + 2 <= max && total < bytes; i++) {
        const struct stretch *stretch = stretch_at(route, i);
        struct tl_bytes parts[2];
        int count = tl_ring_pieces(ring_of(route, stretch->lane), stretch->from.bytes + done,
                                   stretch->to.bytes, parts);
        for (int part = 0; part < count; part++)
            found = add_piece(pieces, found, parts[part]);
        total += size_of(stretch) - done;
        done = 0;
    }
    return found;
}

/* Frames between two marks were written: those that had been before are repeated. */
static void count_written(struct route *route, struct cursor *cursor, struct tl_ring_mark from,
                          struct tl_ring_mark to)
{
    struct tl_sender_endpoint_statistics *counts = &current(route)->counts;
    uint64_t passed = cursor->passed.frames;
    uint64_t again = to.frames <= passed    ? to.frames - from.frames
                     : passed > from.frames ? passed - from.frames
                                            : 0;

    count(&counts->resent, again);
    count(&counts->sent, to.frames - from.frames - again);
    if (to.frames > passed) {
        cursor->passed = to;
        publish(cursor);
    }
}

void route_wrote(struct route *route, uint64_t bytes, uint64_t connection)
{
    uint64_t end = connection - bytes - route->done;

    route->connection = connection;
    count(&current(route)->counts.bytes, bytes);
    route->done += bytes;
    while (route->next < route->end) {
        struct stretch *stretch = stretch_at(route, route->next);
        uint64_t size = size_of(stretch);
        if (route->done < size)
            break;
        struct cursor *cursor = &route->cursors[stretch->lane];
        end += size;
        stretch->end = end;
        route->done -= size;
        route->next++;
        cursor->written = stretch->to.bytes;
        count_written(route, cursor, stretch->from, stretch->to);
    }
}

/* Confirming ------------------------------------------------------------------------------------------ */

void route_confirm(struct route *route, uint64_t connection)
{
    for (; route->first < route->next; route->first++) {
        const struct stretch *stretch = stretch_at(route, route->first);
        if (stretch->end > connection)
            break;
        count(&current(route)->counts.confirmed, stretch->to.frames - stretch->from.frames);
        if (!stretch->given_up)
            route->cursors[stretch->lane].kept = stretch->to.bytes;
    }
}

/* What is written and kept of a lane before this position is given up. */
static void give_up(struct route *route, size_t lane, uint64_t position)
{
    struct cursor *cursor = &route->cursors[lane];

    for (uint64_t i = route->first; i < route->next && cursor->kept < position; i++) {
        struct stretch *stretch = stretch_at(route, i);
        if (stretch->lane != lane || stretch->given_up)
            continue;
        stretch->given_up = true;
        cursor->kept = stretch->to.bytes;
    }
}

void route_limit_kept(struct route *route)
{
    uint64_t most = route->sender->ring_size / 2;

    if (link_awaits_acks(&route->link))
        return;
    for (size_t lane = 0; lane < route_lanes(route); lane++) {
        const struct cursor *cursor = &route->cursors[lane];
        if (cursor->written > cursor->kept && cursor->written - cursor->kept > most)
            give_up(route, lane, cursor->written - most);
    }
}

/* Going back ------------------------------------------------------------------------------------------ */

/* Whole frames of the stretch that was being written have been written. */
static void count_partly_written(struct route *route)
{
    if (route->next == route->end || !route->done)
        return;
    const struct stretch *stretch = stretch_at(route, route->next);
    struct tl_ring_mark to =
        tl_ring_walk(ring_of(route, stretch->lane), stretch->from, stretch->from.bytes + route->done);
    count_written(route, &route->cursors[stretch->lane], stretch->from, to);
}

/* What is not yet written goes back into the lanes. */
static void untake(struct route *route, uint64_t number)
{
    while (route->end > number) {
        const struct stretch *stretch = stretch_at(route, --route->end);
        if (stretch->given_up)
            count(&current(route)->counts.unconfirmed, stretch->to.frames - stretch->from.frames);
        else
            route->cursors[stretch->lane].taken = stretch->from;
    }
}

/* The whole frames that were read of the oldest stretch that was not. */
static void confirm_partly(struct route *route, uint64_t connection)
{
    if (route->first == route->end || (route->first == route->next && !route->done))
        return;
    struct stretch *stretch = stretch_at(route, route->first);
    uint64_t start =
        route->first < route->next ? stretch->end - size_of(stretch) : route->connection - route->done;
    if (connection <= start || stretch->given_up)
        return;
    struct tl_ring_mark to = tl_ring_walk(ring_of(route, stretch->lane), stretch->from,
                                          stretch->from.bytes + (connection - start));
    count(&current(route)->counts.confirmed, to.frames - stretch->from.frames);
    stretch->from = to;
    route->cursors[stretch->lane].kept = to.bytes;
}

void route_rewind(struct route *route, uint64_t connection)
{
    route_confirm(route, connection);
    count_partly_written(route);
    confirm_partly(route, connection);
    untake(route, route->first);
    route->next = route->end;
    route->done = 0;
    route->connection = 0;
    for (size_t lane = 0; lane < route_lanes(route); lane++)
        route->cursors[lane].written = route->cursors[lane].taken.bytes;
}

/* Dropping -------------------------------------------------------------------------------------------- */

bool route_is_within(const struct route *route, size_t lane, uint64_t position)
{
    const struct stretch *stretch = &route->stretches[route->next & (STRETCHES - 1)];

    return route->next < route->end && route->done && stretch->lane == lane && stretch->from.bytes < position;
}

/* Frames that had been sent before and were to be sent again are not dropped, but remain unconfirmed. */
static void count_dropped(struct route *route, struct cursor *cursor, struct tl_ring_mark to,
                          uint64_t *counter)
{
    uint64_t from = cursor->taken.frames, passed = cursor->passed.frames;
    uint64_t sent = passed > from ? (passed < to.frames ? passed : to.frames) - from : 0;

    count(&current(route)->counts.unconfirmed, sent);
    count(counter, to.frames - from - sent);
    if (to.frames > passed) {
        cursor->passed = to;
        publish(cursor);
    }
}

void route_skip(struct route *route, size_t lane, uint64_t position, uint64_t *counter)
{
    struct cursor *cursor = &route->cursors[lane];
    struct tl_ring *ring = ring_of(route, lane);

    untake(route, route->next + (route->done != 0));
    give_up(route, lane, position);
    if (cursor->taken.bytes >= position)
        return;
    struct tl_ring_mark head = tl_ring_head(ring, cursor->taken), to = cursor->taken;
    while (to.bytes < position && to.bytes < head.bytes)
        to = tl_ring_next(ring, to, head);
    count_dropped(route, cursor, to, counter);
    cursor->taken = to;
    cursor->written = to.bytes;
    cursor->kept = to.bytes;
}

bool route_is_done(const struct route *route)
{
    if (route->next < route->end)
        return false;
    for (size_t lane = 0; lane < route_lanes(route); lane++) {
        const struct cursor *cursor = &route->cursors[lane];
        if (lane_is_ready(&route->sender->lanes[lane]) &&
            tl_ring_head(ring_of(route, lane), cursor->taken).bytes != cursor->taken.bytes)
            return false;
    }
    return true;
}
