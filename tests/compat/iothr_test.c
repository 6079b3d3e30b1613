/* The thread where the original loses, hangs or crashes, and what operators can set. */
#include "proof/test.h"

#include "api_peer.h"
#include "memory_transport.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DNSTAP  "protobuf:dnstap.Dnstap"
#define THREADS 8
#define FRAMES  20000

static char folder[] = "/tmp/tapline-iothr-XXXXXX";
static char path[64], other_path[64];

static void set(const char *words)
{
    setenv("TAPLINE_LIBFSTRM", words, 1);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct fstrm_writer *unix_writer(const char *second_type)
{
    struct fstrm_unix_writer_options *options = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *writer_options = fstrm_writer_options_init();

    fstrm_unix_writer_options_set_socket_path(options, path);
    if (second_type)
        fstrm_writer_options_add_content_type(writer_options, second_type, strlen(second_type));
    fstrm_writer_options_add_content_type(writer_options, DNSTAP, 22);
    struct fstrm_writer *writer = fstrm_unix_writer_init(options, writer_options);
    fstrm_unix_writer_options_destroy(&options);
    fstrm_writer_options_destroy(&writer_options);
    assert_non_null(writer);
    return writer;
}

static struct fstrm_iothr *thread_on(struct fstrm_writer *writer)
{
    struct fstrm_iothr *iothr = fstrm_iothr_init(NULL, &writer);

    assert_non_null(iothr);
    assert_null(writer);
    return iothr;
}

static fstrm_res submit(struct fstrm_iothr *iothr, const char *text, size_t size)
{
    void *frame = malloc(size);

    memcpy(frame, text, size);
    fstrm_res result = fstrm_iothr_submit(iothr, fstrm_iothr_get_input_queue_idx(iothr, 0), frame, size,
                                          fstrm_free_wrapper, NULL);
    if (result != fstrm_res_success)
        free(frame);
    return result;
}

/* Ends the thread, and says after how many milliseconds. */
static uint64_t destroy(struct fstrm_iothr *iothr)
{
    uint64_t since = now_ms();

    fstrm_iothr_destroy(&iothr);
    return now_ms() - since;
}

static void no_peer_holds_up_the_end(void **state)
{
    static const char *const scripts[] = {"....",    "a....",     "ar....",     "arx....",
                                          "arA....", "arAsd....", "arAsdx....", "arF...."};
    static char bytes[1000]; /* of which not all will fit into a socket */
    struct peer peer;

    (void)state;
    set("close=200ms");
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        peer_listen(&peer, path);
        peer_play(&peer, scripts[i]);
        struct fstrm_iothr *iothr = thread_on(unix_writer(NULL));
        for (int frame = 0; frame < 1000; frame++)
            assert_int_equal(submit(iothr, bytes, sizeof(bytes)), fstrm_res_success);
        if (destroy(iothr) >= 3000)
            fail_msg("a peer that plays \"%s\" holds up the end", scripts[i]);
        peer_close(&peer);
        pthread_join(peer.thread, NULL);
    }
}

static void any_even_queue_size_will_do(void **state)
{
    (void)state;
    for (unsigned size = 2; size <= 16384; size += size < 20 ? 2 : 4091) {
        struct fstrm_iothr_options *options = fstrm_iothr_options_init();
        struct fstrm_writer *writer = unix_writer(NULL);
        fstrm_iothr_options_set_input_queue_size(options, size & ~1u);
        struct fstrm_iothr *iothr = fstrm_iothr_init(options, &writer);
        fstrm_iothr_options_destroy(&options);
        assert_non_null(iothr);
        fstrm_iothr_destroy(&iothr);
    }
}

static void what_waits_for_a_peer_arrives_when_it_comes(void **state)
{
    static char frame[1000];
    struct peer peer;
    size_t taken = 0;

    (void)state;
    set("ring-size=256KiB");
    struct fstrm_iothr *iothr = thread_on(unix_writer(NULL));
    while (submit(iothr, frame, sizeof(frame)) == fstrm_res_success)
        taken++;
    assert_in_range(taken, (256 << 10) / 1004 - 1, (256 << 10) / 1004);
    assert_int_equal(submit(iothr, frame, sizeof(frame)), fstrm_res_again);
    static char large[(256 << 10) + 1];
    assert_int_equal(submit(iothr, large, sizeof(large)), fstrm_res_invalid);
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    destroy(iothr);
    pthread_join(peer.thread, NULL);
    assert_int_equal(peer.data_frames, taken);
    assert_true(peer.stopped);
    peer_close(&peer);
}

static void a_transport_that_fails_gets_its_frames_again(void **state)
{
    (void)state;
    set("");
    for (int failing = 1; failing <= 6; failing++) {
        struct memory_transport memory = {.failing_write = failing};
        struct fstrm_rdwr *rdwr = memory_rdwr(&memory, false, true);
        struct fstrm_writer *writer = fstrm_writer_init(NULL, &rdwr);
        struct fstrm_iothr *iothr = thread_on(writer);
        for (char letter = 'a'; letter <= 'd'; letter++) {
            assert_int_equal(submit(iothr, &letter, 1), fstrm_res_success);
            usleep(70000);
        }
        fstrm_iothr_destroy(&iothr);
        char letters[64] = "";
        size_t found = 0;
        for (size_t i = 0; i + 4 < memory.written_size; i++)
            if (memcmp(memory.written + i, "\0\0\0\1", 4) == 0 && memory.written[i + 4] >= 'a' && found < 63)
                letters[found++] = (char)memory.written[i + 4];
        assert_string_equal(letters, "abcd");
        assert_int_equal(memory.opened, memory.closed);
        assert_int_equal(memory.destroyed, 1);
    }
}

static atomic_int slow_opened, slow_closed, slow_destroyed;

static fstrm_res slow_open(void *object)
{
    (void)object;
    atomic_fetch_add(&slow_opened, 1);
    return fstrm_res_success;
}

static fstrm_res slow_write(void *object, const struct iovec *pieces, int count)
{
    (void)object;
    (void)pieces;
    (void)count;
    usleep(50000);
    return fstrm_res_success;
}

static fstrm_res slow_close(void *object)
{
    (void)object;
    atomic_fetch_add(&slow_closed, 1);
    return fstrm_res_success;
}

static fstrm_res slow_destroy(void *object)
{
    (void)object;
    atomic_fetch_add(&slow_destroyed, 1);
    return fstrm_res_success;
}

/* It does not get through with what it was given, and is closed and given back all the same. */
static void a_transport_that_is_too_slow_is_closed(void **state)
{
    static char bytes[1000];
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(NULL);

    (void)state;
    set("close=100ms");
    fstrm_rdwr_set_open(rdwr, slow_open);
    fstrm_rdwr_set_write(rdwr, slow_write);
    fstrm_rdwr_set_close(rdwr, slow_close);
    fstrm_rdwr_set_destroy(rdwr, slow_destroy);
    struct fstrm_iothr *iothr = thread_on(fstrm_writer_init(NULL, &rdwr));
    while (submit(iothr, bytes, sizeof(bytes)) == fstrm_res_success)
        ;
    assert_in_range(destroy(iothr), 50, 2000);
    for (int looks = 0; looks < 500 && atomic_load(&slow_destroyed) == 0; looks++)
        usleep(10000);
    assert_int_equal(atomic_load(&slow_opened), 1);
    assert_int_equal(atomic_load(&slow_closed), 1);
    assert_int_equal(atomic_load(&slow_destroyed), 1);
}

/* The writer shakes hands itself, over both types. */
static void two_content_types_are_offered(void **state)
{
    struct peer peer;

    (void)state;
    set("");
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    struct fstrm_iothr *iothr = thread_on(unix_writer("other"));
    assert_int_equal(submit(iothr, "frame", 5), fstrm_res_success);
    destroy(iothr);
    pthread_join(peer.thread, NULL);
    assert_int_equal(peer.data_frames, 1);
    assert_string_equal(peer.content_type, DNSTAP);
    peer_close(&peer);
}

static void targets_are_instead_of_or_beside_the_own_one(void **state)
{
    struct peer own, other;
    char words[256];

    (void)state;
    peer_listen(&own, path);
    peer_listen(&other, other_path);
    snprintf(words, sizeof(words), "target=unix:%s", other_path);
    set(words);
    peer_play(&other, "arAsdFc");
    struct fstrm_iothr *iothr = thread_on(unix_writer(NULL));
    assert_int_equal(submit(iothr, "frame", 5), fstrm_res_success);
    destroy(iothr);
    pthread_join(other.thread, NULL);
    assert_int_equal(other.data_frames, 1);
    snprintf(words, sizeof(words), "target=unix:%s target=own", other_path);
    set(words);
    peer_play(&own, "arAsdFc");
    peer_play(&other, "arAsdFc");
    iothr = thread_on(unix_writer(NULL));
    assert_int_equal(submit(iothr, "frame", 5), fstrm_res_success);
    destroy(iothr);
    pthread_join(own.thread, NULL);
    pthread_join(other.thread, NULL);
    assert_int_equal(own.data_frames, 1);
    assert_int_equal(other.data_frames, 2);
    peer_close(&own);
    peer_close(&other);
}

static void statistics_are_left_in_a_file(void **state)
{
    struct peer peer;
    char words[256], file_path[128], text[8192] = "";

    (void)state;
    snprintf(words, sizeof(words), "statistics=%s/statistics.%%p", folder);
    set(words);
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    struct fstrm_iothr *iothr = thread_on(unix_writer(NULL));
    for (int i = 0; i < 17; i++)
        assert_int_equal(submit(iothr, "frame", 5), fstrm_res_success);
    destroy(iothr);
    pthread_join(peer.thread, NULL);
    peer_close(&peer);
    snprintf(file_path, sizeof(file_path), "%s/statistics.%d", folder, (int)getpid());
    FILE *file = fopen(file_path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = 0;
    fclose(file);
    unlink(file_path);
    assert_non_null(strstr(text, "submitted 17\n"));
    assert_non_null(strstr(text, "0.sent 17\n"));
}

/* The name server has its dnstap, and the operator a line. */
static void a_bad_setting_is_told_and_ignored(void **state)
{
    struct fstrm_writer *writer = unix_writer(NULL);
    int error = dup(STDERR_FILENO), said[2];
    char text[512] = "";

    (void)state;
    set("retry=5 close=10ms");
    assert_int_equal(pipe(said), 0);
    dup2(said[1], STDERR_FILENO);
    struct fstrm_iothr *iothr = fstrm_iothr_init(NULL, &writer);
    dup2(error, STDERR_FILENO);
    close(error);
    close(said[1]);
    assert_true(read(said[0], text, sizeof(text) - 1) > 0);
    close(said[0]);
    assert_string_equal(text, "libfstrm (tapline): \"retry=5\" is ignored: what would do is 10ms to 10min, "
                              "such as 5s; see libfstrm-tapline(7)\n");
    assert_non_null(iothr);
    assert_null(writer);
    fstrm_iothr_destroy(&iothr);
    set("");
    assert_null(fstrm_iothr_init(NULL, &writer));
}

struct submitter {
    struct fstrm_iothr *iothr;
    struct fstrm_iothr_queue *queue;
    pthread_t thread;
};

static void *submit_many(void *argument)
{
    struct submitter *submitter = argument;

    for (int number = 0; number < FRAMES; number++) {
        void *frame = malloc(100);
        memset(frame, number, 100);
        while (fstrm_iothr_submit(submitter->iothr, submitter->queue, frame, 100, fstrm_free_wrapper, NULL) ==
               fstrm_res_again)
            usleep(1000);
    }
    return NULL;
}

/* All on one queue, and each on its own. */
static void threads_may_share_a_queue(void **state)
{
    struct submitter submitters[THREADS];
    struct peer peer;

    (void)state;
    set("ring-size=4MiB");
    for (int own = 0; own < 2; own++) {
        struct fstrm_iothr_options *options = fstrm_iothr_options_init();
        struct fstrm_writer *writer = unix_writer(NULL);
        peer_listen(&peer, path);
        peer_play(&peer, "arAsdFc");
        fstrm_iothr_options_set_num_input_queues(options, THREADS);
        fstrm_iothr_options_set_queue_model(options, own ? FSTRM_IOTHR_QUEUE_MODEL_SPSC
                                                         : FSTRM_IOTHR_QUEUE_MODEL_MPSC);
        struct fstrm_iothr *iothr = fstrm_iothr_init(options, &writer);
        fstrm_iothr_options_destroy(&options);
        for (size_t i = 0; i < THREADS; i++) {
            submitters[i] = (struct submitter){.iothr = iothr,
                                               .queue = fstrm_iothr_get_input_queue_idx(iothr, own ? i : 0)};
            pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(submitters[i].thread, NULL);
        fstrm_iothr_destroy(&iothr);
        pthread_join(peer.thread, NULL);
        assert_int_equal(peer.data_frames, THREADS * FRAMES);
        peer_close(&peer);
    }
}

/* More queues than there are rings: the rest share one. */
static void there_may_be_more_queues_than_rings(void **state)
{
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    struct fstrm_writer *writer = unix_writer(NULL);
    struct peer peer;

    (void)state;
    set("budget=256KiB");
    peer_listen(&peer, path);
    peer_play(&peer, "arAsdFc");
    fstrm_iothr_options_set_num_input_queues(options, 50);
    struct fstrm_iothr *iothr = fstrm_iothr_init(options, &writer);
    fstrm_iothr_options_destroy(&options);
    assert_non_null(iothr);
    for (int i = 0; i < 50; i++) {
        struct fstrm_iothr_queue *queue = fstrm_iothr_get_input_queue(iothr);
        assert_non_null(queue);
        assert_int_equal(fstrm_iothr_submit(iothr, queue, (void *)(uintptr_t)DNSTAP, 22, NULL, NULL),
                         fstrm_res_success);
    }
    assert_null(fstrm_iothr_get_input_queue(iothr));
    fstrm_iothr_destroy(&iothr);
    pthread_join(peer.thread, NULL);
    assert_int_equal(peer.data_frames, 50);
    peer_close(&peer);
}

static unsigned open_sockets(void)
{
    struct stat found;
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fstat(fd, &found) == 0 && S_ISSOCK(found.st_mode);
    return count;
}

/* The child can neither submit nor disturb: its parent's stream goes on. */
static void a_child_leaves_the_stream_alone(void **state)
{
    static const char *const second_types[] = {
        NULL, "other"}; /* a socket of the sender's, and one of the writer's */
    struct peer peer;
    int status;

    (void)state;
    set("");
    for (int i = 0; i < 2; i++) {
        peer_listen(&peer, path);
        peer_play(&peer, "arAsdFc");
        struct fstrm_iothr *iothr = thread_on(unix_writer(second_types[i]));
        assert_int_equal(submit(iothr, "before", 6), fstrm_res_success);
        usleep(100000);
        pid_t child = fork();
        if (child == 0) {
            unsigned before = open_sockets();
            fstrm_res result = fstrm_iothr_submit(iothr, fstrm_iothr_get_input_queue_idx(iothr, 0),
                                                  (void *)(uintptr_t) "child", 5, NULL, NULL);
            fstrm_iothr_destroy(&iothr);
            _exit(result != fstrm_res_failure ? 1 : open_sockets() + 1 != before ? 2 : 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(submit(iothr, "after", 5), fstrm_res_success);
        destroy(iothr);
        pthread_join(peer.thread, NULL);
        assert_int_equal(peer.data_frames, 2);
        assert_true(peer.stopped);
        peer_close(&peer);
    }
}

static atomic_bool is_over;

static void *submit_until_over(void *argument)
{
    struct fstrm_iothr *iothr = argument;

    while (!atomic_load(&is_over))
        submit(iothr, "frame", 5);
    return NULL;
}

/* The child of a fork that came while a thread was submitting to a queue of all. */
static void a_child_does_not_wait_for_a_queue(void **state)
{
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    struct fstrm_writer *writer = unix_writer(NULL);
    pthread_t thread;
    int status = 0;

    (void)state;
    fstrm_iothr_options_set_queue_model(options, FSTRM_IOTHR_QUEUE_MODEL_MPSC);
    set("close=100ms");
    struct fstrm_iothr *iothr = fstrm_iothr_init(options, &writer);
    assert_non_null(iothr);
    fstrm_iothr_options_destroy(&options);
    atomic_store(&is_over, false);
    assert_int_equal(pthread_create(&thread, NULL, submit_until_over, iothr), 0);
    for (int i = 0; i < 200 && status == 0; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            _exit(fstrm_iothr_submit(iothr, fstrm_iothr_get_input_queue_idx(iothr, 0),
                                     (void *)(uintptr_t) "x", 1, NULL, NULL) == fstrm_res_failure
                      ? 0
                      : 1);
        }
        waitpid(child, &status, 0);
    }
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    destroy(iothr);
    assert_int_equal(status, 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(other_path, sizeof(other_path), "%s/other", folder);
    return 0;
}

static int before_each(void **state)
{
    (void)state;
    set("");
    unlink(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_peer_holds_up_the_end, before_each),
        cmocka_unit_test_setup(any_even_queue_size_will_do, before_each),
        cmocka_unit_test_setup(what_waits_for_a_peer_arrives_when_it_comes, before_each),
        cmocka_unit_test_setup(a_transport_that_fails_gets_its_frames_again, before_each),
        cmocka_unit_test_setup(a_transport_that_is_too_slow_is_closed, before_each),
        cmocka_unit_test_setup(two_content_types_are_offered, before_each),
        cmocka_unit_test_setup(targets_are_instead_of_or_beside_the_own_one, before_each),
        cmocka_unit_test_setup(statistics_are_left_in_a_file, before_each),
        cmocka_unit_test_setup(a_child_does_not_wait_for_a_queue, before_each),
        cmocka_unit_test_setup(a_bad_setting_is_told_and_ignored, before_each),
        cmocka_unit_test_setup(threads_may_share_a_queue, before_each),
        cmocka_unit_test_setup(there_may_be_more_queues_than_rings, before_each),
        cmocka_unit_test_setup(a_child_leaves_the_stream_alone, before_each),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
