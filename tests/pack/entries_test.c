#include "proof/guarded.h"
#include "proof/test.h"

#include "pack/entries.h"
#include "pack/hot_files.h"

static struct hot_files hot;

static struct tl_bytes runs_of_two_origins(void)
{
    hot_begin(&hot, 3); /* SEGMENT and CONNECTION */
    hot_put_run(&hot, 1, 2);
    hot_put_run(&hot, 4, 0);
    hot_put_run(&hot, 2, 1);
    hot_put_entry(&hot, (struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT, .segment = 5});
    hot_put_run(&hot, 9, 2);
    hot_end(&hot);
    return tl_builder_bytes(&hot.runs);
}

static void entries_come_in_turn_until_stop(void **state)
{
    (void)state;
    static const enum tl_ledger_kind kinds[] = {TL_LEDGER_SEGMENT, TL_LEDGER_CONNECTION, TL_LEDGER_RUNS,
                                                TL_LEDGER_RUNS,    TL_LEDGER_RUNS,       TL_LEDGER_SEGMENT,
                                                TL_LEDGER_RUNS};
    struct entries entries;
    struct tl_ledger_entry entry;

    entries_init(&entries, runs_of_two_origins());
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_int_equal(entries_next(&entries, &entry), TL_OK);
        assert_int_equal(entry.kind, kinds[i]);
    }
    assert_int_equal(entries_next(&entries, &entry), TL_END);
    assert_true(entries.is_stopped);
    entries_init(&entries, tl_bytes(NULL, 0));
    assert_int_equal(entries_next(&entries, &entry), TL_END);
    assert_false(entries.is_stopped);
}

/* A stream that is cut anywhere ends so, after the entries that are whole. */
static void a_cut_stream_gives_what_is_whole(void **state)
{
    (void)state;
    struct tl_bytes whole = runs_of_two_origins();
    struct entries entries;
    struct tl_ledger_entry entry;
    size_t last = 0;

    for (size_t size = 0; size < whole.size; size++) {
        struct guarded in = guarded_new(whole.data, size);
        size_t count = 0;
        enum tl_status status;
        entries_init(&entries, tl_bytes(in.data, in.size));
        while ((status = entries_next(&entries, &entry)) == TL_OK)
            count++;
        assert_int_equal(status, entries.is_cut ? TL_TRUNCATED : TL_END);
        assert_false(entries.is_stopped);
        assert_in_range(count, last, last + 1);
        last = count;
        guarded_free(&in);
    }
    assert_int_equal(last, 7);
}

static void what_is_no_ledger_is_refused(void **state)
{
    (void)state;
    struct entries entries;
    struct tl_ledger_entry entry;

    runs_of_two_origins();
    entries_init(&entries, tl_builder_bytes(&hot.rows));
    assert_int_equal(entries_next(&entries, &entry), TL_BAD_CONTENT_TYPE);
    entries_init(&entries, tl_bytes(hot.runs.start + 43, 100)); /* behind START */
    assert_int_equal(entries_next(&entries, &entry), TL_UNEXPECTED_DATA);
    hot_end(&hot);
    entries_init(&entries, tl_builder_bytes(&hot.runs));
    enum tl_status status = TL_OK;
    while (status == TL_OK)
        status = entries_next(&entries, &entry);
    assert_int_equal(status, TL_UNEXPECTED_CONTROL); /* a second STOP */
    hot.runs = tl_builder(hot.runs_memory, sizeof(hot.runs_memory));
    hot_put_control(&hot.runs, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
    tl_builder_put_be32(&hot.runs, TL_LEDGER_ENTRY_MAX - 1);
    entries_init(&entries, tl_bytes(hot.runs.start, tl_builder_size(&hot.runs)));
    assert_int_equal(entries_next(&entries, &entry), TL_TRUNCATED);
    assert_true(entries.is_cut);
}

static void an_entry_that_is_cut_is_no_cut_stream(void **state)
{
    (void)state;
    struct entries entries;
    struct tl_ledger_entry entry;

    hot.runs = tl_builder(hot.runs_memory, sizeof(hot.runs_memory));
    hot_put_control(&hot.runs, TL_CONTROL_START, TL_LEDGER_CONTENT_TYPE);
    tl_builder_put(&hot.runs, tl_bytes("\0\0\0\1\x08", 5)); /* a tag without its value */
    hot_put_mark(&hot);
    entries_init(&entries, tl_builder_bytes(&hot.runs));
    assert_int_equal(entries_next(&entries, &entry), TL_TRUNCATED);
    assert_false(entries.is_cut);
    assert_int_equal(entries_next(&entries, &entry), TL_OK);
    assert_int_equal(entry.kind, TL_LEDGER_MARK);
}

static void every_frame_has_its_run(void **state)
{
    (void)state;
    struct arrivals arrivals;
    uint64_t found[6];

    arrivals_init(&arrivals, runs_of_two_origins());
    for (int i = 0; i < 4; i++)
        found[i] = arrivals_next(&arrivals, 3).connection;
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], 1);
    assert_int_equal(found[2], 2);
    assert_int_equal(found[3], 0); /* what is not covered */
    assert_int_equal(arrivals_next(&arrivals, 5).connection, 9);
    assert_int_equal(arrivals_next(&arrivals, 5).arrival_ms, 1);
    assert_int_equal(arrivals_next(&arrivals, 5).connection, 0);
    assert_int_equal(arrivals_next(&arrivals, 6).connection, 0);
    /* Runs that are left over, and an origin that is passed over, shift nothing. */
    arrivals_init(&arrivals, runs_of_two_origins());
    assert_int_equal(arrivals_next(&arrivals, 3).connection, 1);
    assert_int_equal(arrivals_next(&arrivals, 5).connection, 9);
    arrivals_init(&arrivals, runs_of_two_origins());
    assert_int_equal(arrivals_next(&arrivals, 4).connection, 0);
    assert_int_equal(arrivals_next(&arrivals, 5).connection, 9);
}

static void behind_damaged_runs_nobody_is_known(void **state)
{
    (void)state;
    struct arrivals arrivals;

    hot_begin(&hot, 1);
    hot_put_entry(&hot,
                  (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_bytes("\1\1\2\1\1", 5)});
    hot_put_run(&hot, 7, 5);
    hot_put_entry(&hot, (struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT, .segment = 2});
    hot_put_run(&hot, 8, 5);
    hot_end(&hot);
    arrivals_init(&arrivals, tl_builder_bytes(&hot.runs));
    assert_int_equal(arrivals_next(&arrivals, 1).connection, 1);
    assert_int_equal(arrivals_next(&arrivals, 1).connection, 0);
    assert_int_equal(arrivals_next(&arrivals, 2).connection, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_in_turn_until_stop),
        cmocka_unit_test(a_cut_stream_gives_what_is_whole),
        cmocka_unit_test(what_is_no_ledger_is_refused),
        cmocka_unit_test(an_entry_that_is_cut_is_no_cut_stream),
        cmocka_unit_test(every_frame_has_its_run),
        cmocka_unit_test(behind_damaged_runs_nobody_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
