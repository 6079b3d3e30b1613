#include "pack/runs.h"
#include "pack/sample.h"
#include "proof/test.h"

static const struct tl_archive_segment hot_one = {1, 1, SAMPLE_STAMP, false};

/* Writes the ledger and says which kinds of entries come out of it, and why not more. */
static const char *read_ledger(struct bytes ledger, char text[64])
{
    struct sample sample = sample_make();
    struct runs *runs = malloc(sizeof(*runs));
    struct tl_ledger_entry entry;

    text[0] = '\0';
    sample_write_hot(&sample, 1, TL_ARCHIVE_RUNS, ledger);
    assert_int_equal(runs_open(runs, sample.archive, &hot_one), TL_OK);
    while (runs_next(runs, &entry) == TL_OK)
        sprintf(text + strlen(text), "%d ", entry.kind);
    assert_int_equal(runs_next(runs, &entry), TL_END); /* and again */
    sprintf(text + strlen(text), "%s", runs->fault ? runs->fault : "to its end");
    runs_close(runs);
    free(runs);
    sample_remove(&sample);
    return text;
}

static void it_ends_at_stop_or_where_the_file_ends(void **state)
{
    (void)state;
    struct bytes ledger = sample_simple_ledger(1, 5);
    char text[64];

    assert_string_equal(read_ledger(ledger, text), "1 2 3 to its end");
    bytes_put(&ledger, "whatever", 8);
    assert_string_equal(read_ledger(ledger, text), "1 2 3 to its end");
    ledger.size -= 8 + 12;
    assert_string_equal(read_ledger(ledger, text), "1 2 3 to its end");
    ledger.size -= 1;
    assert_string_equal(read_ledger(ledger, text), "1 2 ends inside an entry");
    ledger.size = 0;
    assert_string_equal(read_ledger(ledger, text), "to its end");
    bytes_free(&ledger);
}

static void what_is_no_ledger_gives_nothing(void **state)
{
    (void)state;
    struct bytes rows = sample_rows(3), bare = {0};
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 1};
    char text[64];

    assert_string_equal(read_ledger(rows, text), "is none");
    bytes_put_entry(&bare, &mark);
    assert_string_equal(read_ledger(bare, text), "is none");
    bytes_free(&bare);
    bytes_put(&bare, "\0\0\0\0\0\0\0\0", 8);
    assert_string_equal(read_ledger(bare, text), "is damaged");
    bytes_free(&rows);
    bytes_free(&bare);
}

static void nothing_behind_damage_is_believed(void **state)
{
    (void)state;
    struct bytes ledger = sample_ledger(1);
    struct tl_ledger_entry mark = {.kind = TL_LEDGER_MARK, .through = 1};
    size_t before = ledger.size;
    char text[64];

    bytes_put(&ledger, "\0\0\0\3\xff\xff\xff", 7); /* a frame that is no entry */
    bytes_put_entry(&ledger, &mark);
    assert_string_equal(read_ledger(ledger, text), "1 is damaged");

    ledger.size = before;
    bytes_put(&ledger, "\0\0\0\1\x08", 5); /* an entry that ends in the middle of a field */
    bytes_put_entry(&ledger, &mark);
    assert_string_equal(read_ledger(ledger, text), "1 is damaged");

    ledger.size = before;
    bytes_put(&ledger, "\0\1\0\1", 4); /* a frame longer than any entry */
    memset(bytes_room(&ledger, 65537), 1, 65537);
    ledger.size += 65537;
    bytes_put_entry(&ledger, &mark);
    assert_string_equal(read_ledger(ledger, text), "1 is damaged");

    ledger.size = before;
    memset(bytes_room(&ledger, 100), 0, 100);
    ledger.size += 100;
    assert_string_equal(read_ledger(ledger, text), "1 is damaged");
    bytes_free(&ledger);
}

static void an_entry_of_any_size_is_read(void **state)
{
    (void)state;
    struct bytes ledger = sample_ledger(1);
    static uint8_t packed[TL_LEDGER_ENTRY_MAX - 8];
    struct tl_ledger_entry runs = {.kind = TL_LEDGER_RUNS, .packed = tl_bytes(packed, sizeof(packed))};
    char text[64];

    for (int i = 0; i < 5; i++)
        bytes_put_entry(&ledger, &runs);
    assert_string_equal(read_ledger(ledger, text), "1 3 3 3 3 3 to its end");
    bytes_free(&ledger);
}

static void one_that_is_missing_has_no_entries(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct runs *runs = malloc(sizeof(*runs));
    struct tl_ledger_entry entry;

    assert_int_equal(runs_open(runs, sample.archive, &hot_one), TL_OK);
    assert_int_equal(runs_next(runs, &entry), TL_END);
    assert_string_equal(runs->fault, "is missing");
    runs_close(runs);
    mkdirat(tl_archive_folder(sample.archive), "hot/20270115T080000Z-00000001.runs", 0700);
    assert_int_equal(runs_open(runs, sample.archive, &hot_one), TL_OK);
    assert_int_equal(runs_next(runs, &entry), TL_SYSTEM); /* as a disk that fails */
    assert_int_equal(errno, EISDIR);
    runs_close(runs);
    free(runs);
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_at_stop_or_where_the_file_ends),
        cmocka_unit_test(what_is_no_ledger_gives_nothing),
        cmocka_unit_test(nothing_behind_damage_is_believed),
        cmocka_unit_test(an_entry_of_any_size_is_read),
        cmocka_unit_test(one_that_is_missing_has_no_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
