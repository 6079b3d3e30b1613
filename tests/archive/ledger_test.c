#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/archive.h>

#define TEXT(text) tl_bytes_of_text(text)

/* One of each kind with every field of the kind set. */
static const struct tl_ledger_entry *samples(size_t *ret_count)
{
    static struct tl_ledger_entry entries[8];

    entries[0] = (struct tl_ledger_entry){.kind = TL_LEDGER_SEGMENT,
                                          .segment = 17,
                                          .at_ms = 1795555462402,
                                          .run_ms = 1795555000000,
                                          .text = TEXT("tapline 0.1.0")};
    entries[1] = (struct tl_ledger_entry){.kind = TL_LEDGER_CONNECTION,
                                          .connection = 3,
                                          .at_ms = 1795555462403,
                                          .text = TEXT("unix:pid 812 uid 53"),
                                          .listener = TEXT("unix:/run/named/dnstap.sock")};
    entries[2] =
        (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS, .packed = tl_bytes("\x03\x10\x02\x00\x01\x01", 6)};
    entries[3] = (struct tl_ledger_entry){.kind = TL_LEDGER_LOSS,
                                          .connection = 3,
                                          .at_ms = 1795555462404,
                                          .text = TEXT("too-long"),
                                          .frames = 1,
                                          .bytes = 1048581,
                                          .is_at_most = true,
                                          .sender = 0xfedcba9876543210u,
                                          .total = 99};
    entries[4] = (struct tl_ledger_entry){.kind = TL_LEDGER_CLOSED,
                                          .connection = 3,
                                          .at_ms = 1795555462405,
                                          .text = TEXT("stop"),
                                          .frames = UINT64_MAX,
                                          .bytes = UINT64_MAX};
    entries[5] = (struct tl_ledger_entry){.kind = TL_LEDGER_MARK, .through = 4711};
    entries[6] = (struct tl_ledger_entry){
        .kind = TL_LEDGER_END, .segment = 17, .frames = 100, .bytes = 13700, .skipped = 9};
    entries[7] = (struct tl_ledger_entry){.kind = TL_LEDGER_BLOCKS, .packed = tl_bytes("\x01\x02\x03", 3)};
    *ret_count = 8;
    return entries;
}

static void assert_same(const struct tl_ledger_entry *a, const struct tl_ledger_entry *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->segment, b->segment);
    assert_int_equal(a->at_ms, b->at_ms);
    assert_int_equal(a->run_ms, b->run_ms);
    assert_true(tl_bytes_equal(a->text, b->text));
    assert_true(tl_bytes_equal(a->listener, b->listener));
    assert_int_equal(a->connection, b->connection);
    assert_int_equal(a->frames, b->frames);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->skipped, b->skipped);
    assert_int_equal(a->is_at_most, b->is_at_most);
    assert_int_equal(a->through, b->through);
    assert_int_equal(a->sender, b->sender);
    assert_int_equal(a->total, b->total);
    assert_true(tl_bytes_equal(a->packed, b->packed));
}

static void decodes_what_it_encoded(void **state)
{
    (void)state;
    size_t count;
    const struct tl_ledger_entry *entry = samples(&count);

    for (; count; count--, entry++) {
        uint8_t wire[256];
        size_t size = 0;
        struct tl_ledger_entry decoded;
        assert_int_equal(tl_ledger_encode(entry, wire, sizeof(wire), &size), TL_OK);
        assert_int_equal(tl_be32(wire), size - 4);
        struct guarded in = guarded_new(wire + 4, size - 4);
        assert_int_equal(tl_ledger_decode(tl_bytes(in.data, in.size), &decoded), TL_OK);
        assert_same(entry, &decoded);
        guarded_free(&in);
    }
}

/* tapline-archive(5) gives these numbers to other programs. */
static void has_the_bytes_that_are_documented(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0,    0,    0,    15,  /* length of the frame */
        0x08, 4,               /* kind: LOSS */
        0x18, 0x96, 0x01,      /* at_ms: 150 */
        0x2a, 2,    'n',  'o', /* text */
        0x38, 5,               /* connection */
        0x48, 7,               /* bytes */
        0x58, 1,               /* is_at_most */
    };
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_LOSS,
                                    .at_ms = 150,
                                    .text = TEXT("no"),
                                    .connection = 5,
                                    .bytes = 7,
                                    .is_at_most = true};
    uint8_t wire[64];
    size_t size = 0;

    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(size, sizeof(expected));
    assert_memory_equal(wire, expected, sizeof(expected));
}

static void writes_whole_entries_or_says_full(void **state)
{
    (void)state;
    size_t count;
    const struct tl_ledger_entry *entry = samples(&count);

    for (; count; count--, entry++) {
        uint8_t wire[256];
        size_t whole = 0;
        assert_int_equal(tl_ledger_encode(entry, wire, sizeof(wire), &whole), TL_OK);
        for (size_t room = 0; room < whole; room++) {
            struct guarded out = guarded_new(wire, room);
            size_t size = 12345;
            assert_int_equal(tl_ledger_encode(entry, out.data, room, &size), TL_FULL);
            assert_int_equal(size, 12345);
            guarded_free(&out);
        }
    }
}

static void cuts_texts_and_bounds_entries(void **state)
{
    (void)state;
    static uint8_t wire[2 * TL_LEDGER_ENTRY_MAX], packed[TL_LEDGER_ENTRY_MAX];
    static char text[2000];
    struct tl_ledger_entry entry = {.kind = TL_LEDGER_LOSS}, decoded;
    size_t size = 0;

    memset(text, 'x', sizeof(text));
    entry.text = tl_bytes(text, sizeof(text));
    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(tl_ledger_decode(tl_bytes(wire + 4, size - 4), &decoded), TL_OK);
    assert_int_equal(decoded.text.size, 1000);

    entry = (struct tl_ledger_entry){.kind = TL_LEDGER_RUNS};
    entry.packed = tl_bytes(packed, TL_LEDGER_ENTRY_MAX - 6); /* kind 2, tag 1, length 3 */
    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_OK);
    assert_int_equal(size, TL_LEDGER_ENTRY_MAX + 4);
    entry.packed.size++;
    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_FULL);

    entry.kind = TL_LEDGER_UNKNOWN;
    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_BAD_ARGUMENT);
    entry.kind = (enum tl_ledger_kind)(TL_LEDGER_BLOCKS + 1);
    assert_int_equal(tl_ledger_encode(&entry, wire, sizeof(wire), &size), TL_BAD_ARGUMENT);
}

static void assert_decodes(const void *bytes, size_t size, enum tl_status expected, enum tl_ledger_kind kind)
{
    struct tl_ledger_entry decoded = {.kind = TL_LEDGER_MARK, .through = 99};
    struct guarded in = guarded_new(bytes, size);

    assert_int_equal(tl_ledger_decode(tl_bytes(in.data, in.size), &decoded), expected);
    assert_int_equal(decoded.kind, expected == TL_OK ? kind : TL_LEDGER_MARK);
    if (expected != TL_OK)
        assert_int_equal(decoded.through, 99);
    guarded_free(&in);
}

#define DECODES(bytes, status, kind) assert_decodes(bytes, sizeof(bytes) - 1, TL_##status, TL_LEDGER_##kind)

static void passes_over_what_it_does_not_know(void **state)
{
    (void)state;
    DECODES("", OK, UNKNOWN);
    DECODES("\x08\x09", OK, UNKNOWN);
    DECODES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", OK, UNKNOWN);
    DECODES("\x60\x07", OK, UNKNOWN);      /* a field, but no kind */
    DECODES("\x60\x07\x08\x06", OK, MARK); /* in any order */
    DECODES("\x08\x07\x60\x07", OK, END);  /* a field of another kind */
    DECODES("\x08\x06\x80\x01\x01\x81\x01\0\0\0\0\0\0\0\0\x82\x01\x03xyz\x85\x01\0\0\0\0", OK, MARK);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    DECODES("\x08", TRUNCATED, UNKNOWN);
    DECODES("\x08\x06\x60", TRUNCATED, UNKNOWN);
    DECODES("\x08\x06\x60\x80", TRUNCATED, UNKNOWN);
    DECODES("\x08\x04\x2a\x03no", TRUNCATED, UNKNOWN);
    DECODES("\x08\x04\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", TRUNCATED, UNKNOWN);
    DECODES("\x81\x01\0\0\0\0\0\0\0", TRUNCATED, UNKNOWN);
    DECODES("\x85\x01\0\0\0", TRUNCATED, UNKNOWN);
    DECODES("\x60\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80", BAD_VARINT, UNKNOWN);
    DECODES("\x00", BAD_TAG, UNKNOWN);
    DECODES("\x80\x80\x80\x80\x10\x00", BAD_TAG, UNKNOWN);
    DECODES("\x0a\x00", BAD_WIRE_TYPE, UNKNOWN);
    DECODES("\x62\x00", BAD_WIRE_TYPE, UNKNOWN);
    DECODES("\x28\x00", BAD_WIRE_TYPE, UNKNOWN);
    DECODES("\x83\x01", BAD_WIRE_TYPE, UNKNOWN);
    DECODES("\x86\x01", BAD_WIRE_TYPE, UNKNOWN);
}

static void keeps_runs_in_order_with_any_times(void **state)
{
    (void)state;
    static const struct tl_ledger_run runs[] = {
        {3, 16, 1795555462402}, {4, 1, 1795555462402},       {3, 2, 1795555462401}, {0, 9, 0},
        {1, 1, UINT64_MAX},     {UINT64_MAX, UINT64_MAX, 0}, {7, 0, 1ull << 63},
    };
    uint8_t memory[128];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    for (size_t i = 0; i < 7; i++)
        tl_ledger_put_run(&packed, &runs[i], &last_ms);
    assert_int_equal(packed.status, TL_OK);
    struct tl_bytes rest = tl_builder_bytes(&packed);
    last_ms = 0;
    for (size_t i = 0; i < 7; i++) {
        struct tl_ledger_run run = {0};
        assert_int_equal(tl_ledger_next_run(&rest, &last_ms, &run), TL_OK);
        assert_int_equal(run.connection, runs[i].connection);
        assert_int_equal(run.frames, runs[i].frames);
        assert_int_equal(run.arrival_ms, runs[i].arrival_ms);
    }
    struct tl_ledger_run run;
    assert_int_equal(tl_ledger_next_run(&rest, &last_ms, &run), TL_END);
}

/* A run that does not fit leaves no half, and the times go on from the last one that did. */
static void puts_a_run_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct tl_ledger_run first = {1, 1, 1000}, second = {200, 300, 5000};
    uint8_t memory[8];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    tl_ledger_put_run(&packed, &first, &last_ms);
    size_t size = tl_builder_size(&packed);
    tl_ledger_put_run(&packed, &second, &last_ms);
    assert_int_equal(packed.status, TL_FULL);
    assert_int_equal(tl_builder_size(&packed), size);
    assert_int_equal(last_ms, 1000);
}

static void refuses_half_a_run(void **state)
{
    (void)state;
    static const struct tl_ledger_run run = {200, 300, 1795555462402};
    uint8_t memory[32];
    struct tl_builder packed = tl_builder(memory, sizeof(memory));
    uint64_t last_ms = 0;

    tl_ledger_put_run(&packed, &run, &last_ms);
    for (size_t size = 1; size < tl_builder_size(&packed); size++) {
        struct guarded in = guarded_new(memory, size);
        struct tl_bytes rest = tl_bytes(in.data, in.size);
        struct tl_ledger_run out = {7, 7, 7};
        last_ms = 5;
        assert_int_equal(tl_ledger_next_run(&rest, &last_ms, &out), TL_TRUNCATED);
        assert_int_equal(rest.size, size);
        assert_int_equal(last_ms, 5);
        assert_int_equal(out.frames, 7);
        guarded_free(&in);
    }
    struct tl_bytes rest = tl_bytes("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
    struct tl_ledger_run out;
    assert_int_equal(tl_ledger_next_run(&rest, &last_ms, &out), TL_BAD_VARINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_what_it_encoded),
        cmocka_unit_test(has_the_bytes_that_are_documented),
        cmocka_unit_test(writes_whole_entries_or_says_full),
        cmocka_unit_test(cuts_texts_and_bounds_entries),
        cmocka_unit_test(passes_over_what_it_does_not_know),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(keeps_runs_in_order_with_any_times),
        cmocka_unit_test(puts_a_run_whole_or_not_at_all),
        cmocka_unit_test(refuses_half_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
