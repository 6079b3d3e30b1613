/* cli/options_archive: values of options about packing and keeping, which mean the same in every subcommand.
 * What is wrong with one is said on standard error. */
#ifndef CLI_OPTIONS_ARCHIVE_H
#define CLI_OPTIONS_ARCHIVE_H

#include "pack/retention.h"

/* --level: 1 to 19. */
bool cli_parse_level(const char *text, int *ret_level);

/* --block-size, in bytes: 16 KiB to 8 MiB. */
bool cli_parse_block_size(const char *text, size_t *ret_size);

/* --keep, a duration; --keep-size, a size; --keep-free, a size or a part of the disk such as "10%". */
bool cli_parse_keep(const char *text, struct retention_options *keep);
bool cli_parse_keep_size(const char *text, struct retention_options *keep);
bool cli_parse_keep_free(const char *text, struct retention_options *keep);

#endif
