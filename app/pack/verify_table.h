/* pack/verify_table: the parts of a sealed segment's file and the seek table that lists them. */
#ifndef PACK_VERIFY_TABLE_H
#define PACK_VERIFY_TABLE_H

#include "pack/verify.h"

/* The seek table, read anew, lists START, the blocks of `info`, STOP, ledger and contents, and they lie so in
 * the file `fd`, with nothing between or behind them. What is inside blocks, ledger and contents is not
 * looked at. */
void verify_table(struct verify *verify, const char *place, int fd, const struct tl_sealed_info *info);

#endif
