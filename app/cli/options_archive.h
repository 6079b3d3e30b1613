/* cli/options_archive: values of options about packing and keeping, and the archive that they are about,
 * which mean the same in every subcommand. What is wrong with one is said on standard error. */
#ifndef CLI_OPTIONS_ARCHIVE_H
#define CLI_OPTIONS_ARCHIVE_H

#include "pack/retention.h"

#include <tapline/archive.h>

/* --level: 1 to 19. */
bool cli_parse_level(const char *text, int *ret_level);

/* --block-size, in bytes: 16 KiB to 8 MiB. */
bool cli_parse_block_size(const char *text, size_t *ret_size);

/* --keep, a duration; --keep-size, a size; --keep-free, a size or a part of the disk such as "10%". */
bool cli_parse_keep(const char *text, struct retention_options *keep);
bool cli_parse_keep_size(const char *text, struct retention_options *keep);
bool cli_parse_keep_free(const char *text, struct retention_options *keep);

/* An archive that is there, to change it; none is made. The caller closes it with tl_archive_close. */
bool cli_open_archive(const char *path, struct tl_archive **ret_archive);

#endif
