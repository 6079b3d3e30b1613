/* pack/told: what became of a hot segment, in words for the log. */
#ifndef PACK_TOLD_H
#define PACK_TOLD_H

#include "pack/pack.h"

/* Logs what was lost or not tidied up in sealing `hot`, if anything was. True if so. */
bool told_of_losses(const struct tl_archive_segment *hot, const struct pack_result *result);

#endif
