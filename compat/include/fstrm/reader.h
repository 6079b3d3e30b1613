/* Reads the frames of a stream. Included by <fstrm.h>. */
#ifndef FSTRM_READER_H
#define FSTRM_READER_H

#define FSTRM_READER_MAX_FRAME_SIZE_DEFAULT 1048576 /* bytes */

struct fstrm_reader_options *fstrm_reader_options_init(void);
void fstrm_reader_options_destroy(struct fstrm_reader_options **options);

/* Adds a copy of a content type that is taken; without any, all are. Fails if it is longer than
 * FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX. */
fstrm_res fstrm_reader_options_add_content_type(struct fstrm_reader_options *options,
                                                const void *content_type, size_t size);

/* The longest data frame that is taken: 512 to 2^32 - 2 bytes, failure otherwise. */
fstrm_res fstrm_reader_options_set_max_frame_size(struct fstrm_reader_options *options, size_t size);

/* A reader on `*rdwr`, which it takes (and sets to NULL). NULL if that has no `read`; it is still the
 * caller's then. `options` may be NULL. */
struct fstrm_reader *fstrm_reader_init(const struct fstrm_reader_options *options, struct fstrm_rdwr **rdwr);

/* Closes it if it is open, otherwise returns failure; gives everything back in either case. */
fstrm_res fstrm_reader_destroy(struct fstrm_reader **reader);

/* Opens the stream up to START. Fails if that cannot be, if the content type is not taken, or if it is open
 * already. */
fstrm_res fstrm_reader_open(struct fstrm_reader *reader);

/* Ends it, with FINISH on a connection. Fails if it is not open. */
fstrm_res fstrm_reader_close(struct fstrm_reader *reader);

/* The next data frame, which stays where it is until the next call; opens a reader that was never opened.
 * fstrm_res_stop once, when the stream has ended; failure afterwards. A control frame of unknown type is
 * passed over. A data frame that is too long is a failure, and the stream has then ended. */
fstrm_res fstrm_reader_read(struct fstrm_reader *reader, const uint8_t **data, size_t *size);

/* The control frame START, STOP, READY or ACCEPT that was read or sent, borrowed, or NULL if there was none;
 * opens a reader that was never opened. Failure for any other type. */
fstrm_res fstrm_reader_get_control(struct fstrm_reader *reader, fstrm_control_type type,
                                   const struct fstrm_control **control);

#endif
