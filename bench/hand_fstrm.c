/* Frames handed to libfstrm's I/O thread, with its default settings: as name servers do it, in allocated
 * memory. */
#include "hand.h"

#include <err.h>
#include <fstrm.h>
#include <stdlib.h>
#include <string.h>

static struct fstrm_iothr *thread;
static struct fstrm_iothr_queue *queues[64];
static unsigned sharing = 1; /* threads with one queue */

void hand_open(const char *address, unsigned threads, bool shared)
{
    struct fstrm_unix_writer_options *where = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *what = fstrm_writer_options_init();
    struct fstrm_iothr_options *how = fstrm_iothr_options_init();

    fstrm_unix_writer_options_set_socket_path(where, address + strlen("unix:"));
    fstrm_writer_options_add_content_type(what, "protobuf:dnstap.Dnstap", strlen("protobuf:dnstap.Dnstap"));
    fstrm_iothr_options_set_num_input_queues(how, shared ? 1 : threads);
    if (shared)
        fstrm_iothr_options_set_queue_model(how, FSTRM_IOTHR_QUEUE_MODEL_MPSC);
    struct fstrm_writer *writer = fstrm_unix_writer_init(where, what);
    thread = writer ? fstrm_iothr_init(how, &writer) : NULL;
    if (!thread)
        errx(1, "%s", address);
    for (unsigned i = 0; i < threads; i++)
        queues[i] = fstrm_iothr_get_input_queue_idx(thread, shared ? 0 : i);
    sharing = shared ? threads : 1;
    fstrm_unix_writer_options_destroy(&where);
    fstrm_writer_options_destroy(&what);
    fstrm_iothr_options_destroy(&how);
}

bool hand_over(unsigned number, const uint8_t *frame, size_t size)
{
    uint8_t *copy = malloc(size);

    if (!copy)
        err(1, "frame");
    memcpy(copy, frame, size);
    if (fstrm_iothr_submit(thread, queues[number], copy, size, fstrm_free_wrapper, NULL) == fstrm_res_success)
        return true;
    free(copy);
    return false;
}

unsigned hand_burst(void)
{
    return 400 / sharing;
}

void hand_close(void)
{
    fstrm_iothr_destroy(&thread);
}
