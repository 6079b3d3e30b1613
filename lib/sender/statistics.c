/* Counts of a running sender. Invariant: counters are read in the order against that of the frames - what
 * became of them before how many there were - so that nothing seems to have been sent that was not submitted.
 */
#include "statistics.h"

static const char *const link_names[] = {
    [TL_SENDER_LINK_DOWN] = "down",         [TL_SENDER_LINK_CONNECTING] = "connecting",
    [TL_SENDER_LINK_GREETING] = "greeting", [TL_SENDER_LINK_SENDING] = "sending",
    [TL_SENDER_LINK_STOPPING] = "stopping", [TL_SENDER_LINK_CLOSED] = "closed",
};

const char *tl_sender_link_name(enum tl_sender_link link)
{
    return (unsigned)link < sizeof(link_names) / sizeof(*link_names) ? link_names[link] : NULL;
}

/* Reading --------------------------------------------------------------------------------------------- */

static void read_endpoint(const struct tl_sender_endpoint_statistics *from,
                          struct tl_sender_endpoint_statistics *to)
{
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) to->name = counted(&from->name);
#include <tapline/sender_counters.def>
    to->link = __atomic_load_n(&from->link, __ATOMIC_RELAXED);
    to->failure = __atomic_load_n(&from->failure, __ATOMIC_RELAXED);
    to->error = __atomic_load_n(&from->error, __ATOMIC_RELAXED);
    to->failed_in = __atomic_load_n(&from->failed_in, __ATOMIC_RELAXED);
    to->failed_at = counted(&from->failed_at);
}

static void read_lane(const struct tl_sender_lane *lane, struct tl_sender_lane_statistics *to)
{
    memset(to, 0, sizeof(*to));
    to->dropped_full = counted(&lane->dropped_full);
    to->dropped_too_long = counted(&lane->dropped_too_long);
    to->dropped_contended = counted(&lane->dropped_contended);
    to->dropped_no_memory = counted(&lane->dropped_no_memory);
    to->dropped_stopped = counted(&lane->dropped_stopped);
    if (!lane_is_ready(lane))
        return;
    uint32_t tail = (uint32_t)__atomic_load_n(&lane->ring.tail, __ATOMIC_ACQUIRE);
    to->accepted = counted(&lane->ring.put.frames);
    to->ring_size = tl_ring_size(&lane->ring);
    to->used = (uint32_t)__atomic_load_n(&lane->ring.head, __ATOMIC_ACQUIRE) - tail;
    to->high_water = counted(&lane->high_water);
    if (to->dropped_full)
        to->high_water = to->ring_size;
    else if (to->used > to->high_water)
        to->high_water = to->used;
}

static void add_lane(struct tl_sender_lane_statistics *sum, const struct tl_sender_lane_statistics *lane)
{
#define TL_SENDER_LANE_COUNTER(name, sentence) sum->name += lane->name;
#include <tapline/sender_counters.def>
    sum->ring_size += lane->ring_size;
    sum->used += lane->used;
    if (lane->high_water > sum->high_water)
        sum->high_water = lane->high_water;
}

static uint64_t settled(const struct tl_sender_endpoint_statistics *of)
{
    return of->sent + of->dropped_oldest + of->dropped_lagging + of->dropped_at_close;
}

/* After the end nothing waits: who still submitted while the sender was stopped has lost it. */
static void set_waiting(struct tl_sender_endpoint_statistics *of, uint64_t waiting)
{
    if (of->link == TL_SENDER_LINK_CLOSED)
        of->dropped_at_close += waiting;
    else
        of->waiting = waiting;
}

void tl_sender_statistics(struct tl_sender *sender, struct tl_sender_statistics *ret_statistics)
{
    struct tl_sender_statistics *to = ret_statistics;
    struct tl_sender_lane_statistics lane;
    uint64_t all = 0;

    memset(to, 0, sizeof(*to));
    to->statistics_failures = counted(&sender->statistics_failures);
    to->statistics_error = __atomic_load_n(&sender->statistics_error, __ATOMIC_RELAXED);
    to->endpoint_count = sender->endpoint_count;
    for (size_t i = 0; i < sender->endpoint_count; i++) {
        read_endpoint(&sender->endpoints[i].counts, &to->endpoints[i]);
        all += settled(&to->endpoints[i]);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    for (size_t i = 0; i <= sender->lane_count; i++) {
        read_lane(&sender->lanes[i], &lane);
        add_lane(&to->lanes, &lane);
    }
#define TL_SENDER_LANE_COUNTER(name, sentence) to->submitted += to->lanes.name;
#include <tapline/sender_counters.def>
    if (sender->options.mode == TL_SENDER_FAILOVER) {
        size_t turn = __atomic_load_n(&sender->routes[0].current, __ATOMIC_RELAXED);
        set_waiting(&to->endpoints[turn], to->lanes.accepted - all);
        return;
    }
    for (size_t i = 0; i < sender->endpoint_count; i++)
        set_waiting(&to->endpoints[i], to->lanes.accepted - settled(&to->endpoints[i]));
}

enum tl_status tl_sender_lane_statistics(struct tl_sender *sender, size_t index,
                                         struct tl_sender_lane_statistics *ret_statistics)
{
    if (index > sender->lane_count)
        return TL_BAD_ARGUMENT;
    read_lane(&sender->lanes[index], ret_statistics);
    return TL_OK;
}
