/* Streams in files. Included by <fstrm.h>. */
#ifndef FSTRM_FILE_H
#define FSTRM_FILE_H

struct fstrm_file_options *fstrm_file_options_init(void);
void fstrm_file_options_destroy(struct fstrm_file_options **options);

/* Copies the path. "-" is standard input or output; NULL takes the path back. */
void fstrm_file_options_set_file_path(struct fstrm_file_options *options, const char *path);

/* NULL if there is no path. The file is opened by fstrm_reader_open, which may come by itself with the first
 * read. A file that ends without STOP ends the stream, as one with STOP does. `reader_options` may be NULL.
 */
struct fstrm_reader *fstrm_file_reader_init(const struct fstrm_file_options *options,
                                            const struct fstrm_reader_options *reader_options);

/* As above. Opening empties a file that is there. What could not be written whole (the disk is full) is taken
 * back, and when the writer is opened again after that, it goes on behind the last whole frame. */
struct fstrm_writer *fstrm_file_writer_init(const struct fstrm_file_options *options,
                                            const struct fstrm_writer_options *writer_options);

#endif
