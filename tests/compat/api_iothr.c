/* The thread: queues, results of submit, who frees what, and what arrives. */
#include "api.h"
#include "api_peer.h"

#include <stdatomic.h>
#include <unistd.h>

static char path[4200];
static atomic_size_t freed;

static void count_free(void *data, void *free_data)
{
    atomic_fetch_add((atomic_size_t *)free_data, 1);
    free(data);
}

static struct fstrm_writer *file_writer(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_writer_options *writer_options = dnstap_options();

    fstrm_file_options_set_file_path(options, path);
    struct fstrm_writer *writer = fstrm_file_writer_init(options, writer_options);
    fstrm_file_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    return writer;
}

static struct fstrm_iothr *thread_on(struct fstrm_writer *writer, unsigned queues,
                                     fstrm_iothr_queue_model model)
{
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();

    fstrm_iothr_options_set_num_input_queues(options, queues);
    fstrm_iothr_options_set_queue_model(options, model);
    fstrm_iothr_options_set_reopen_interval(options, 1);
    struct fstrm_iothr *iothr = fstrm_iothr_init(options, &writer);
    say_made("iothr", iothr);
    say_made("iothr, the writer afterwards", writer);
    fstrm_iothr_options_destroy(&options);
    return iothr;
}

static void say_frames(void)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    const uint8_t *data;
    size_t size, count = 0, out_of_order = 0;
    int last[8] = {0};
    fstrm_res result;

    fstrm_file_options_set_file_path(options, path);
    struct fstrm_reader *reader = fstrm_file_reader_init(options, NULL);
    fstrm_file_options_destroy(&options);
    while ((result = fstrm_reader_read(reader, &data, &size)) == fstrm_res_success) {
        int queue = 0, number = 0;
        sscanf((const char *)data, "%d %d", &queue, &number);
        out_of_order += number != ++last[queue % 8];
        count++;
    }
    printf("iothr file: %zu frames, %zu out of order, %s\n", count, out_of_order, said(result));
    fstrm_reader_destroy(&reader);
}

static void queues_and_results(void)
{
    struct fstrm_iothr *iothr = thread_on(file_writer(), 3, FSTRM_IOTHR_QUEUE_MODEL_SPSC);
    struct fstrm_iothr_queue *queues[5];
    char *frame = strdup("0 1");

    for (int i = 0; i < 5; i++) {
        queues[i] = fstrm_iothr_get_input_queue(iothr);
        printf("iothr queue %d: %s\n", i, queues[i] ? "there" : "NULL");
    }
    for (size_t i = 0; i < 5; i++)
        printf("iothr queue by number %zu: %s\n", i,
               fstrm_iothr_get_input_queue_idx(iothr, i) ? "there" : "NULL");
    printf("iothr queues differ: %d, are the same by number: %d\n",
           queues[0] != queues[1] && queues[1] != queues[2],
           fstrm_iothr_get_input_queue_idx(iothr, 1) == fstrm_iothr_get_input_queue_idx(iothr, 1));
    say("iothr submit NULL", fstrm_iothr_submit(iothr, queues[0], NULL, 1, count_free, &freed));
    say("iothr submit nothing", fstrm_iothr_submit(iothr, queues[0], frame, 0, count_free, &freed));
    say("iothr submit 2^32 - 1", fstrm_iothr_submit(iothr, queues[0], frame, UINT32_MAX, count_free, &freed));
    say("iothr submit 2^32",
        fstrm_iothr_submit(iothr, queues[0], frame, (size_t)UINT32_MAX + 1, count_free, &freed));
    say_number("iothr freed", atomic_load(&freed));
    say("iothr submit", fstrm_iothr_submit(iothr, queues[0], frame, 4, count_free, &freed));
    say("iothr submit, wrapper",
        fstrm_iothr_submit(iothr, queues[1], strdup("1 1"), 4, fstrm_free_wrapper, NULL));
    say("iothr submit, no function",
        fstrm_iothr_submit(iothr, queues[2], (void *)(uintptr_t) "2 1", 4, NULL, NULL));
    fstrm_iothr_destroy(&iothr);
    say_made("iothr destroyed", iothr);
    fstrm_iothr_destroy(&iothr);
    say_number("iothr freed", atomic_load(&freed));
    say_frames();
}

/* Slowly enough that nothing need be dropped. */
static void many(fstrm_iothr_queue_model model, struct fstrm_writer *writer)
{
    struct fstrm_iothr *iothr = thread_on(writer, 4, model);
    struct fstrm_iothr_queue *queues[4];
    size_t refused = 0;

    atomic_store(&freed, 0);
    for (int i = 0; i < 4; i++)
        queues[i] = fstrm_iothr_get_input_queue(iothr);
    for (int number = 1; number <= 400; number++) {
        for (int i = 0; i < 4; i++) {
            char *frame = malloc(32);
            int size = snprintf(frame, 32, "%d %d", i, number) + 1;
            if (fstrm_iothr_submit(iothr, queues[i], frame, (size_t)size, count_free, &freed) !=
                fstrm_res_success) {
                free(frame);
                refused++;
            }
        }
    }
    fstrm_iothr_destroy(&iothr);
    printf("iothr many: %zu refused, %zu freed\n", refused, atomic_load(&freed));
}

static void on_sockets(void)
{
    struct peer peer;
    struct fstrm_writer *writer;

    printf("iothr on a unix socket\n");
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    many(FSTRM_IOTHR_QUEUE_MODEL_SPSC, unix_writer(path));
    peer_join(&peer);
    printf("iothr on a writer that was opened before\n");
    writer = unix_writer(path);
    peer_play(&peer, "arAsdFc");
    say("writer open", fstrm_writer_open(writer));
    many(FSTRM_IOTHR_QUEUE_MODEL_MPSC, writer);
    peer_join(&peer);
    peer_close(&peer);
    unlink(path);
    printf("iothr without a peer, and without frames\n");
    struct fstrm_iothr *iothr = thread_on(unix_writer(path), 1, FSTRM_IOTHR_QUEUE_MODEL_SPSC);
    fstrm_iothr_destroy(&iothr);
}

static void on_tape(void)
{
    static struct tape tape = {.is_quiet = true};
    struct fstrm_writer_options *options = dnstap_options();
    struct fstrm_rdwr *rdwr = tape_rdwr(&tape, TAPE_WRITES);
    struct fstrm_writer *writer = fstrm_writer_init(options, &rdwr);

    fstrm_writer_options_destroy(&options);
    printf("iothr on a transport of the program's\n");
    struct fstrm_iothr *iothr = thread_on(writer, 1, FSTRM_IOTHR_QUEUE_MODEL_SPSC);
    struct fstrm_iothr_queue *queue = fstrm_iothr_get_input_queue(iothr);
    say("iothr submit", fstrm_iothr_submit(iothr, queue, strdup("frame"), 5, fstrm_free_wrapper, NULL));
    fstrm_iothr_destroy(&iothr);
    printf("%s", tape.said);
}

static void without_options(void)
{
    struct fstrm_writer *writer = file_writer();
    struct fstrm_iothr *iothr = fstrm_iothr_init(NULL, &writer);

    say_made("iothr without options", iothr);
    struct fstrm_iothr_queue *queue = fstrm_iothr_get_input_queue(iothr);
    say_made("iothr without options, its queue", queue);
    say_made("iothr without options, its second queue", fstrm_iothr_get_input_queue(iothr));
    say("iothr submit", fstrm_iothr_submit(iothr, queue, strdup("0 1"), 4, fstrm_free_wrapper, NULL));
    fstrm_iothr_destroy(&iothr);
    say_frames();
}

void api_iothr(const char *folder)
{
    snprintf(path, sizeof(path), "%.4000s/frames", folder);
    queues_and_results();
    without_options();
    many(FSTRM_IOTHR_QUEUE_MODEL_SPSC, file_writer());
    say_frames();
    many(FSTRM_IOTHR_QUEUE_MODEL_MPSC, file_writer());
    say_frames();
    on_tape();
    snprintf(path, sizeof(path), "%.90s/socket", folder);
    on_sockets();
}
