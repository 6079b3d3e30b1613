#include "dns/wire.h"

/* One of each: a question, and records whose names point at it. */
#define SAMPLE                                                                                               \
    "\x12\x34\x85\x83\0\1\0\2\0\1\0\1"                                                                       \
    "\3www\4test\0\0\x1c\0\1"                                                                                \
    "\xc0\x0c\0\x05\0\1\0\0\1\x2c\0\4\1a\xc0\x10"                                                            \
    "\xc0\x26\0\1\0\1\x80\0\0\1\0\4\xc0\0\2\1"                                                               \
    "\xc0\x10\0\2\0\1\0\0\0\0\0\0"                                                                           \
    "\0\0\x29\x04\xd0\0\0\x80\0\0\0"

static const struct {
    enum tl_dns_section section;
    uint16_t type, rclass;
    uint32_t ttl;
    size_t name, rdata, rdata_size;
} sample_records[] = {
    {TL_DNS_QUESTION, 28, 1, 0, 12, 26, 0},           {TL_DNS_ANSWER, 5, 1, 300, 26, 38, 4},
    {TL_DNS_ANSWER, 1, 1, 0x80000001, 42, 54, 4},     {TL_DNS_AUTHORITY, 2, 1, 0, 58, 70, 0},
    {TL_DNS_ADDITIONAL, 41, 1232, 0x8000, 70, 81, 0},
};

#define RECORDS (sizeof(sample_records) / sizeof(sample_records[0]))

static void check_record(const struct tl_dns *message, const struct tl_dns_record *record, size_t i)
{
    assert_int_equal(record->section, sample_records[i].section);
    assert_int_equal(record->type, sample_records[i].type);
    assert_int_equal(record->rclass, sample_records[i].rclass);
    assert_int_equal(record->ttl, sample_records[i].ttl);
    assert_int_equal(record->name, sample_records[i].name);
    assert_ptr_equal(record->rdata.data, message->wire.data + sample_records[i].rdata);
    assert_int_equal(record->rdata.size, sample_records[i].rdata_size);
}

static void the_header_is_read(void **state)
{
    (void)state;
    struct tl_bytes wire = WIRE(SAMPLE);
    struct tl_dns message = {.id = 77};

    for (size_t size = 0; size < TL_DNS_HEADER_SIZE; size++) {
        struct guarded in = guarded_new(wire.data, size);
        assert_int_equal(tl_dns_open(guarded_bytes(&in), &message), TL_TRUNCATED);
        guarded_free(&in);
    }
    assert_int_equal(message.id, 77);
    assert_int_equal(tl_dns_open(wire, &message), TL_OK);
    assert_int_equal(message.id, 0x1234);
    assert_int_equal(message.flags, 0x8583);
    assert_int_equal(message.count[TL_DNS_QUESTION], 1);
    assert_int_equal(message.count[TL_DNS_ANSWER], 2);
    assert_int_equal(message.count[TL_DNS_AUTHORITY], 1);
    assert_int_equal(message.count[TL_DNS_ADDITIONAL], 1);
    assert_int_equal(tl_dns_opcode(&message), 0);
    assert_int_equal(tl_dns_rcode(&message), 3);
    message.flags = 0x2fff;
    assert_int_equal(tl_dns_opcode(&message), 5);
    assert_int_equal(tl_dns_rcode(&message), 15);
}

static void records_come_in_order(void **state)
{
    (void)state;
    struct guarded in = guarded_new(SAMPLE, sizeof(SAMPLE) - 1);
    struct tl_dns message;
    struct tl_dns_record record;

    assert_int_equal(tl_dns_open(guarded_bytes(&in), &message), TL_OK);
    struct tl_dns_cursor cursor = tl_dns_records(&message);
    for (size_t i = 0; i < RECORDS; i++) {
        assert_int_equal(tl_dns_next_record(&cursor, &record), TL_OK);
        check_record(&message, &record, i);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(tl_dns_next_record(&cursor, &record), TL_END);
    assert_int_equal(cursor.offset, sizeof(SAMPLE) - 1);
    assert_int_equal(tl_dns_question(&message, &record), TL_OK);
    check_record(&message, &record, 0);
    guarded_free(&in);
}

/* Where each field ends and what a message that ends before it is told. */
static void every_cut_is_found_where_it_is(void **state)
{
    (void)state;
    static const struct {
        size_t start, fault; /* sizes up to the next one's start give this offset */
    } faults[] = {
        {12, 12}, {13, 12}, {16, 16}, {21, 21}, {22, 22}, {26, 26}, {28, 28}, {38, 36},
        {42, 42}, {44, 44}, {54, 52}, {58, 58}, {60, 60}, {70, 70}, {71, 71}, {81, 0},
    };

    for (size_t i = 0; i + 1 < sizeof(faults) / sizeof(faults[0]); i++) {
        for (size_t size = faults[i].start; size < faults[i + 1].start; size++) {
            struct guarded in = guarded_new(SAMPLE, size);
            struct tl_dns message;
            struct tl_dns_record record;
            enum tl_status status;
            assert_int_equal(tl_dns_open(guarded_bytes(&in), &message), TL_OK);
            struct tl_dns_cursor cursor = tl_dns_records(&message);
            while ((status = tl_dns_next_record(&cursor, &record)) == TL_OK)
                continue;
            assert_int_equal(status, TL_TRUNCATED);
            assert_int_equal(cursor.offset, faults[i].fault);
            assert_int_equal(tl_dns_next_record(&cursor, &record), TL_TRUNCATED);
            assert_int_equal(cursor.offset, faults[i].fault);
            assert_int_equal(tl_dns_question(&message, &record), size < 26 ? TL_TRUNCATED : TL_OK);
            guarded_free(&in);
        }
    }
}

static void check_fault(struct tl_bytes wire, size_t good, enum tl_status expected, size_t offset)
{
    struct guarded in = guarded_new(wire.data, wire.size);
    struct tl_dns message;
    struct tl_dns_record record;

    assert_int_equal(tl_dns_open(guarded_bytes(&in), &message), TL_OK);
    struct tl_dns_cursor cursor = tl_dns_records(&message);
    for (size_t i = 0; i < good; i++)
        assert_int_equal(tl_dns_next_record(&cursor, &record), TL_OK);
    memset(&record, 0xa5, sizeof(record));
    struct tl_dns_record untouched = record;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tl_dns_next_record(&cursor, &record), expected);
        assert_int_equal(cursor.offset, offset);
    }
    assert_memory_equal(&record, &untouched, sizeof(record));
    guarded_free(&in);
}

static void faults_of_names_are_found_where_they_are(void **state)
{
    (void)state;
    check_fault(WIRE(HEADER_OF_QUESTION "\1a\x40\0\1\0\1"), 0, TL_BAD_LABEL, 14);
    check_fault(WIRE(HEADER_OF_QUESTION "\1a\xc0\x0c\0\1\0\1"), 0, TL_BAD_POINTER, 14);
    check_fault(WIRE(HEADER_OF_QUESTION "\xc0\x0c\0\1\0\1"), 0, TL_BAD_POINTER, 12);
    check_fault(WIRE(HEADER_OF_QUESTION "\xc0\x0e\0\1\0\1"), 0, TL_BAD_POINTER, 12);
    /* Into the header, where the id is a label of reserved type. */
    check_fault(WIRE("\x80\0\0\0\0\1\0\0\0\0\0\0\xc0\0\0\1\0\1"), 0, TL_BAD_LABEL, 0);
    check_fault(WIRE("\0\0\0\0\0\1\0\1\0\0\0\0\0\0\1\0\1\x80"), 1, TL_BAD_LABEL, 17);

    uint8_t wire[12 + 256 + 4] = HEADER_OF_QUESTION "\x3f";
    wire[12 + 64] = wire[12 + 128] = 63;
    wire[12 + 192] = 62;
    check_fault(tl_bytes(wire, sizeof(wire)), 0, TL_NAME_TOO_LONG, 12 + 255);
}

static void counts_that_lie_end_where_the_bytes_end(void **state)
{
    (void)state;
    check_fault(WIRE("\0\0\0\0\0\0\0\0\0\0\0\0"), 0, TL_END, 12);
    check_fault(WIRE("\0\0\0\0\0\0\0\0\0\0\0\0trailing"), 0, TL_END, 12);
    check_fault(WIRE("\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), 0, TL_TRUNCATED, 12);
    check_fault(WIRE("\0\0\0\0\0\0\xff\xff\0\0\0\0"), 0, TL_TRUNCATED, 12);
    check_fault(WIRE("\0\0\0\0\0\0\0\0\0\0\0\1\0\0\1\0\1\0\0\0\0\0\0"), 1, TL_END, 23);
    check_fault(WIRE("\0\0\0\0\0\2\0\0\0\0\0\0\0\0\1\0\1\0\0\1\0\1\0\0\1\0\1"), 2, TL_END, 22);
    check_fault(WIRE("\0\0\0\0\0\1\0\0\0\0\0\1\0\0\1\0\1\0\0\1\0\1\0\0\0\0\xff\xff"), 1, TL_TRUNCATED, 26);
}

static void a_message_may_have_no_question(void **state)
{
    (void)state;
    struct tl_dns message;
    struct tl_dns_record record = {.name = 77};

    assert_int_equal(tl_dns_open(WIRE("\0\0\x80\x01\0\0\0\0\0\0\0\0"), &message), TL_OK);
    assert_int_equal(tl_dns_question(&message, &record), TL_END);
    assert_int_equal(record.name, 77);
}

/* RFC 2136: the zone stands where the question is; the records of class ANY and NONE have empty rdata. */
static void an_update_is_walked_like_any_other(void **state)
{
    (void)state;
    static const struct {
        enum tl_dns_section section;
        uint16_t type, rclass;
    } expected[] = {{0, 6, 1}, {1, 255, 255}, {1, 1, 254}, {2, 16, 1}, {2, 255, 255}};
    struct tl_dns message;
    struct tl_dns_record record;

    assert_int_equal(tl_dns_open(WIRE("\0\1\x28\0\0\1\0\2\0\2\0\0"
                                      "\4test\0\0\6\0\1"
                                      "\1a\xc0\x0c\0\xff\0\xff\0\0\0\0\0\0"
                                      "\1b\xc0\x0c\0\1\0\xfe\0\0\0\0\0\0"
                                      "\1c\xc0\x0c\0\x10\0\1\0\0\0\1\0\2\1x"
                                      "\1d\xc0\x0c\0\xff\0\xff\0\0\0\0\0\0"),
                                 &message),
                     TL_OK);
    assert_int_equal(tl_dns_opcode(&message), 5);
    struct tl_dns_cursor cursor = tl_dns_records(&message);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_int_equal(tl_dns_next_record(&cursor, &record), TL_OK);
        assert_int_equal(record.section, expected[i].section);
        assert_int_equal(record.type, expected[i].type);
        assert_int_equal(record.rclass, expected[i].rclass);
    }
    assert_int_equal(tl_dns_next_record(&cursor, &record), TL_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_read),
        cmocka_unit_test(records_come_in_order),
        cmocka_unit_test(every_cut_is_found_where_it_is),
        cmocka_unit_test(faults_of_names_are_found_where_they_are),
        cmocka_unit_test(counts_that_lie_end_where_the_bytes_end),
        cmocka_unit_test(a_message_may_have_no_question),
        cmocka_unit_test(an_update_is_walked_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
