#include "source/archive_runs.h"

#include "proof/test.h"
#include "source/archive_sample.h"

static int open_ledger(struct archive_sample *sample, uint64_t origin)
{
    int fd = open(archive_sample_path(sample, origin, origin, false, TL_ARCHIVE_RUNS), O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

/* 0: it is not known who brought the frame. */
static void expect(struct archive_runs *runs, uint64_t segment, uint64_t number, uint64_t connection)
{
    struct record_origin origin = {.connection = 99, .arrived_ms = 99, .peer = "none"};
    char peer[] = {'p', 'e', 'e', 'r', (char)('0' + connection), '\0'};

    archive_runs_find(runs, (struct tl_frame_name){segment, number}, &origin);
    assert_int_equal(origin.connection, connection);
    assert_int_equal(origin.arrived_ms != 0, connection != 0);
    if (connection)
        assert_string_equal(origin.peer, peer);
    else
        assert_null(origin.peer);
}

static void append(struct archive_sample *sample, const struct sample *bytes)
{
    archive_sample_append(sample, 1, TL_ARCHIVE_RUNS, bytes->data, bytes->size);
}

static void what_has_no_mark_behind_it_is_not_taken(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct archive_runs runs;
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 7};
    struct sample batch = {.size = 0};
    struct stat found;

    archive_sample_make(&sample);
    archive_sample_begin(&sample, 1, 1);
    archive_sample_put(&sample, 1, 2);
    archive_runs_init(&runs);
    archive_runs_begin_hot(&runs, open_ledger(&sample, 1), 1);
    expect(&runs, 1, 0, archive_sample_connection(1));
    expect(&runs, 1, 1, archive_sample_connection(2));
    assert_int_equal(stat(archive_sample_path(&sample, 1, 1, false, TL_ARCHIVE_RUNS), &found), 0);
    archive_sample_runs(&sample, &batch, 8);
    append(&sample, &batch);
    expect(&runs, 1, 2, 0);
    /* After a crash that is cut off, and something else is entered. */
    assert_int_equal(truncate(archive_sample_path(&sample, 1, 1, false, TL_ARCHIVE_RUNS), found.st_size), 0);
    batch.size = 0;
    archive_sample_runs(&sample, &batch, 3);
    archive_sample_runs(&sample, &batch, 4);
    archive_sample_enter(&batch, &mark);
    append(&sample, &batch);
    expect(&runs, 1, 2, archive_sample_connection(3));
    expect(&runs, 1, 3, archive_sample_connection(4));
    expect(&runs, 1, 4, 0);
    archive_runs_done(&runs);
    archive_sample_remove(&sample);
}

static void the_end_makes_everything_sure(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct archive_runs runs;
    struct sample batch = {.size = 0};

    archive_sample_make(&sample);
    archive_sample_begin(&sample, 1, 1);
    archive_sample_runs(&sample, &batch, 1);
    sample_stop(&batch);
    append(&sample, &batch);
    archive_runs_init(&runs);
    archive_runs_begin_hot(&runs, open_ledger(&sample, 1), 1);
    expect(&runs, 1, 0, archive_sample_connection(1));
    expect(&runs, 2, 0, 0); /* of another segment nothing is known */
    archive_runs_done(&runs);
    archive_sample_remove(&sample);
}

static void it_may_begin_anywhere(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct archive_runs runs;

    archive_sample_make(&sample);
    archive_sample_begin(&sample, 1, 1);
    archive_sample_put(&sample, 1, 40);
    archive_runs_init(&runs);
    archive_runs_begin_hot(&runs, open_ledger(&sample, 1), 1);
    expect(&runs, 1, 30, archive_sample_connection(31));
    expect(&runs, 1, 39, archive_sample_connection(40));
    archive_runs_begin_hot(&runs, -1, 1); /* there is none */
    expect(&runs, 1, 0, 0);
    archive_runs_done(&runs);
    archive_sample_remove(&sample);
}

static void damage_ends_what_is_known(void **state)
{
    (void)state;
    struct archive_sample sample;
    struct archive_runs runs;
    struct sample ledger;
    ssize_t size;

    archive_sample_make(&sample);
    archive_sample_begin(&sample, 1, 1);
    archive_sample_put(&sample, 1, 3);
    archive_sample_end(&sample, 1);
    int fd = open_ledger(&sample, 1);
    size = read(fd, ledger.data, sizeof(ledger.data));
    assert_true(size > 0);
    archive_runs_init(&runs);
    for (size_t at = 0; at < (size_t)size; at++) { /* whatever byte it is: an answer, and no crash */
        struct record_origin origin;
        ledger.data[at] ^= 0x81;
        archive_runs_begin(&runs, tl_bytes(ledger.data, (size_t)size));
        for (uint64_t number = 0; number < 5; number++)
            archive_runs_find(&runs, (struct tl_frame_name){1, number}, &origin);
        assert_int_equal(origin.connection, 0); /* there are three frames */
        ledger.data[at] ^= 0x81;
    }
    archive_runs_done(&runs);
    close(fd);
    archive_sample_remove(&sample);
}

/* A ledger that names its connections backwards, so that each moves all others: the last ones stay unknown.
 */
static void a_ledger_that_is_made_to_cost_time_does_not(void **state)
{
    (void)state;
    static uint8_t stream[1 << 20];
    struct archive_runs runs;
    struct record_origin origin;
    size_t size = 0, used;
    const uint64_t count = 20000;
    struct tl_ledger_entry entry = {
        .kind = TL_LEDGER_SEGMENT, .segment = 1, .text = tl_bytes_of_text("peer")};

    for (uint64_t i = 0; i <= count; i++) {
        assert_int_equal(tl_ledger_encode(&entry, stream + size, sizeof(stream) - size, &used), TL_OK);
        size += used;
        entry.kind = TL_LEDGER_CONNECTION;
        entry.connection = count - i;
    }
    for (uint64_t connection = 1; connection <= count; connection += count - 1) {
        struct tl_ledger_run run = {connection, 1, 5};
        uint8_t memory[64];
        struct tl_builder packed = tl_builder(memory, sizeof(memory));
        uint64_t last_ms = 0;
        tl_ledger_put_run(&packed, &run, &last_ms);
        entry = (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_builder_bytes(&packed)};
        assert_int_equal(tl_ledger_encode(&entry, stream + size, sizeof(stream) - size, &used), TL_OK);
        size += used;
    }
    archive_runs_init(&runs);
    archive_runs_begin(&runs, tl_bytes(stream, size));
    archive_runs_find(&runs, (struct tl_frame_name){1, 0}, &origin);
    assert_int_equal(origin.connection, 1);
    assert_null(origin.peer);
    archive_runs_find(&runs, (struct tl_frame_name){1, 1}, &origin);
    assert_int_equal(origin.connection, count);
    assert_string_equal(origin.peer, "peer");
    archive_runs_done(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_mark_behind_it_is_not_taken),
        cmocka_unit_test(the_end_makes_everything_sure),
        cmocka_unit_test(it_may_begin_anywhere),
        cmocka_unit_test(damage_ends_what_is_known),
        cmocka_unit_test(a_ledger_that_is_made_to_cost_time_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
