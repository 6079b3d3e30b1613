/* send/look_up: where a collector is, as far as it is known without waiting. One for all connections that
 * lead to the same place. */
#ifndef SEND_LOOK_UP_H
#define SEND_LOOK_UP_H

#include <tapline/sender.h>
#include <tapline/stream.h>

#define LOOK_UP_GOOD_MS 10000 /* so long an answer holds; batches make connections often */
#define LOOK_UP_BAD_MS  1000  /* and so long the lack of one */

struct look_up {
    struct tl_look_up *running; /* or NULL */
    struct tl_addresses addresses;
    enum tl_status status; /* of the last answer, with its errno */
    int error;
    uint64_t holds_until_ms; /* 0: there was none */
};

/* The addresses of a tcp endpoint. TL_MORE: they are being looked up, in a thread; ask again when `fd` of
 * look_up_fd is readable. What tl_endpoint_look_up and tl_look_up_start say. */
enum tl_status look_up_addresses(struct look_up *look_up, const struct tl_endpoint *endpoint, uint64_t now_ms,
                                 struct tl_addresses *ret_addresses);

/* -1: nothing is being looked up. */
static inline int look_up_fd(const struct look_up *look_up)
{
    return look_up->running ? tl_look_up_fd(look_up->running) : -1;
}

/* Whatever is still being looked up, nobody waits for it. */
void look_up_done(struct look_up *look_up);

#endif
