/* Frames to the caller's callbacks. Invariant: each piece handed out is the payload of one whole frame, in
 * one stretch of memory. */
#include "transport.h"

#include "route.h"

#define FRAMES_A_WRITE 256
#define WRITES_A_STEP  16
#define WRITE_BYTES    ((uint64_t)256 << 10)

enum tl_status transport_open(struct endpoint *endpoint)
{
    return endpoint->transport.open ? endpoint->transport.open(endpoint->transport.context) : TL_OK;
}

void transport_close(struct endpoint *endpoint, bool in_order)
{
    if (endpoint->transport.close)
        endpoint->transport.close(endpoint->transport.context, in_order);
}

/* The payload between two positions; one that goes over the ring's end is copied to where it is whole. */
static struct iovec payload_of(struct route *route, const struct tl_ring *ring, uint64_t from, uint64_t to)
{
    struct tl_bytes parts[2];

    if (tl_ring_pieces(ring, from, to, parts) == 1)
        return (struct iovec){(void *)(uintptr_t)parts[0].data, parts[0].size};
    memcpy(route->unwrapped, parts[0].data, parts[0].size);
    memcpy(route->unwrapped + parts[0].size, parts[1].data, parts[1].size);
    return (struct iovec){route->unwrapped, (size_t)(to - from)};
}

/* The frames of the stretch that is being written, from where it is at. Only one of them can go over the
 * ring's end. */
static int frames_to_write(struct route *route, struct iovec *frames, uint64_t *sizes)
{
    const struct stretch *stretch = stretch_at(route, route->next);
    const struct tl_ring *ring = &route->sender->lanes[stretch->lane].ring;
    struct tl_ring_mark at = {stretch->from.bytes + route->done, 0};
    int found = 0;

    for (; found < FRAMES_A_WRITE && at.bytes < stretch->to.bytes; found++) {
        struct tl_ring_mark next = tl_ring_first(ring, at);
        frames[found] = payload_of(route, ring, at.bytes + TL_RING_FRAME_EXTRA, next.bytes);
        sizes[found] = next.bytes - at.bytes;
        at = next;
    }
    return found;
}

enum tl_status transport_write(struct route *route, uint64_t now)
{
    const struct tl_sender_transport *transport = &current(route)->transport;
    struct iovec frames[FRAMES_A_WRITE];
    uint64_t sizes[FRAMES_A_WRITE], size;
    enum tl_status status = TL_OK;

    /* Not to be left within a stretch. */
    for (unsigned turn = 0; (turn < WRITES_A_STEP || route->done) && status == TL_OK; turn++) {
        route_take(route, WRITE_BYTES);
        if (route->next == route->end)
            break;
        int found = frames_to_write(route, frames, sizes), done = 0;
        status = transport->write(transport->context, frames, found, &done);
        if (status == TL_OK || done > found)
            done = found;
        size = 0;
        for (int i = 0; i < done; i++)
            size += sizes[i];
        route->link.written += size;
        route->link.moved = now;
        count(&current(route)->counts.writes, 1);
        route_wrote(route, size, route->link.written);
        route_confirm(route, route->link.written);
    }
    return status;
}
