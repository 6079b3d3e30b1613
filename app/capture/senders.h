/* capture/senders: what senders have told of frames that they dropped, so that each is entered once, however
 * often it is told. Of each sender and cause the total that is known; those that were silent for longest give
 * way when there are too many (SENDERS_MAX). Belongs to the loop's thread. */
#ifndef CAPTURE_SENDERS_H
#define CAPTURE_SENDERS_H

#include "capture/queue.h"

#include <tapline/archive.h>
#include <tapline/frame.h>

#define SENDERS_MAX 4096u /* of senders' causes */

struct senders;

/* NULL without memory. */
struct senders *senders_new(void);
void senders_free(struct senders *senders);

/* Of what `loss` says, that which was not known, and is known from now on. Returns how many. */
uint32_t senders_take(struct senders *senders, const struct tl_loss *loss,
                      struct queue_lost ret_lost[QUEUE_LOST_MAX]);

/* Learns what a ledger's stream says. */
void senders_learn(struct senders *senders, struct tl_bytes ledger);

/* The same of an archive: of its hot segments, and of the newest sealed one. What cannot be read is passed
 * over. */
void senders_learn_archive(struct senders *senders, const struct tl_archive *archive);

/* What a ledger calls a cause: "sender full". */
#define SENDERS_CAUSE_SIZE 32
const char *senders_cause_text(uint8_t cause, char text[SENDERS_CAUSE_SIZE]);

#endif
