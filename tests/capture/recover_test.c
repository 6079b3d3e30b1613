/* Recovery: a run is broken off in each state that its file, its queue and its connections can be in, and the
 * next start brings every frame into a file exactly once. A run is "killed" by unmapping its queue and doing
 * nothing else. */
#include "broken_off.h"

#include "capture/recover.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct run {
    struct queue queue;
    struct output output;
    struct output_options options;
    struct line line;
    struct sent sent;
};

/* A run with one connection that has sent START. */
static struct run *run_new(void)
{
    struct run *run = calloc(1, sizeof(*run));
    char path[PATH_MAX];
    bool is_old;
    int fd = lock_queue(&is_old);

    assert_false(is_old);
    assert_int_equal(queue_init(&run->queue, fd, QUEUE_SIZE_MIN, LIMIT), 0);
    run->options.pattern = "out";
    output_init(&run->output, &run->options, run->queue.head);
    assert_int_equal(output_open(&run->output, 0, path), 0);
    run->queue.peers[5].serial = 1;
    line_open(&run->line, &run->queue.peers[5]);
    return run;
}

static void send_bytes(struct run *run, const void *bytes, size_t size)
{
    line_send_bytes(&run->line, bytes, size);
}

static void run_receive(struct run *run)
{
    line_receive(&run->line, &run->queue);
}

static void run_send(struct run *run, uint32_t size, bool is_kept)
{
    line_send(&run->line, &run->queue, &run->sent, size, is_kept);
}

static void run_write(struct run *run, size_t size, bool releases)
{
    write_some(&run->output, &run->queue, size, releases);
}

static struct queue_file *file_of(struct run *run)
{
    return &run->queue.head->files[run->queue.head->file];
}

static void run_kill(struct run *run)
{
    line_kill(&run->line);
    if (run->output.fd >= 0)
        close(run->output.fd);
    queue_done(&run->queue);
}

/* The next start, up to where it lays out its own queue. */
static int recover(const struct run *run)
{
    bool is_old;
    int fd = lock_queue(&is_old);

    assert_true(is_old);
    int result = recover_queue(fd, "queue", &run->options);
    close(fd);
    return result;
}

static void check_file(const struct run *run, const char *path, size_t from, size_t to)
{
    check_rows(&run->sent, path, from, to);
    assert_int_not_equal(access("out.part", F_OK), 0);
}

/* Everything is in one file, and doing it all once more changes nothing. */
static void check_recovery(struct run *run)
{
    run_kill(run);
    assert_int_equal(recover(run), 0);
    check_file(run, "out", 0, run->sent.size);
    assert_int_equal(recover(run), 0);
    check_file(run, "out", 0, run->sent.size);
    assert_int_not_equal(access("out.000001", F_OK), 0);
    free(run);
}

/* The writer's states -------------------------------------------------------------------------------------
 */

static void test_written(void **state)
{
    (void)state;
    for (int releases = 0; releases < 2; releases++) {
        for (size_t size = 0; size <= 60000; size += 7500) {
            struct run *run = run_new();
            for (int i = 0; i < 10; i++)
                run_send(run, 5000, true);
            run_write(run, size, releases);
            check_recovery(run);
            work_folder_clear(NULL);
        }
    }
}

/* Killed between the write of the pieces' bytes and the entry of the push in the connection. */
static void test_push_cut_short(void **state)
{
    (void)state;
    for (int is_written = 0; is_written < 2; is_written++) {
        struct run *run = run_new();
        run_send(run, 100, true);
        uint64_t walked = run->line.connection.peer->walked;
        run_send(run, 40000, true);
        if (is_written)
            run_write(run, SIZE_MAX, true);
        run->line.connection.peer->walked = walked;
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

/* Killed when recvmmsg(2) had returned and nothing was done about it. */
static void test_receive_not_folded(void **state)
{
    struct run *run = run_new();
    struct queue_peer *peer = run->line.connection.peer;

    (void)state;
    run_send(run, 30000, true);
    uint64_t walked = peer->walked;
    uint64_t pushed = atomic_load(&run->queue.head->pushed);
    struct queue_block before[QUEUE_SIZE_MIN / QUEUE_BLOCK_SIZE];
    memcpy(before, run->queue.blocks, sizeof(before));
    uint64_t folded = atomic_load(&run->queue.head->folded);
    run->line.connection.fresh = QUEUE_READ_BLOCKS;
    run_send(run, 40000, true); /* is received at once; then a last receive finds nothing */
    memcpy(run->queue.blocks, before, sizeof(before));
    atomic_store(&run->queue.head->folded, folded);
    atomic_store(&run->queue.head->pushed, pushed);
    peer->walked = walked;
    check_recovery(run);
}

/* The same, in the middle of a frame, and the receives before that one had found nothing. */
static void test_idle_receives(void **state)
{
    (void)state;
    for (int idle = 0; idle < 2; idle++) {
        struct run *run = run_new();
        struct queue *queue = &run->queue;
        struct queue_chain *chain = &run->line.connection.chain;
        uint8_t frame[504] = {0, 0, 1, 0xf4};
        send_bytes(run, frame, 200);
        run_receive(run);
        for (int i = 0; i <= idle; i++)
            assert_int_equal(
                queue_receive(queue, chain, run->line.connection.peer, run->line.connection.fd, 1), -1);
        struct queue_block before[QUEUE_SIZE_MIN / QUEUE_BLOCK_SIZE];
        memcpy(before, queue->blocks, sizeof(before));
        uint64_t folded = atomic_load(&queue->head->folded);
        send_bytes(run, frame + 200, 304);
        assert_int_equal(queue_receive(queue, chain, run->line.connection.peer, run->line.connection.fd, 1),
                         304);
        memcpy(queue->blocks, before, sizeof(before));
        atomic_store(&queue->head->folded, folded);
        memcpy(run->sent.bytes, frame, sizeof(frame));
        run->sent.size = sizeof(frame);
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

/* The file's states ---------------------------------------------------------------------------------------
 */

static void test_opening(void **state)
{
    (void)state;
    for (int size = -1; size <= (int)START_SIZE; size++) {
        struct run *run = run_new();
        run_send(run, 500, true);
        file_of(run)->state = QUEUE_FILE_OPENING;
        if (size < 0)
            unlink("out.part");
        else
            assert_int_equal(truncate("out.part", size), 0);
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

static void test_closing(void **state)
{
    (void)state;
    for (size_t stop = 0; stop <= STOP_SIZE + 1; stop++) {
        struct run *run = run_new();
        run_send(run, 500, true);
        run_write(run, SIZE_MAX, true);
        file_of(run)->final_out = run->sent.size;
        file_of(run)->state = QUEUE_FILE_CLOSING;
        assert_int_equal(write(run->output.fd, stop_frame, stop < STOP_SIZE ? stop : STOP_SIZE),
                         stop < STOP_SIZE ? stop : STOP_SIZE);
        if (stop > STOP_SIZE)
            assert_int_equal(rename("out.part", "out"), 0);
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

/* What came after the file's end goes into the next one. */
static void test_after_closing(void **state)
{
    (void)state;
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        struct run *run = run_new();
        run_send(run, 500, true);
        run_write(run, SIZE_MAX, true);
        size_t border = run->sent.size;
        if (is_closed) {
            assert_int_equal(output_close(&run->output, border, 0, false), 0);
        } else {
            file_of(run)->final_out = border;
            file_of(run)->state = QUEUE_FILE_CLOSING;
        }
        run_send(run, 700, true);
        run_kill(run);
        for (int times = 0; times < 2; times++) {
            assert_int_equal(recover(run), 0);
            check_file(run, "out", 0, border);
            check_file(run, "out.000001", border, run->sent.size);
        }
        assert_int_not_equal(access("out.000002", F_OK), 0);
        free(run);
        work_folder_clear(NULL);
    }
}

/* Somebody removed the file that ended in the middle of a frame: the next one begins with the next frame. */
static void test_removed_file(void **state)
{
    static const uint32_t sizes[] = {500, 600, 40000, 700, 300};
    static const size_t written[] = {0, 1, 503, 504, 505, 1108, 1111, 17000, 33000, 41111, 41112, 41500};

    (void)state;
    for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        struct run *run = run_new();
        size_t border = 0, from = 0;
        for (int k = 0; k < 5; k++) {
            from = border < written[i] ? border + 4 + sizes[k] : from;
            border += 4 + sizes[k];
            run_send(run, sizes[k], true);
        }
        run_write(run, written[i], true);
        unlink("out.part");
        run_kill(run);
        for (int times = 0; times < 2; times++) {
            assert_int_equal(recover(run), 0);
            check_file(run, "out", from, run->sent.size);
        }
        free(run);
        work_folder_clear(NULL);
    }
}

/* Frames that were pushed together, and the file with half of one of them is gone: no other is lost. */
static void test_removed_in_piece(void **state)
{
    struct run *run = run_new();
    uint8_t frames[3 * 104] = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        frames[104 * i + 3] = 100;
    send_bytes(run, frames, sizeof(frames));
    run_receive(run);
    memcpy(run->sent.bytes, frames, sizeof(frames));
    run->sent.size = sizeof(frames);
    run_write(run, 110, true);
    unlink("out.part");
    run_kill(run);
    assert_int_equal(recover(run), 0);
    check_file(run, "out", 208, run->sent.size);
    free(run);
}

/* What stands at the file's name now is somebody else's. */
static void test_foreign_file(void **state)
{
    static const char text[] = "this is somebody's text, and longer than a START frame would be";
    static const uint32_t states[] = {QUEUE_FILE_OPENING, QUEUE_FILE_OPEN, QUEUE_FILE_CLOSING};
    char found[sizeof(text) + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        struct run *run = run_new();
        run_send(run, 500, true);
        file_of(run)->state = states[i];
        unlink("out.part");
        FILE *file = fopen("out.part", "w");
        fputs(text, file);
        fclose(file);
        run_kill(run);
        assert_int_equal(recover(run), 0);
        file = fopen("out.part", "r");
        assert_int_equal(fread(found, 1, sizeof(found), file), sizeof(text) - 1);
        assert_memory_equal(found, text, sizeof(text) - 1);
        fclose(file);
        unlink("out.part");
        check_file(run, "out.000001", 0, run->sent.size);
        free(run);
        work_folder_clear(NULL);
    }
}

/* The disk is full at the next start, wherever: nothing is spoiled, and the one after that completes it. */
static void test_full_disk(void **state)
{
    struct rlimit limit, unlimited;

    (void)state;
    getrlimit(RLIMIT_FSIZE, &unlimited);
    for (size_t space = 0; space < 54 + 3 * 504; space += 50) {
        for (int is_closing = 0; is_closing < 2; is_closing++) {
            struct run *run = run_new();
            run_send(run, 500, true);
            if (is_closing) {
                run_write(run, SIZE_MAX, true);
                file_of(run)->final_out = run->sent.size;
                file_of(run)->state = QUEUE_FILE_CLOSING;
            } else {
                run_send(run, 500, true);
                run_send(run, 500, true);
            }
            run_kill(run);
            limit = (struct rlimit){space, unlimited.rlim_max};
            setrlimit(RLIMIT_FSIZE, &limit);
            int result = recover(run);
            setrlimit(RLIMIT_FSIZE, &unlimited);
            assert_int_equal(result, space < START_SIZE + run->sent.size + STOP_SIZE ? -1 : 0);
            assert_int_equal(recover(run), 0);
            check_file(run, "out", 0, run->sent.size);
            free(run);
            work_folder_clear(NULL);
        }
    }
}

/* Connections ----------------------------------------------------------------------------------------------
 */

/* Of what was received and not walked over yet, whole frames are kept, and an incomplete one is not. */
static void test_unwalked(void **state)
{
    struct run *run = run_new();

    (void)state;
    run_send(run, 40000, true);
    run_send(run, 7, true);
    send_bytes(run, "\0\0\0\x09half", 8);
    run_receive(run);
    run->line.connection.peer->walked = START_SIZE; /* as if nothing of it had been pushed */
    run->line.connection.peer->has_started = 1;
    atomic_store(&run->queue.head->pushed, 0);
    check_recovery(run);
}

static void test_unwalked_handshake(void **state)
{
    struct run *run = run_new();

    (void)state;
    run_send(run, 100, true);
    send_bytes(run, stop_frame, STOP_SIZE);
    send_bytes(run, run->sent.bytes, run->sent.size); /* after STOP: not to be kept */
    run_receive(run);
    run->line.connection.peer->walked = 0;
    run->line.connection.peer->has_started = 0;
    run->line.connection.peer->has_stopped = 0;
    atomic_store(&run->queue.head->pushed, 0);
    check_recovery(run);
}

/* What comes before START is not kept, and neither is what follows a STOP that was walked over. */
static void test_out_of_turn(void **state)
{
    (void)state;
    for (int has_stopped = 0; has_stopped < 2; has_stopped++) {
        struct run *run = run_new();
        if (has_stopped)
            send_bytes(run, stop_frame, STOP_SIZE);
        else
            run_send(run, 100, false);
        run_receive(run);
        send_bytes(run, "\0\0\0\4left", 8);
        queue_receive(&run->queue, &run->line.connection.chain, run->line.connection.peer,
                      run->line.connection.fd, 4);
        if (!has_stopped) {
            run->line.connection.peer->walked = START_SIZE;
            run->line.connection.peer->has_started = 0;
            atomic_store(&run->queue.head->pushed, 0);
        }
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

static void test_oversized(void **state)
{
    (void)state;
    for (int walks = 0; walks < 2; walks++) {
        struct run *run = run_new();
        run_send(run, 100, true);
        run_send(run, LIMIT + 1, false);
        run_send(run, 200, true);
        if (walks) { /* in the middle of it */
            uint8_t half[] = "\0\x10\0\0\0\0\0\4this is no frame";
            send_bytes(run, half, sizeof(half));
            run_receive(run);
        }
        check_recovery(run);
        work_folder_clear(NULL);
    }
}

/* Connections come in the order of their arrival, whatever their place in the table. */
static void test_order(void **state)
{
    struct run *run = run_new();
    struct queue_peer *other = &run->queue.peers[2];
    struct queue_chain chain = queue_chain();
    uint8_t frame[504] = {0, 0, 1, 0xf4};
    int ends[2];

    (void)state;
    other->serial = 2;
    other->has_started = 1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[0], frame, sizeof(frame)), sizeof(frame));
    assert_int_equal(queue_receive(&run->queue, &chain, other, ends[1], 1), sizeof(frame));
    run_send(run, 300, true);
    run->line.connection.peer->walked = START_SIZE;
    atomic_store(&run->queue.head->pushed, 0);
    memcpy(run->sent.bytes + run->sent.size, frame, sizeof(frame));
    run->sent.size += sizeof(frame);
    close(ends[0]);
    close(ends[1]);
    check_recovery(run);
}

/* The queue's file ------------------------------------------------------------------------------------------
 */

static void put_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void test_queue_file(void **state)
{
    static const uint8_t zeros[10000];
    uint64_t pid = 0;
    bool is_old;
    int fd, other;

    (void)state;
    put_file("queue", "precious text", 13);
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), -1);
    assert_int_equal(errno, EEXIST);
    put_file("queue", "short", 5);
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), -1);
    assert_int_equal(errno, EEXIST);
    put_file("queue", zeros, sizeof(zeros)); /* the beginning of many a file */
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), -1);
    assert_int_equal(errno, EEXIST);
    put_file("queue", "taplineU", 8); /* died while it was laid out */
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), 0);
    assert_false(is_old);
    close(fd);
    unlink("queue");
    assert_int_equal(symlink("elsewhere", "queue"), 0);
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), -1);
    assert_int_equal(errno, ELOOP);
    unlink("queue");
    assert_int_equal(mkfifo("queue", 0600), 0);
    assert_int_equal(queue_open_file("queue", &fd, &is_old, &pid), -1);
    assert_int_equal(errno, EPERM);
    unlink("queue");

    struct run *run = run_new();
    assert_int_equal(queue_open_file("queue", &other, &is_old, &pid), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(pid, getpid());
    run->queue.head->version++;
    run_kill(run);
    assert_int_equal(recover(run), -1);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_written, work_folder_clear),
        cmocka_unit_test_teardown(test_push_cut_short, work_folder_clear),
        cmocka_unit_test_teardown(test_receive_not_folded, work_folder_clear),
        cmocka_unit_test_teardown(test_idle_receives, work_folder_clear),
        cmocka_unit_test_teardown(test_opening, work_folder_clear),
        cmocka_unit_test_teardown(test_closing, work_folder_clear),
        cmocka_unit_test_teardown(test_after_closing, work_folder_clear),
        cmocka_unit_test_teardown(test_removed_file, work_folder_clear),
        cmocka_unit_test_teardown(test_removed_in_piece, work_folder_clear),
        cmocka_unit_test_teardown(test_foreign_file, work_folder_clear),
        cmocka_unit_test_teardown(test_full_disk, work_folder_clear),
        cmocka_unit_test_teardown(test_unwalked, work_folder_clear),
        cmocka_unit_test_teardown(test_unwalked_handshake, work_folder_clear),
        cmocka_unit_test_teardown(test_out_of_turn, work_folder_clear),
        cmocka_unit_test_teardown(test_oversized, work_folder_clear),
        cmocka_unit_test_teardown(test_order, work_folder_clear),
        cmocka_unit_test_teardown(test_queue_file, work_folder_clear),
    };

    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
