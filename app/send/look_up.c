/* Looking up a collector. Invariant: at most one look-up runs for a place, however many ask and however long
 * it takes, and what it found is kept for all of them. */
#include "send/look_up.h"

#include <errno.h>

static void keep(struct look_up *look_up, enum tl_status status, uint64_t now_ms)
{
    look_up->status = status;
    look_up->error = errno;
    look_up->holds_until_ms = now_ms + (status == TL_OK ? LOOK_UP_GOOD_MS : LOOK_UP_BAD_MS);
}

enum tl_status look_up_addresses(struct look_up *look_up, const struct tl_endpoint *endpoint, uint64_t now_ms,
                                 struct tl_addresses *ret_addresses)
{
    enum tl_status status;

    if (!look_up->running && now_ms >= look_up->holds_until_ms) {
        status = tl_endpoint_look_up(endpoint, false, ret_addresses); /* a number needs nobody */
        if (status != TL_BAD_TEXT)
            return status;
        status = tl_look_up_start(endpoint, &look_up->running);
        if (status != TL_OK)
            return status;
    }
    if (look_up->running) {
        status = tl_look_up_result(look_up->running, &look_up->addresses);
        if (status == TL_MORE)
            return status;
        keep(look_up, status, now_ms);
        look_up_done(look_up);
    }
    if (look_up->status == TL_OK)
        *ret_addresses = look_up->addresses;
    errno = look_up->error;
    return look_up->status;
}

void look_up_done(struct look_up *look_up)
{
    tl_look_up_free(look_up->running);
    look_up->running = NULL;
}
