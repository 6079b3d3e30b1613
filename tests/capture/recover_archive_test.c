/* Recovery into an archive: a run is broken off in each state that its segment, its ledger and its
 * connections can be in, and recovery itself at each size that its files have; every frame is in a segment
 * exactly once, and the ledgers say of each which connection brought it. A run is "killed" by unmapping its
 * queue and doing nothing else. */
#include "broken_off.h"
#include "ledger_text.h"

#include "capture/archive.h"
#include "capture/capture.h"
#include "capture/queue_owner.h"
#include "capture/recover.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define NAMED     "connection 1 first on unix:socket; "
#define BOTH      NAMED "connection 2 second on unix:socket; "
#define KILLED    "was open when the capture was killed"
#define HIDDEN(n) "loss " #n " unknown 0/<1000; "

struct run {
    struct tl_archive *archive;
    struct queue queue;
    struct output output;
    struct line lines[2];
    struct sent sent; /* in the order of the segments */
};

static struct tl_archive *take(const char *path)
{
    struct tl_archive *archive = archive_take(path, -1);

    assert_non_null(archive);
    return archive;
}

static void open_peer(struct run *run, int which)
{
    line_open(&run->lines[which], queue_open_peer(&run->queue, (uint64_t)which + 1,
                                                  which ? "second" : "first", "unix:socket", 1000));
}

/* A run with two connections that have sent START. */
static struct run *run_new(void)
{
    struct run *run = calloc(1, sizeof(*run));
    char path[PATH_MAX];
    bool is_old;
    int fd = lock_queue(&is_old);

    assert_false(is_old);
    run->archive = take("a");
    const struct output_options options = {.archive = run->archive};
    assert_int_equal(queue_init(&run->queue, fd, QUEUE_SIZE_MIN, LIMIT), 0);
    assert_int_equal(archive_link_queue(run->archive, "queue"), 0);
    assert_int_equal(output_init(&run->output, &options, run->queue.head), 0);
    assert_int_equal(output_open(&run->output, 0, path), 0);
    open_peer(run, 0);
    open_peer(run, 1);
    return run;
}

static void run_receive(struct run *run, int which)
{
    line_receive(&run->lines[which], &run->queue);
}

static void run_send(struct run *run, int which, uint32_t size, bool is_kept)
{
    line_send(&run->lines[which], &run->queue, &run->sent, size, is_kept);
}

static void run_close(struct run *run, int which, enum books_counter cause)
{
    connection_done(&run->lines[which].connection, &run->queue, cause);
    queue_close_peer(&run->queue, run->lines[which].connection.peer, "went");
}

static void run_write(struct run *run, size_t size, bool releases)
{
    write_some(&run->output, &run->queue, size, releases);
}

static struct queue_file *file_of(const struct run *run)
{
    return &run->queue.head->files[run->queue.head->file];
}

/* Paths of the segments, which are all of the same moment, or nearly. */
static const char *path_of(int number, const char *suffix)
{
    static char path[PATH_MAX];
    char pattern[128];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "a/hot/*-%08d%s", number, suffix);
    snprintf(path, sizeof(path), "%s", glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathv[0] : "none");
    globfree(&found);
    return path;
}

static void run_kill(struct run *run)
{
    for (int i = 0; i < 2; i++)
        line_kill(&run->lines[i]);
    output_done(&run->output);
    queue_done(&run->queue);
    tl_archive_close(run->archive);
}

/* The queue that was left is brought into the archive, and stays as it is. */
static int recover_only(void)
{
    struct tl_archive *archive = take("a");
    const struct output_options options = {.archive = archive, .is_synced = true};
    bool is_old;
    int fd = lock_queue(&is_old);

    assert_true(is_old);
    int result = recover_queue(fd, "queue", &options);
    close(fd);
    tl_archive_close(archive);
    return result;
}

/* Segment `number` holds the sent bytes [from, to), and its ledger says `summary`. */
static void check_segment(const struct run *run, int number, size_t from, size_t to, const char *summary)
{
    check_rows(&run->sent, path_of(number, ".fstrm"), from, to);
    assert_string_equal(ledger_summary(path_of(number, ".runs")), summary);
}

/* Everything is in one segment, and doing it all once more changes nothing. */
static void check_recovery(struct run *run, const char *summary)
{
    run_kill(run);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(recover_only(), 0);
        check_segment(run, 1, 0, run->sent.size, summary);
        assert_string_equal(path_of(2, ".fstrm"), "none");
    }
    free(run);
    work_folder_clear(NULL);
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
                run_send(run, i % 3 == 0, 5000, true);
            run_write(run, size, releases);
            if (releases)
                run_write(run, 100, true);
            run_send(run, 0, 1, true);
            check_recovery(run,
                           BOTH "2*1; 1*2; 2*1; 1*2; 2*1; 1*2; 2*1; 1*1; " HIDDEN(
                               1) "closed 1 " KILLED " 7/30029; " HIDDEN(2) "closed 2 " KILLED " 4/20016; ");
        }
    }
}

/* The ledger was torn anywhere behind what was released. */
static void test_torn_ledger(void **state)
{
    struct stat released, found;

    (void)state;
    for (off_t cut = 0;; cut++) {
        struct run *run = run_new();
        run_send(run, 0, 100, true);
        run_write(run, SIZE_MAX, true);
        assert_int_equal(stat(path_of(1, ".runs"), &released), 0);
        run_send(run, 1, 100, true);
        run_send(run, 1, 100, true);
        run_write(run, SIZE_MAX, false);
        assert_int_equal(stat(path_of(1, ".runs"), &found), 0);
        bool is_over = found.st_size - cut < released.st_size;
        if (!is_over)
            assert_int_equal(truncate(path_of(1, ".runs"), found.st_size - cut), 0);
        check_recovery(run, BOTH "1*1; 2*2; " HIDDEN(1) "closed 1 " KILLED
                                                        " 1/104; " HIDDEN(2) "closed 2 " KILLED " 2/208; ");
        if (is_over)
            break;
    }
}

/* Connections that had gone: their ends are entered once, whatever was entered before. */
static void test_closed(void **state)
{
    (void)state;
    for (int writes = 0; writes < 3; writes++) {
        for (int undo = 0; undo < 2; undo++) {
            struct run *run = run_new();
            run_send(run, 0, 100, true);
            assert_int_equal(write(run->lines[0].sender, "\0\0\0\x09half", 8), 8);
            run_receive(run, 0);
            if (writes == 1)
                run_write(run, SIZE_MAX, true);
            run_close(run, 0, BOOKS_SKIPPED_CUT);
            if (writes == 2)
                run_write(run, SIZE_MAX, true);
            if (undo) { /* killed before the closing was counted */
                run->lines[0].connection.peer->is_closed = 0;
                run->queue.head->closed_valid ^= 1;
            }
            check_recovery(run, BOTH "1*1; loss 1 cut off 0/8; closed 1 went 1/104; " HIDDEN(
                                    2) "closed 2 " KILLED " 0/0; ");
        }
    }
}

/* What was received and not pushed yet. */
static void test_unwalked(void **state)
{
    struct run *run = run_new();

    (void)state;
    run_send(run, 0, 40000, true);
    run_send(run, 0, 7, true);
    assert_int_equal(write(run->lines[0].sender, "\0\0\0\x09half", 8), 8);
    run_receive(run, 0);
    run_send(run, 1, LIMIT + 1, false);
    run_send(run, 1, 9, true);
    struct queue_peer *first = run->lines[0].connection.peer, *second = run->lines[1].connection.peer;
    atomic_store(&run->queue.head->pushed, 2); /* as if nothing of it had been pushed */
    first->walked = START_SIZE;
    second->walked -= 13;
    for (int i = 0; i < 2; i++) {
        struct queue_peer *peer = i ? second : first;
        peer->books.count[BOOKS_BYTES_OUT] = peer->books.count[BOOKS_FRAMES_OUT] = 0;
        memset(&peer->noted, 0, sizeof(peer->noted));
    }
    check_recovery(run, BOTH "1*2; loss 1 cut off 0/8; " HIDDEN(
                            1) "closed 1 " KILLED
                               " 2/40015; 2*1; loss 2 oversized 1/100005; " HIDDEN(2) "closed 2 " KILLED
                                                                                      " 1/13; ");
}

static size_t put_loss(uint8_t *to, uint64_t before, uint64_t total)
{
    const struct tl_loss loss = {.sender = 5, .count = 1, .lost = {{TL_LOSS_FULL, before, total}}};
    size_t size;

    assert_int_equal(tl_loss_encode(&loss, to, TL_CONTROL_FRAME_MAX, &size), TL_OK);
    return size;
}

/* What the sender told of frames that it dropped, in each state of coming in. */
static void test_told(void **state)
{
    uint8_t loss[2 * TL_CONTROL_FRAME_MAX];

    (void)state;
    for (int how = 0; how < 4; how++) {
        struct run *run = run_new();
        struct connection *connection = &run->lines[0].connection;
        struct senders *senders = connection->senders = senders_new();
        connection->receiver.acknowledges = true; /* as if it had been offered */
        run_send(run, 0, 100, true);
        size_t size = put_loss(loss, 0, 10);
        size += put_loss(loss + size, 0, 12);
        line_send_bytes(&run->lines[0], loss, size);
        run_receive(run, 0);
        struct queue_peer *peer = connection->peer;
        uint64_t pushed = atomic_load(&run->queue.head->pushed);
        assert_int_equal(queue_piece(&run->queue, pushed - 1)->kind, QUEUE_LOST);
        if (how == 1) /* killed when the second was pushed, but its place not passed */
            peer->walked -= size / 2, peer->books.count[BOOKS_SKIPPED_CONTROL] -= size / 2;
        if (how >= 2) { /* the second, or both, received and not walked over */
            uint64_t back = how == 2 ? size / 2 : size;
            atomic_store(&run->queue.head->pushed, pushed - (how == 2 ? 1 : 2));
            peer->walked -= back;
            peer->books.count[BOOKS_SKIPPED_CONTROL] -= back;
            peer->books.count[BOOKS_LOST_BEFORE] = how == 2 ? 10 : 0;
        }
        senders_free(senders);
        static const char *const expected[] = {
            BOTH
            "1*1; loss 1 sender full 10, sender 5 had 10; loss 1 sender full 2, sender 5 had 12; " HIDDEN(
                1) "closed 1 " KILLED " 1/104; " HIDDEN(2) "closed 2 " KILLED " 0/0; ",
            NULL,
            BOTH "1*1; loss 1 sender full 10, sender 5 had 10; " HIDDEN(
                1) "loss 1 sender full 2, sender 5 had 12; closed 1 " KILLED
                   " 1/104; " HIDDEN(2) "closed 2 " KILLED " 0/0; ",
            BOTH "1*1; " HIDDEN(1) "loss 1 sender full 12, sender 5 had 12; closed 1 " KILLED
                                   " 1/104; " HIDDEN(2) "closed 2 " KILLED " 0/0; ",
        };
        check_recovery(run, expected[how] ? expected[how] : expected[0]);
    }
}

static void test_oversized(void **state)
{
    (void)state;
    for (int walks = 0; walks < 2; walks++) {
        struct run *run = run_new();
        run_send(run, 0, LIMIT + 1, false);
        run_send(run, 0, 9, true);
        if (walks) { /* in the midst of another one */
            assert_int_equal(write(run->lines[0].sender, "\0\x10\0\0\0\0\0\4this", 12), 12);
            run_receive(run, 0);
        }
        check_recovery(run, walks ? BOTH "1*1; loss 1 oversized 1/100005; loss 1 oversized 0/12; " HIDDEN(
                                        1) "closed 1 " KILLED " 1/13; " HIDDEN(2) "closed 2 " KILLED " 0/0; "
                                  : BOTH "1*1; loss 1 oversized 1/100005; " HIDDEN(
                                        1) "closed 1 " KILLED " 1/13; " HIDDEN(2) "closed 2 " KILLED
                                                                                  " 0/0; ");
    }
}

/* The segment's states -------------------------------------------------------------------------------------
 */

#define ONE_FRAME BOTH "1*1; " HIDDEN(1) "closed 1 " KILLED " 1/504; " HIDDEN(2) "closed 2 " KILLED " 0/0; "

static void test_opening(void **state)
{
    (void)state;
    for (int size = -1; size <= (int)START_SIZE; size++) {
        for (int ledger = -1; ledger <= 100; ledger += size == (int)START_SIZE ? 9 : 200) {
            struct run *run = run_new();
            run_send(run, 0, 500, true);
            file_of(run)->state = QUEUE_FILE_OPENING;
            if (ledger < 0)
                unlink(path_of(1, ".runs"));
            else
                assert_int_equal(truncate(path_of(1, ".runs"), ledger), 0);
            if (size < 0)
                unlink(path_of(1, ".fstrm"));
            else
                assert_int_equal(truncate(path_of(1, ".fstrm"), size), 0);
            check_recovery(run, ONE_FRAME);
        }
    }
}

static void test_closing(void **state)
{
    (void)state;
    for (size_t stop = 0; stop <= STOP_SIZE; stop++) {
        for (int is_stopped = 0; is_stopped < 2; is_stopped++) {
            struct run *run = run_new();
            run_send(run, 0, 500, true);
            run_write(run, SIZE_MAX, true);
            file_of(run)->final_out = run->sent.size;
            file_of(run)->final_piece = 3;
            file_of(run)->state = QUEUE_FILE_CLOSING;
            assert_int_equal(write(run->output.fd, stop_frame, stop), stop);
            if (is_stopped)
                assert_int_equal(hot_ledger_stop(run->output.ledger), 0);
            run_kill(run);
            for (int times = 0; times < 2;
                 times++) { /* the connections' ends come into a segment of their own */
                assert_int_equal(recover_only(), 0);
                check_segment(run, 1, 0, run->sent.size, BOTH "1*1; ");
                check_segment(run, 2, 0, 0,
                              NAMED HIDDEN(1) "closed 1 " KILLED
                                              " 1/504; connection 2 second on unix:socket; " HIDDEN(
                                                  2) "closed 2 " KILLED " 0/0; ");
                assert_string_equal(path_of(3, ".fstrm"), "none");
            }
            free(run);
            work_folder_clear(NULL);
        }
    }
}

/* Somebody removed the segment that was written in part: what comes next begins with a frame, and the runs
 * know. */
static void test_removed(void **state)
{
    static const size_t written[] = {0, 1, 503, 504, 505, 1110, 1500, 20000};

    (void)state;
    for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        static const uint32_t sizes[] = {500, 600, 40000, 700};
        struct run *run = run_new();
        size_t border = 0, from = 0;
        int frames = 4;
        char summary[300];
        for (int k = 0; k < 4; k++) {
            if (border < written[i]) {
                from = border + 4 + sizes[k];
                frames--;
            }
            border += 4 + sizes[k];
            run_send(run, 0, sizes[k], true);
        }
        run_write(run, written[i], true);
        unlink(path_of(1, ".fstrm"));
        unlink(path_of(1, ".runs"));
        run_kill(run);
        snprintf(summary, sizeof(summary),
                 "%s1*%d; " HIDDEN(1) "closed 1 " KILLED " 4/41816; %s" HIDDEN(2) "closed 2 " KILLED " 0/0; ",
                 written[i] ? NAMED : BOTH, frames, written[i] ? "connection 2 second on unix:socket; " : "");
        assert_int_equal(recover_only(), 0);
        check_segment(run, 1, from, run->sent.size, summary);
        free(run);
        work_folder_clear(NULL);
    }
}

/* Recovery's own end --------------------------------------------------------------------------------------
 */

/* The disk is full at the next start, wherever, and at the one after that as well: nothing is spoiled. */
static void test_full_disk(void **state)
{
    struct rlimit unlimited;

    (void)state;
    getrlimit(RLIMIT_FSIZE, &unlimited);
    for (rlim_t space = 0; space < 1800; space += space < 600 ? 23 : 100) {
        for (int is_written = 0; is_written < 2; is_written++) {
            struct run *run = run_new();
            run_send(run, 0, 500, true);
            run_send(run, 1, 500, true);
            run_send(run, 0, 500, true);
            if (is_written)
                run_write(run, 700, false);
            run_kill(run);
            for (rlim_t more = 0; more < 200; more += 100) {
                const struct rlimit limit = {space + more, unlimited.rlim_max};
                setrlimit(RLIMIT_FSIZE, &limit);
                int result = recover_only();
                setrlimit(RLIMIT_FSIZE, &unlimited);
                assert_int_equal(result, space + more < START_SIZE + run->sent.size + STOP_SIZE ? -1 : 0);
            }
            int number = access(path_of(1, ".fstrm"), F_OK) == 0 ? 1 : 2;
            assert_int_equal(recover_only(), 0);
            check_segment(run, number, 0, run->sent.size,
                          BOTH "1*1; 2*1; 1*1; " HIDDEN(1) "closed 1 " KILLED
                                                           " 2/1008; " HIDDEN(2) "closed 2 " KILLED
                                                                                 " 1/504; ");
            free(run);
            work_folder_clear(NULL);
        }
    }
}

/* The link ------------------------------------------------------------------------------------------------
 */

static void test_link(void **state)
{
    struct run *run = run_new();

    (void)state;
    run_send(run, 0, 500, true);
    run_kill(run);
    struct tl_archive *archive = take("a");
    assert_int_equal(capture_recover(archive), 0);
    assert_int_not_equal(access("queue", F_OK), 0);
    check_segment(run, 1, 0, run->sent.size, ONE_FRAME);
    assert_int_equal(system("test ! -L a/queue"), 0);
    assert_int_equal(capture_recover(archive), 0); /* there is nothing more */
    assert_int_equal(symlink("/dev/shm/no-such-queue", "a/queue"), 0);
    assert_int_equal(capture_recover(archive), 0); /* as after a restart of the machine */
    assert_int_equal(system("test ! -L a/queue"), 0);
    assert_int_equal(system("echo precious > file; ln -s $PWD/file a/queue"), 0);
    assert_int_equal(capture_recover(archive), -1);
    assert_int_equal(system("grep -q precious file"), 0);
    tl_archive_close(archive);
    free(run);
}

/* The queue belongs to another archive that is there; or to this one, which was moved. */
static void test_moved(void **state)
{
    struct run *run = run_new();

    (void)state;
    run_send(run, 0, 500, true);
    run_kill(run);
    assert_int_equal(system("cp -r a b"), 0);
    struct tl_archive *archive = take("b");
    assert_int_equal(capture_recover(archive), -1);
    assert_int_equal(access("queue", F_OK), 0);
    assert_int_equal(system("rm -r a"), 0);
    assert_int_equal(capture_recover(archive), 0);
    assert_int_equal(rename("b", "a"), 0);
    check_segment(run, 1, 0, run->sent.size, ONE_FRAME);
    tl_archive_close(archive);
    free(run);
}

/* While the capture runs, and so has its queue locked, a copy of its archive can be used, and does not touch
 * it. */
static void test_copied(void **state)
{
    struct run *run = run_new();
    struct stat before, after;
    char owner[PATH_MAX] = "";

    (void)state;
    run_send(run, 0, 500, true);
    assert_int_equal(system("cp -r a b && cp queue queue.before"), 0);
    assert_int_equal(stat("queue", &before), 0);
    struct tl_archive *archive = take("b");
    assert_false(queue_owner_read(run->archive, owner));
    assert_true(queue_owner_read(archive, owner));
    assert_string_equal(owner, tl_archive_path(run->archive));
    assert_int_equal(capture_recover(archive), 0);
    assert_int_equal(system("test ! -L b/queue && test -L a/queue && cmp queue queue.before"), 0);
    assert_int_equal(stat("queue", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    tl_archive_close(archive);
    check_recovery(run, ONE_FRAME);
}

/* One archive under two paths is no copy. */
static void test_other_path(void **state)
{
    struct run *run = run_new();
    char path[PATH_MAX + 8];

    (void)state;
    snprintf(path, sizeof(path), "%s/../a", tl_archive_path(run->archive));
    assert_false(queue_owner_is_other(run->archive, path));
    assert_false(queue_owner_is_other(run->archive, "nothing"));
    assert_int_equal(system("cp -r a b"), 0);
    assert_true(queue_owner_is_other(run->archive, "b"));
    run_kill(run);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_written, work_folder_clear),
        cmocka_unit_test_teardown(test_torn_ledger, work_folder_clear),
        cmocka_unit_test_teardown(test_closed, work_folder_clear),
        cmocka_unit_test_teardown(test_unwalked, work_folder_clear),
        cmocka_unit_test_teardown(test_told, work_folder_clear),
        cmocka_unit_test_teardown(test_oversized, work_folder_clear),
        cmocka_unit_test_teardown(test_opening, work_folder_clear),
        cmocka_unit_test_teardown(test_closing, work_folder_clear),
        cmocka_unit_test_teardown(test_removed, work_folder_clear),
        cmocka_unit_test_teardown(test_full_disk, work_folder_clear),
        cmocka_unit_test_teardown(test_link, work_folder_clear),
        cmocka_unit_test_teardown(test_moved, work_folder_clear),
        cmocka_unit_test_teardown(test_copied, work_folder_clear),
        cmocka_unit_test_teardown(test_other_path, work_folder_clear),
    };

    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, work_folder_enter, work_folder_leave);
}
