/* Frames handed to tapline's sender, with its default settings. */
#include "hand.h"

#include <tapline/sender.h>

#include <err.h>
#include <stdlib.h>

static struct tl_sender *sender;
static struct tl_sender_lane *lanes[64];
static unsigned sharing = 1; /* threads with one lane */

void hand_open(const char *address, unsigned threads, bool shared)
{
    struct tl_sender_options options = {.endpoints = {{.address = address}}, .close_ms = 60000};

    if (tl_sender_new(&options, &sender) != TL_OK || tl_sender_start(sender) != TL_OK)
        err(1, "%s", address);
    for (unsigned i = 0; i < threads; i++) {
        lanes[i] = shared ? tl_sender_lane_shared(sender) : tl_sender_lane_claim(sender);
        if (!lanes[i])
            err(1, "lane");
    }
    sharing = shared ? threads : 1;
}

bool hand_over(unsigned thread, const uint8_t *frame, size_t size)
{
    return tl_sender_submit(lanes[thread], tl_bytes(frame, size)) == TL_OK;
}

unsigned hand_burst(void)
{
    return 2000 / sharing;
}

void hand_close(void)
{
    if (tl_sender_stop(sender) != TL_OK)
        errx(1, "not everything was sent");
    tl_sender_free(sender);
}
