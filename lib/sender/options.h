/* options: what the caller wishes, with the defaults filled in, copied and checked. */
#ifndef SENDER_OPTIONS_H
#define SENDER_OPTIONS_H

#include "state.h"

/* Fills sender->options, the endpoints, ring_size and lane_count. The descriptors and transports are not yet
 * the sender's. */
enum tl_status options_take(struct tl_sender *sender, const struct tl_sender_options *options);

#endif
