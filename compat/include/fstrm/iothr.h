/* Writes from a thread of its own, for programs that must not wait. Included by <fstrm.h>.
 *
 * A frame that is submitted is copied into a ring of bytes, and given back at once. The thread connects,
 * writes long stretches, connects again when the connection breaks, and then sends again what the peer had
 * not read for certain: each frame arrives at least once. While the collector is away frames wait in the
 * ring, and when that is full the newest are refused. What operators can set beyond these options is in
 * libfstrm-tapline(7). */
#ifndef FSTRM_IOTHR_H
#define FSTRM_IOTHR_H

#include <limits.h>

struct fstrm_iothr_options *fstrm_iothr_options_init(void);
void fstrm_iothr_options_destroy(struct fstrm_iothr_options **options);

/* Each fails, and changes nothing, if the value is out of range. */

/* Bytes that were gathered before they were written. Checked, and without effect here: the ring decides. */
fstrm_res fstrm_iothr_options_set_buffer_hint(struct fstrm_iothr_options *options, unsigned bytes);
#define FSTRM_IOTHR_BUFFER_HINT_MIN     1024
#define FSTRM_IOTHR_BUFFER_HINT_DEFAULT 8192
#define FSTRM_IOTHR_BUFFER_HINT_MAX     65536

/* Seconds a frame may wait before it is written. Here it is 50 ms, whatever is set. */
fstrm_res fstrm_iothr_options_set_flush_timeout(struct fstrm_iothr_options *options, unsigned seconds);
#define FSTRM_IOTHR_FLUSH_TIMEOUT_MIN     1
#define FSTRM_IOTHR_FLUSH_TIMEOUT_DEFAULT 1
#define FSTRM_IOTHR_FLUSH_TIMEOUT_MAX     600

/* Frames of which each queue has room for at least so many, of 1 KiB; an even number. */
fstrm_res fstrm_iothr_options_set_input_queue_size(struct fstrm_iothr_options *options, unsigned frames);
#define FSTRM_IOTHR_INPUT_QUEUE_SIZE_MIN     2
#define FSTRM_IOTHR_INPUT_QUEUE_SIZE_DEFAULT 512
#define FSTRM_IOTHR_INPUT_QUEUE_SIZE_MAX     16384

/* Input queues, one for each thread that submits. */
fstrm_res fstrm_iothr_options_set_num_input_queues(struct fstrm_iothr_options *options, unsigned count);
#define FSTRM_IOTHR_NUM_INPUT_QUEUES_MIN     1
#define FSTRM_IOTHR_NUM_INPUT_QUEUES_DEFAULT 1

/* Frames that were written at once. Checked, and without effect here. */
fstrm_res fstrm_iothr_options_set_output_queue_size(struct fstrm_iothr_options *options, unsigned frames);
#define FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MIN     2
#define FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_DEFAULT 64
#define FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MAX     IOV_MAX

typedef enum {
    FSTRM_IOTHR_QUEUE_MODEL_SPSC, /* one thread at a time submits to a queue */
    FSTRM_IOTHR_QUEUE_MODEL_MPSC, /* any number of threads do */
} fstrm_iothr_queue_model;

fstrm_res fstrm_iothr_options_set_queue_model(struct fstrm_iothr_options *options,
                                              fstrm_iothr_queue_model model);
#define FSTRM_IOTHR_QUEUE_MODEL_DEFAULT FSTRM_IOTHR_QUEUE_MODEL_SPSC

/* Frames that wait before the thread is woken. Checked, and without effect here: bytes decide. */
fstrm_res fstrm_iothr_options_set_queue_notify_threshold(struct fstrm_iothr_options *options,
                                                         unsigned frames);
#define FSTRM_IOTHR_QUEUE_NOTIFY_THRESHOLD_MIN     1
#define FSTRM_IOTHR_QUEUE_NOTIFY_THRESHOLD_DEFAULT 32

/* Seconds between two attempts to open the stream, at most: the first ones follow faster, and when a unix
 * socket appears it is tried at once. */
fstrm_res fstrm_iothr_options_set_reopen_interval(struct fstrm_iothr_options *options, unsigned seconds);
#define FSTRM_IOTHR_REOPEN_INTERVAL_MIN     1
#define FSTRM_IOTHR_REOPEN_INTERVAL_DEFAULT 5
#define FSTRM_IOTHR_REOPEN_INTERVAL_MAX     600

/* Takes `*writer` (and sets it to NULL) and starts the thread, which opens it, if it is not open already.
 * `options` may be NULL. NULL if that fails; the writer is still the caller's then. */
struct fstrm_iothr *fstrm_iothr_init(const struct fstrm_iothr_options *options, struct fstrm_writer **writer);

/* Sends what was submitted, ends the stream, and gives everything back; no thread may submit any more. It
 * takes at most 5 seconds (libfstrm-tapline(7)); what could not be sent by then is given up. */
void fstrm_iothr_destroy(struct fstrm_iothr **iothr);

/* A queue that nobody else got from this function; NULL when there are no more. Any thread. */
struct fstrm_iothr_queue *fstrm_iothr_get_input_queue(struct fstrm_iothr *iothr);

/* The queue number `index`, counted from 0; NULL if there are no so many. Any thread. */
struct fstrm_iothr_queue *fstrm_iothr_get_input_queue_idx(struct fstrm_iothr *iothr, size_t index);

/* Submits a frame, and never waits. On success `data` is the library's, which calls `free_function`, if that
 * is not NULL, exactly once: here before the call returns. Otherwise `data` is still the caller's:
 * fstrm_res_again (the queue is full), fstrm_res_invalid (no data, or more than a queue holds),
 * fstrm_res_failure (the thread has ended). */
fstrm_res fstrm_iothr_submit(struct fstrm_iothr *iothr, struct fstrm_iothr_queue *queue, void *data,
                             size_t size, void (*free_function)(void *data, void *free_data),
                             void *free_data);

/* free(data), for fstrm_iothr_submit. */
void fstrm_free_wrapper(void *data, void *free_data);

#endif
