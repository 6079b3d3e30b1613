#include "record/wire.h"

static void a_message_is_looked_into_once(void **state)
{
    (void)state;
    uint8_t wire[] = HEADER("\1", "\0", "\0", "\1") QUESTION "\0\0\x29\4\xd0\1\0\x80\0\0\0";
    struct record record = record_of(tl_bytes(wire, sizeof(wire) - 1));
    struct look look;

    memset(&look, 0xee, sizeof(look));
    look_at(&look, &record);
    const struct tl_dns_record *question = look_question(&look);
    assert_non_null(question);
    assert_int_equal(question->section, TL_DNS_QUESTION);
    assert_int_equal(question->type, 1);
    assert_int_equal(question->rclass, 1);
    assert_int_equal(question->ttl, 0);
    assert_int_equal(question->name, 12);
    assert_int_equal(question->rdata.size, 0);
    assert_int_equal(look.qname_size, 18);
    assert_memory_equal(look.qname, "\3wWw\7example\4test", 18);
    assert_int_equal(look_message(&look)->id, 0x1234);
    assert_int_equal(look_edns(&look)->udp_size, 1232);
    memset(wire, 0xff, sizeof(wire));
    assert_ptr_equal(look_question(&look), question);
    assert_int_equal(question->type, 1);
    assert_int_equal(look_message(&look)->id, 0x1234);
    assert_int_equal(look_edns(&look)->extended_rcode, 1);
    look_at(&look, &record);
    assert_int_equal(look_message(&look)->id, 0xffff);
    assert_null(look_question(&look));
    assert_null(look_edns(&look));
}

static void check_nothing(struct tl_bytes wire, bool has_message, bool has_question)
{
    struct guarded in = guarded_new(wire.data, wire.size);
    struct record record = record_of(tl_bytes(in.data, in.size));
    struct look look;

    look_at(&look, &record);
    for (int i = 0; i < 2; i++) {
        assert_null(look_edns(&look));
        assert_int_equal(look_question(&look) != NULL, has_question);
        assert_int_equal(look_message(&look) != NULL, has_message);
    }
    guarded_free(&in);
}

static void there_may_be_nothing(void **state)
{
    (void)state;
    check_nothing(WIRE(""), false, false);
    check_nothing(WIRE("\1\2\3\4\5\6\7\10\11\12\13"), false, false);
    check_nothing(WIRE(HEADER("\0", "\0", "\0", "\0")), true, false);
    check_nothing(WIRE(HEADER("\1", "\0", "\0", "\0")), true, false);
    check_nothing(WIRE(HEADER("\1", "\0", "\0", "\0") "\3www\0\0\1\0"), true, false);
    check_nothing(WIRE(HEADER("\1", "\0", "\0", "\0") "\xc0\x0c\0\1\0\1"), true, false);
    check_nothing(WIRE(HEADER("\1", "\0", "\0", "\0") "\3www\0\0\1\0\1"), true, true);
    check_nothing(WIRE(HEADER("\1", "\0", "\0", "\1") "\3www\0\0\1\0\1\0\0\x29\0"), true, true);
}

/* A length of two bytes cannot say so much, and the JSON does not look into it either. */
static void a_message_that_no_transport_carries_is_none(void **state)
{
    (void)state;
    uint8_t *wire = calloc(1, 65536);
    struct record record;
    struct look look;

    assert_non_null(wire);
    record = record_of(tl_bytes(wire, 65536));
    look_at(&look, &record);
    assert_null(look_message(&look));
    record = record_of(tl_bytes(wire, 65535));
    look_at(&look, &record);
    assert_non_null(look_message(&look));
    free(wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_looked_into_once),
        cmocka_unit_test(there_may_be_nothing),
        cmocka_unit_test(a_message_that_no_transport_carries_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
