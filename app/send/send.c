/* Batches over links. Invariant: a lane is emptied only when every link that sends it is settled. */
#include "send/send.h"

#include "process/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define STEP_SIZE ((size_t)128 << 10) /* bytes that are put before they are written */
#define LOOK_MS   100                 /* a signal may come just before poll(2) */

struct send {
    struct destination destinations[SEND_DESTINATIONS_MAX];
    size_t destination_count;
    struct lane *lanes; /* one for each connection of a destination */
    size_t lane_count;
    struct link *links; /* of the first destination, one for each lane; of the next, ... */
    size_t link_count;
    struct pollfd *fds; /* of the links */
    size_t batch_size;
    const volatile sig_atomic_t *stop;

    size_t next;       /* lane */
    size_t used;       /* bytes of the batch */
    size_t unstepped;  /* of these, put since links were stepped */
    uint64_t begun_ms; /* 0: it is empty */
    uint64_t frames, bytes;
};

static void init_destinations(struct send *send, const struct send_options *options)
{
    for (size_t i = 0; i < options->to_count; i++) {
        struct destination *to = &send->destinations[i];
        to->endpoint = options->to[i];
        to->unidirectional = options->unidirectional;
        to->once = options->once;
        to->timeout_ms = options->timeout_ms;
        to->before_log = options->before_log;
        tl_endpoint_print(&to->endpoint, to->name, sizeof(to->name));
    }
    send->destination_count = options->to_count;
}

struct send *send_new(const struct send_options *options)
{
    struct send *send = calloc(1, sizeof(*send));

    if (!send)
        return NULL;
    init_destinations(send, options);
    send->lane_count = options->connections;
    send->link_count = options->to_count * options->connections;
    send->batch_size = options->batch_size;
    send->stop = options->stop;
    send->lanes = calloc(send->lane_count, sizeof(*send->lanes));
    send->links = calloc(send->link_count, sizeof(*send->links));
    send->fds = calloc(send->link_count, sizeof(*send->fds));
    if (!send->lanes || !send->links || !send->fds) {
        send->link_count = send->lane_count = 0;
        send_free(send);
        return NULL;
    }
    for (size_t i = 0; i < send->link_count; i++)
        link_init(&send->links[i], &send->destinations[i / send->lane_count],
                  &send->lanes[i % send->lane_count]);
    return send;
}

void send_free(struct send *send)
{
    if (!send)
        return;
    for (size_t i = 0; i < send->link_count; i++)
        link_give_up(&send->links[i]);
    for (size_t i = 0; i < send->destination_count; i++)
        look_up_done(&send->destinations[i].look_up);
    for (size_t i = 0; i < send->lane_count; i++)
        lane_done(&send->lanes[i]);
    free(send->links);
    free(send->lanes);
    free(send->fds);
    free(send);
}

void send_step(struct send *send)
{
    uint64_t now = process_clock_ms();

    send->unstepped = 0;
    for (size_t i = 0; i < send->link_count; i++)
        link_step(&send->links[i], now);
}

bool send_put(struct send *send, struct tl_bytes frame)
{
    size_t size = 4 + frame.size;

    if (!lane_put(&send->lanes[send->next], frame))
        return false;
    if (!send->begun_ms)
        send->begun_ms = process_clock_ms();
    send->next = send->next + 1 == send->lane_count ? 0 : send->next + 1;
    send->frames++;
    send->bytes += size;
    send->used += size;
    send->unstepped += size;
    if (send->unstepped >= STEP_SIZE)
        send_step(send);
    return true;
}

bool send_is_due(const struct send *send)
{
    for (size_t i = 0; i < send->destination_count; i++) {
        if (send->destinations[i].is_given_up)
            return true;
    }
    return send->used >= send->batch_size;
}

uint64_t send_begun_ms(const struct send *send)
{
    return send->begun_ms;
}

/* Waits for the links, at most until `until_ms`. */
static void poll_links(struct send *send, uint64_t until_ms)
{
    uint64_t now = process_clock_ms();

    if (until_ms > now + LOOK_MS)
        until_ms = now + LOOK_MS;
    for (size_t i = 0; i < send->link_count; i++) {
        const struct link *link = &send->links[i];
        short events = link_events(link);
        send->fds[i] = (struct pollfd){.fd = events ? link_fd(link) : -1, .events = events};
        if (!link_is_settled(link) && link_due(link) < until_ms)
            until_ms = link_due(link);
    }
    poll(send->fds, send->link_count, until_ms > now ? (int)(until_ms - now) : 0);
}

void send_wait(struct send *send, uint64_t until_ms)
{
    send_step(send);
    while (process_clock_ms() < until_ms && !*send->stop) {
        poll_links(send, until_ms);
        send_step(send);
    }
}

static bool are_settled(const struct send *send)
{
    for (size_t i = 0; i < send->link_count; i++) {
        if (!link_is_settled(&send->links[i]))
            return false;
    }
    return true;
}

/* After `stop` nobody waits for a collector that is away, and not for ever for one that is there. */
static void heed_stop(struct send *send, uint64_t *until_ms)
{
    if (!*send->stop)
        return;
    uint64_t now = process_clock_ms();
    if (*until_ms == UINT64_MAX)
        *until_ms = now + SEND_GRACE_MS;
    for (size_t i = 0; i < send->link_count; i++) {
        struct link *link = &send->links[i];
        if (!link_is_settled(link) && (link_is_away(link) || now >= *until_ms))
            link_give_up(link);
    }
}

static bool begin_batch(struct send *send)
{
    bool is_confirmed = true;

    for (size_t i = 0; i < send->link_count; i++) {
        is_confirmed = is_confirmed && send->links[i].state != LINK_GIVEN_UP;
        link_begin_batch(&send->links[i]);
    }
    for (size_t i = 0; i < send->lane_count; i++)
        lane_clear(&send->lanes[i]);
    send->used = send->unstepped = 0;
    send->begun_ms = 0;
    return is_confirmed;
}

bool send_settle(struct send *send)
{
    uint64_t until_ms = UINT64_MAX;

    for (size_t i = 0; i < send->link_count; i++)
        link_close_batch(&send->links[i]);
    for (;;) {
        send_step(send);
        heed_stop(send, &until_ms);
        if (are_settled(send))
            return begin_batch(send);
        poll_links(send, until_ms);
    }
}

uint64_t send_frames(const struct send *send)
{
    return send->frames;
}

uint64_t send_bytes(const struct send *send)
{
    return send->bytes;
}

const struct destination *send_destination(const struct send *send, size_t index)
{
    return index < send->destination_count ? &send->destinations[index] : NULL;
}
