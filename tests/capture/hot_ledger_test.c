/* The hot segment's ledger: what is entered is in the file once and in order, whatever byte it was torn at
 * and whenever the disk was full. */
#include "ledger_text.h"

#include "capture/hot_ledger.h"
#include "capture/senders.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define BEGINNING "START; segment 3; mark 0"

struct fixture {
    struct queue queue;
    struct queue_chain chains[2];
    struct queue_peer *peers[2];
    int ends[2];
    struct hot_ledger *ledger;
    struct queue_file file;
};

static char path[] = "/dev/shm/tapline-ledger-XXXXXX";

static int open_ledger(void)
{
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    uint64_t pid;
    bool is_old;
    int fd;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(queue_open_file(NULL, &fd, &is_old, &pid), 0);
    assert_int_equal(queue_init(&fixture->queue, fd, QUEUE_SIZE_MIN, 1000), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->ends), 0);
    fixture->chains[0] = fixture->chains[1] = queue_chain();
    fixture->peers[0] = queue_open_peer(&fixture->queue, 7, "somebody", "unix:socket", 0);
    fixture->peers[1] = queue_open_peer(&fixture->queue, 8, "another", "tcp:here", 0);
    fixture->file = (struct queue_file){.segment = 3, .begun_ms = 5};
    fixture->ledger = hot_ledger_new();
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(hot_ledger_begin(fixture->ledger, fd, &fixture->file, 1), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    hot_ledger_free(fixture->ledger);
    queue_done(&fixture->queue);
    close(fixture->ends[0]);
    close(fixture->ends[1]);
    unlink(path);
    strcpy(path + strlen(path) - 6, "XXXXXX");
    free(fixture);
    return 0;
}

/* `frames` frames of ten bytes come over connection `which` at `ms`. */
static void push(struct fixture *fixture, int which, uint32_t frames, uint64_t ms)
{
    struct queue_chain *chain = &fixture->chains[which];
    struct queue_peer *peer = fixture->peers[which];
    static const uint8_t bytes[30000];

    assert_int_equal(write(fixture->ends[0], bytes, 10 * frames), 10 * frames);
    assert_int_equal(queue_receive(&fixture->queue, chain, peer, fixture->ends[1], 8), 10 * frames);
    peer->arrival_ms = ms;
    queue_push(&fixture->queue, chain, peer, chain->received, frames);
}

static void enter_all(struct fixture *fixture)
{
    uint64_t pushed = atomic_load(&fixture->queue.head->pushed);

    assert_int_equal(hot_ledger_enter(fixture->ledger, &fixture->queue, pushed), 0);
    assert_int_equal(fixture->ledger->noted, pushed);
}

static void test_beginning(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(ledger_text(path), BEGINNING);
    assert_false(fixture->ledger->has_entries);
    assert_int_equal(hot_ledger_enter(fixture->ledger, &fixture->queue, 0), 0); /* nothing is new */
    assert_string_equal(ledger_text(path), BEGINNING);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hot_ledger_stop(fixture->ledger), 0);
        assert_string_equal(ledger_text(path), BEGINNING "; STOP");
    }
}

static void test_runs(void **state)
{
    struct fixture *fixture = *state;

    push(fixture, 0, 3, 1000);
    push(fixture, 0, 4, 1010); /* so soon after the first that they are one run */
    push(fixture, 0, 5, 1011);
    push(fixture, 1, 1, 1011);
    push(fixture, 1, 1, 1005); /* the clock was set back */
    push(fixture, 0, 1, 1011);
    enter_all(fixture);
    assert_true(fixture->ledger->has_entries);
    push(fixture, 0, 1, 1011);
    enter_all(fixture);
    assert_string_equal(ledger_text(path), BEGINNING "; connection 7 somebody on unix:socket; "
                                                     "connection 8 another on tcp:here; "
                                                     "7*7 7*5 8*1 8*1 7*1; mark 8; 7*1; mark 9");
}

static void test_ends(void **state)
{
    struct fixture *fixture = *state;
    struct queue_peer *peer = fixture->peers[0];

    push(fixture, 0, 3, 1000);
    peer->books.count[BOOKS_SKIPPED_OVERSIZED] = 5000;
    peer->books.count[BOOKS_FRAMES_SKIPPED] = 2;
    queue_push_loss(&fixture->queue, peer, BOOKS_SKIPPED_OVERSIZED);
    peer->books.count[BOOKS_LEFT] = 12;
    queue_push_loss(&fixture->queue, peer, BOOKS_LEFT);
    queue_close_peer(&fixture->queue, peer, "went away");
    enter_all(fixture);
    assert_string_equal(ledger_text(path), BEGINNING
                        "; connection 7 somebody on unix:socket; connection 8 another on tcp:here; 7*3; "
                        "loss 7 oversized 2/5000; loss 7 left 0/12; closed 7 went away 3/30; mark 6");
}

/* What senders told. */
static void test_told(void **state)
{
    static const struct queue_lost lost[] = {{TL_LOSS_FULL, 5, 99, 12}, {200, 1, 99, 1}};
    struct fixture *fixture = *state;
    struct senders *senders = senders_new();
    struct queue_lost found[QUEUE_LOST_MAX];

    push(fixture, 0, 3, 1000);
    queue_push_lost(&fixture->queue, fixture->peers[0], 30, lost, 2);
    assert_int_equal(fixture->peers[0]->books.count[BOOKS_LOST_BEFORE], 6);
    enter_all(fixture);
    assert_string_equal(ledger_text(path), BEGINNING
                        "; connection 7 somebody on unix:socket; connection 8 another on tcp:here; 7*3; "
                        "loss 7 sender full 5, sender 99 had 12; loss 7 sender cause 200 1, sender 99 had 1; "
                        "mark 5");
    /* From there the next run knows it. */
    senders_learn(senders, ledger_bytes(path));
    const struct tl_loss again = {.sender = 99, .count = 2, .lost = {{TL_LOSS_FULL, 0, 15}, {200, 0, 1}}};
    assert_int_equal(senders_take(senders, &again, found), 1);
    assert_int_equal(found[0].cause, TL_LOSS_FULL);
    assert_int_equal(found[0].frames, 3);
    senders_free(senders);
}

/* Frames of a push that spans blocks are counted once, where it is whole, also if it is entered in two parts.
 */
static void test_parts(void **state)
{
    struct fixture *fixture = *state;

    push(fixture, 0, 3000, 1000);
    assert_int_equal(atomic_load(&fixture->queue.head->pushed), 4); /* two came before */
    assert_int_equal(hot_ledger_enter(fixture->ledger, &fixture->queue, 3), 0);
    enter_all(fixture);
    assert_string_equal(ledger_text(path), BEGINNING
                        "; connection 7 somebody on unix:socket; connection 8 another on tcp:here; mark 3; "
                        "7*3000; mark 4");
}

/* The file was torn anywhere: what is behind the last whole mark is entered again, and nothing twice. */
static void test_torn(void **state)
{
    static const char whole[] = BEGINNING "; connection 7 somebody on unix:socket; "
                                          "connection 8 another on tcp:here; 7*3; mark 3; "
                                          "7*1; closed 7 went 4/40; mark 5; 8*2; mark 6";
    struct fixture *fixture = *state;
    struct stat found;

    push(fixture, 0, 3, 1000);
    enter_all(fixture);
    push(fixture, 0, 1, 1000);
    queue_close_peer(&fixture->queue, fixture->peers[0], "went");
    enter_all(fixture);
    push(fixture, 1, 2, 1000);
    enter_all(fixture);
    assert_string_equal(ledger_text(path), whole);
    assert_int_equal(stat(path, &found), 0);
    for (off_t size = found.st_size; size >= 0; size--) {
        static const uint64_t steps[] = {3, 5, 6};
        hot_ledger_close(fixture->ledger);
        assert_int_equal(truncate(path, size), 0);
        assert_int_equal(hot_ledger_resume(fixture->ledger, open_ledger(), &fixture->file, &fixture->queue),
                         0);
        assert_int_equal(fixture->ledger->has_entries, fixture->ledger->noted > 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(hot_ledger_enter(fixture->ledger, &fixture->queue, steps[i]), 0);
        assert_string_equal(ledger_text(path), whole);
    }
}

/* After STOP, and before the next state was entered. */
static void test_resume_stopped(void **state)
{
    struct fixture *fixture = *state;

    enter_all(fixture);
    assert_int_equal(hot_ledger_stop(fixture->ledger), 0);
    hot_ledger_close(fixture->ledger);
    assert_int_equal(hot_ledger_resume(fixture->ledger, open_ledger(), &fixture->file, &fixture->queue), 0);
    assert_int_equal(fixture->ledger->noted, 2);
    assert_int_equal(hot_ledger_stop(fixture->ledger), 0);
    assert_string_equal(ledger_text(path), BEGINNING "; connection 7 somebody on unix:socket; "
                                                     "connection 8 another on tcp:here; mark 2; STOP");
}

/* What is no ledger, or the one of another segment, is begun anew. */
static void test_foreign(void **state)
{
    struct fixture *fixture = *state;

    enter_all(fixture);
    hot_ledger_close(fixture->ledger);
    fixture->file.segment = 4;
    fixture->file.start_piece = 1;
    assert_int_equal(hot_ledger_resume(fixture->ledger, open_ledger(), &fixture->file, &fixture->queue), 0);
    assert_string_equal(ledger_text(path), "START; segment 4; mark 1");
    assert_int_equal(fixture->ledger->noted, 1);
    hot_ledger_close(fixture->ledger);
    int fd = open_ledger();
    assert_int_equal(pwrite(fd, "some text of somebody", 21, 0), 21);
    assert_int_equal(hot_ledger_resume(fixture->ledger, fd, &fixture->file, &fixture->queue), 0);
    assert_string_equal(ledger_text(path), "START; segment 4; mark 1");
}

/* The disk is full at each size: nothing is entered then, and all of it later, once. */
static void test_full_disk(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit unlimited;
    struct stat found;

    push(fixture, 0, 3, 1000);
    assert_int_equal(stat(path, &found), 0);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    for (rlim_t more = 0; more < 80; more += 9) {
        const struct rlimit limit = {(rlim_t)found.st_size + more, unlimited.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        int result = hot_ledger_enter(fixture->ledger, &fixture->queue, 3);
        int error = errno;
        setrlimit(RLIMIT_FSIZE, &unlimited);
        assert_int_equal(result, -1);
        assert_true(error == EFBIG || error == ENOSPC);
        assert_int_equal(fixture->ledger->noted, 0);
        assert_false(fixture->ledger->has_entries);
        assert_string_equal(ledger_text(path), BEGINNING);
    }
    enter_all(fixture);
    assert_string_equal(ledger_text(path), BEGINNING "; connection 7 somebody on unix:socket; "
                                                     "connection 8 another on tcp:here; 7*3; mark 3");
}

/* As many pieces as one write may take, each of another connection, with the longest texts there are. */
static void test_longest(void **state)
{
    struct fixture *fixture = *state;
    char text[300];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (uint32_t i = 2; i < LEDGER_PIECES_MAX; i++)
        assert_non_null(queue_open_peer(&fixture->queue, UINT64_MAX - i, text, text, 0));
    enter_all(fixture);
    for (uint32_t i = 0; i < LEDGER_PIECES_MAX; i++) {
        struct queue_peer *peer = &fixture->queue.peers[i];
        peer->books.count[BOOKS_FRAMES_OUT] = peer->books.count[BOOKS_BYTES_OUT] = UINT64_MAX;
        queue_close_peer(&fixture->queue, peer, text);
    }
    memset(fixture->ledger->known, 0, sizeof(fixture->ledger->known)); /* as in the next segment */
    enter_all(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_beginning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_torn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_longest, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
