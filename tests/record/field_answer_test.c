#include "record/wire.h"

#define OWNER "\xc0\x0c" /* www.example.test */

/* A CNAME, an A, an MX, an SOA, and an HTTPS with an ALPN and both hints. */
#define ANSWERS                                                                                              \
    OWNER "\0\5\0\1\0\0\0\5\0\4\1a\xc0\x10" OWNER "\0\1\0\1\0\0\0\6\0\4\xc0\0\2\1"                           \
          "\0\0\x0f\0\1\0\0\0\7\0\5\0\x0a\1m\0"                                                              \
          "\0\0\6\0\1\0\0\0\x08\0\x1a\1n\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"                     \
          "\0\0\x41\0\1\0\0\0\x09\0\x2c\0\1\1t\0\0\1\0\3\2h2\0\4\0\x08\1\2\3\4\5\6\7\x08\0\6\0\x10\x20\1"    \
          "\x0d\xb8\0\0"                                                                                     \
          "\0\0\0\0\0\0\0\0\0\1"

static const struct {
    char wire[sizeof(HEADER("\1", "\5", "\1", "\0") QUESTION ANSWERS "\0\0\2\0\1\0\0\0\1\0\3\1z\0")];
} whole = {HEADER("\1", "\5", "\1", "\0") QUESTION ANSWERS "\0\0\2\0\1\0\0\0\1\0\3\1z\0"};

#define WHOLE tl_bytes(whole.wire, sizeof(whole.wire) - 1)

static void every_answer_has_its_fields(void **state)
{
    (void)state;
    assert_wire_values(WHOLE, FIELD_ANSWER, "5 ");
    assert_wire_values(WHOLE, FIELD_ANSWER_TYPE, "5 1 15 6 65 ");
    assert_wire_values(WHOLE, FIELD_ANSWER_TTL, "5 6 7 8 9 ");
    assert_wire_values(WHOLE, FIELD_ANSWER_NAME,
                       "03775777076578616d706c65047465737400 03775777076578616d706c65047465737400 00 00 00 ");
    assert_wire_values(WHOLE, FIELD_ANSWER_RDATA,
                       "0161c010 c0000201 000a016d00 016e00017200000000010000000200000003000000040000"
                       "0005 "
                       "00010174000001000302683200040008010203040506070800060010"
                       "20010db8000000000000000000000001 ");
}

static void addresses_are_those_of_rdata_and_of_hints(void **state)
{
    (void)state;
    assert_wire_values(WHOLE, FIELD_ANSWER_ADDRESS,
                       "c0000201 01020304 05060708 20010db8000000000000000000000001 ");
}

static void targets_are_the_names_in_rdata(void **state)
{
    (void)state;
    assert_wire_values(WHOLE, FIELD_ANSWER_TARGET,
                       "0161076578616d706c65047465737400 016d00 016e00 017200 017400 ");
}

/* Two records of which the first does not have the form of its type. */
static void a_bad_record_is_passed_over(void **state)
{
    (void)state;
    struct tl_bytes addresses = WIRE(HEADER("\0", "\2", "\0", "\0") "\0\0\1\0\1\0\0\0\1\0\3\1\2\3"
                                                                    "\0\0\x1c\0\1\0\0\0\1\0\x10"
                                                                    "0123456789abcdef");
    struct tl_bytes hints =
        WIRE(HEADER("\0", "\2", "\0", "\0") "\0\0\x41\0\1\0\0\0\1\0\x0a\0\1\0\0\4\0\3\1\2\3"
                                            "\0\0\x41\0\1\0\0\0\1\0\x0b\0\1\0\0\4\0\4\1\2\3\4");
    struct tl_bytes targets = WIRE(HEADER("\0", "\2", "\0", "\0") "\0\0\2\0\1\0\0\0\1\0\3\1xy"
                                                                  "\0\0\2\0\1\0\0\0\1\0\3\1x\0");

    assert_wire_values(addresses, FIELD_ANSWER_ADDRESS, "30313233343536373839616263646566 ");
    assert_wire_values(hints, FIELD_ANSWER_ADDRESS, "01020304 ");
    assert_wire_values(targets, FIELD_ANSWER_TARGET, "017800 ");
}

static void a_fault_ends_the_walk(void **state)
{
    (void)state;
    const enum field fields[] = {FIELD_ANSWER_TYPE,  FIELD_ANSWER_TTL,     FIELD_ANSWER_NAME,
                                 FIELD_ANSWER_RDATA, FIELD_ANSWER_ADDRESS, FIELD_ANSWER_TARGET};

    for (size_t size = 0; size < WHOLE.size; size++) {
        struct guarded in = guarded_new(whole.wire, size);
        struct record record = record_of(tl_bytes(in.data, in.size));
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            char part[4096], all[4096];
            struct record complete = record_of(WHOLE);
            values_of(&record, fields[i], part, sizeof(part));
            values_of(&complete, fields[i], all, sizeof(all));
            assert_memory_equal(part, all, strlen(part));
        }
        guarded_free(&in);
    }
    assert_wire_values(tl_bytes(whole.wire, 60), FIELD_ANSWER_TYPE, "5 ");
}

static void there_may_be_no_answer(void **state)
{
    (void)state;
    struct tl_bytes none = WIRE(HEADER("\0", "\0", "\1", "\0") "\0\0\2\0\1\0\0\0\1\0\3\1z\0");

    assert_wire_values(none, FIELD_ANSWER, "0 ");
    assert_wire_values(none, FIELD_ANSWER_TYPE, "");
    assert_wire_values(none, FIELD_ANSWER_TARGET, "");
    assert_wire_values(none, FIELD_ANSWER_ADDRESS, "");
    assert_wire_values(WIRE("short"), FIELD_ANSWER_TYPE, "");
    assert_wire_values(WIRE("short"), FIELD_ANSWER_TARGET, "");
    assert_wire_values(WIRE("short"), FIELD_ANSWER, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_fields),
        cmocka_unit_test(addresses_are_those_of_rdata_and_of_hints),
        cmocka_unit_test(targets_are_the_names_in_rdata),
        cmocka_unit_test(a_bad_record_is_passed_over),
        cmocka_unit_test(a_fault_ends_the_walk),
        cmocka_unit_test(there_may_be_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
