/* What moves the bytes of a stream: five functions and the object they work on, for readers and writers over
 * transports of the program's own. Included by <fstrm.h>.
 *
 * A reader needs `read`, a writer `write`. One that has both is a connection, on which a reader and a writer
 * shake hands (READY, ACCEPT, ..., FINISH); with one of them only the stream goes in one direction. `open`
 * and `close` are needed, `destroy` is not. After `read` or `write` failed, `close` is called. */
#ifndef FSTRM_RDWR_H
#define FSTRM_RDWR_H

/* Each gets the object that was given to fstrm_rdwr_init. */
typedef fstrm_res (*fstrm_rdwr_destroy_func)(void *object);
typedef fstrm_res (*fstrm_rdwr_open_func)(void *object);
typedef fstrm_res (*fstrm_rdwr_close_func)(void *object);

/* All `size` bytes (success), or the end of the stream (stop), or failure. */
typedef fstrm_res (*fstrm_rdwr_read_func)(void *object, void *data, size_t size);

/* Everything, or failure. A control frame comes as one piece; of each data frame there are two, its length in
 * 4 bytes and its payload. */
typedef fstrm_res (*fstrm_rdwr_write_func)(void *object, const struct iovec *pieces, int count);

/* `object` may be NULL. */
struct fstrm_rdwr *fstrm_rdwr_init(void *object);

/* Returns what the object's `destroy` says, success if it has none. */
fstrm_res fstrm_rdwr_destroy(struct fstrm_rdwr **rdwr);

/* These call the function of the object, and fail if it is not set. While it is not open fstrm_rdwr_read and
 * _write fail as well, and fstrm_rdwr_close succeeds without calling anything. */
fstrm_res fstrm_rdwr_open(struct fstrm_rdwr *rdwr);
fstrm_res fstrm_rdwr_close(struct fstrm_rdwr *rdwr);
fstrm_res fstrm_rdwr_read(struct fstrm_rdwr *rdwr, void *data, size_t size);
fstrm_res fstrm_rdwr_write(struct fstrm_rdwr *rdwr, const struct iovec *pieces, int count);

void fstrm_rdwr_set_destroy(struct fstrm_rdwr *rdwr, fstrm_rdwr_destroy_func function);
void fstrm_rdwr_set_open(struct fstrm_rdwr *rdwr, fstrm_rdwr_open_func function);
void fstrm_rdwr_set_close(struct fstrm_rdwr *rdwr, fstrm_rdwr_close_func function);
void fstrm_rdwr_set_read(struct fstrm_rdwr *rdwr, fstrm_rdwr_read_func function);
void fstrm_rdwr_set_write(struct fstrm_rdwr *rdwr, fstrm_rdwr_write_func function);

#endif
