/* The file that a sealer writes: frames one behind the other, listed in a seek table. */
#ifndef TL_ARCHIVE_SEALER_FILE_H
#define TL_ARCHIVE_SEALER_FILE_H

#include "seek_table.h"

#include <tapline/archive.h>

/* Zero but for the first three. */
struct sealer_file {
    struct tl_archive *archive;        /* the caller's */
    struct tl_archive_segment segment; /* as the temporary file is named */
    int fd;                            /* of the temporary file; -1: there is none */
    bool made_folder;
    uint64_t size;          /* bytes that were written */
    struct seek_entry last; /* of the frames */
    struct growing table;
};

/* Makes the temporary file, and its folder if it is missing. TL_BAD_ARGUMENT (no name can be made of the
 * segment), TL_SYSTEM. */
enum tl_status tl__sealer_file_make(struct sealer_file *file);

/* Writes a whole zstd or skippable frame and lists it: `size` and `checksum` are those of its content.
 * TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__sealer_file_put(struct sealer_file *file, struct tl_bytes frame, size_t size,
                                   uint32_t checksum);

/* Writes the seek table, and gives the file the name of `named`, lastingly. TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status tl__sealer_file_commit(struct sealer_file *file, const struct tl_archive_segment *named);

/* What was not committed is removed. */
void tl__sealer_file_done(struct sealer_file *file);

#endif
