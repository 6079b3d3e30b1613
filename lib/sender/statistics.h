/* statistics: of a running sender, and the file they are written to. */
#ifndef SENDER_STATISTICS_H
#define SENDER_STATISTICS_H

#include "state.h"

/* When the file is to be written next; NEVER. */
uint64_t statistics_due(const struct tl_sender *sender);

void statistics_write_if_due(struct tl_sender *sender, uint64_t now);

/* Writes the file, if there is to be one. */
void statistics_write(struct tl_sender *sender);

#endif
