/* Telling losses. Invariant: `known` is never more than what a collector was told and has, and `told` never
 * less; what is told is what was dropped since `known`, so that nothing is missing whichever connection it
 * goes over, and nothing counts twice for who remembers what it heard. */
#include "losses.h"

#define PACE 20000000u /* ns between two looks */

/* Sums over the lanes, and of the route's own drops, by cause. */
static void sum_up(const struct route *route, uint64_t totals[LOSS_CAUSES])
{
    const struct tl_sender *sender = route->sender;

    memset(totals, 0, LOSS_CAUSES * sizeof(*totals));
    for (size_t i = 0; i <= sender->lane_count; i++) {
        const struct tl_sender_lane *lane = &sender->lanes[i];
        totals[TL_LOSS_FULL] += counted(&lane->dropped_full);
        totals[TL_LOSS_TOO_LONG] += counted(&lane->dropped_too_long);
        totals[TL_LOSS_CONTENDED] += counted(&lane->dropped_contended);
        totals[TL_LOSS_NO_MEMORY] += counted(&lane->dropped_no_memory);
        totals[TL_LOSS_STOPPED] += counted(&lane->dropped_stopped);
    }
    for (size_t i = 0; i < route->endpoint_count; i++) {
        totals[TL_LOSS_OLDEST] += counted(&route->endpoints[i].counts.dropped_oldest);
        totals[TL_LOSS_LAGGING] += counted(&route->endpoints[i].counts.dropped_lagging);
    }
}

bool losses_are_due(struct route *route, uint64_t now, bool is_last)
{
    const struct link *link = &route->link;
    uint64_t totals[LOSS_CAUSES];

    /* One after the other: what is told more often than the answers come would never be known to be known. */
    if (!link->end.acknowledged || !link->has_ack || (!is_last && (now < route->losses_at || link->told_at)))
        return false;
    sum_up(route, totals);
    /* Looked at again at once, if it must wait for a frame's end. */
    if (memcmp(totals, link->told, sizeof(totals)) != 0)
        return true;
    route->losses_at = now + PACE;
    return false;
}

void losses_put(struct route *route, uint64_t now)
{
    struct link *link = &route->link;
    struct tl_loss loss = {.sender = route->sender->id};
    size_t size = 0;

    sum_up(route, link->told);
    route->losses_at = now + PACE;
    for (uint32_t cause = 1; cause < LOSS_CAUSES; cause++) {
        if (link->told[cause] > route->known[cause])
            loss.lost[loss.count++] = (struct tl_lost){cause, route->known[cause], link->told[cause]};
    }
    if (!loss.count || tl_loss_encode(&loss, link->out, sizeof(link->out), &size) != TL_OK)
        return;
    link->out_size = size;
    link->told_at = link->written + size;
}

void losses_confirm(struct route *route, uint64_t connection)
{
    struct link *link = &route->link;

    if (!link->told_at || connection < link->told_at)
        return;
    link->told_at = 0;
    for (uint32_t cause = 1; cause < LOSS_CAUSES; cause++) {
        count(&current(route)->counts.reported, link->told[cause] - route->known[cause]);
        route->known[cause] = link->told[cause];
    }
}
