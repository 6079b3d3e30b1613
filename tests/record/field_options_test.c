#include "record/wire.h"

/* A message whose only record is an OPT with so many bytes of options. */
#define WITH_OPTIONS(size, options)                                                                          \
    WIRE(HEADER("\0", "\0", "\0", "\1") "\0\0\x29\4\xd0\1\0\x80\0\0" size options)

static void options_have_their_codes(void **state)
{
    (void)state;
    struct tl_bytes wire = WITH_OPTIONS("\x10", "\0\x0a\0\2xy"
                                                "\0\3\0\2id"
                                                "\xff\xff\0\0");

    assert_wire_values(wire, FIELD_EDNS_OPTION, "10 3 65535 ");
    assert_wire_values(wire, FIELD_EDNS_NSID, "id ");
    assert_wire_values(wire, FIELD_EDNS_EDE, "");
    assert_wire_values(wire, FIELD_ERROR, "");
    assert_wire_values(WITH_OPTIONS("\x0a", "\0\3\0\1a\0\3\0\3b"), FIELD_EDNS_OPTION, "3 ");
    assert_wire_values(WITH_OPTIONS("\x0a", "\0\3\0\1a\0\3\0\1b"), FIELD_EDNS_NSID, "a ");
    assert_wire_values(WIRE(HEADER("\0", "\0", "\0", "\0")), FIELD_EDNS_OPTION, "");
    assert_wire_values(WIRE(""), FIELD_EDNS_NSID, "");
}

static void errors_have_their_codes_and_text(void **state)
{
    (void)state;
    struct tl_bytes wire = WITH_OPTIONS("\x15", "\0\x0f\0\2\0\x0f"
                                                "\0\x0f\0\1x"
                                                "\0\x0f\0\6\0\6nope");

    assert_wire_values(wire, FIELD_EDNS_EDE, "15 6 ");
    assert_wire_values(wire, FIELD_EDNS_EDE_TEXT, "nope ");
}

static void check_subnet(struct tl_bytes wire, const char *address, const char *source, const char *scope)
{
    assert_wire_values(wire, FIELD_EDNS_CLIENT_SUBNET, address);
    assert_wire_values(wire, FIELD_EDNS_CLIENT_SUBNET_SOURCE, source);
    assert_wire_values(wire, FIELD_EDNS_CLIENT_SUBNET_SCOPE, scope);
}

static void a_subnet_is_filled_up_with_zeros(void **state)
{
    (void)state;
    check_subnet(WITH_OPTIONS("\x0b", "\0\x08\0\7\0\1\x18\x10\1\2\3"), "01020300 ", "24 ", "16 ");
    check_subnet(WITH_OPTIONS("\x08", "\0\x08\0\4\0\1\0\0"), "00000000 ", "0 ", "0 ");
    check_subnet(WITH_OPTIONS("\x0c", "\0\x08\0\x08\0\2\x20\0\x20\1\x0d\xb8"),
                 "20010db8000000000000000000000000 ", "32 ", "0 ");
    check_subnet(WITH_OPTIONS("\x08", "\0\x08\0\4\0\0\0\0"), "", "0 ", "0 "); /* RFC 7871 section 7.1.2 */
    check_subnet(WITH_OPTIONS("\x08", "\0\x08\0\4\0\1\x21\0"), "", "", "");
    check_subnet(WITH_OPTIONS("\x08", "\0\x08\0\4\0\3\x08\0"), "", "", "");
    check_subnet(WITH_OPTIONS("\x0d", "\0\x08\0\x09\0\1\x18\0\1\2\3\4\5"), "", "", "");
    check_subnet(WITH_OPTIONS("\7", "\0\x08\0\3\0\1\0"), "", "", "");
}

static void a_fault_is_said(void **state)
{
    (void)state;
    struct record record = record_of(WIRE("\0\0"));
    struct record none = {.status = TL_OK}, undecodable = {.status = TL_BAD_WIRE_TYPE};

    assert_values(&record, FIELD_ERROR, "the input ends in the middle of a value ");
    assert_values(&none, FIELD_ERROR, "");
    assert_values(&undecodable, FIELD_ERROR, "a protobuf field has the wrong wire type ");
    assert_wire_values(WIRE(HEADER("\1", "\0", "\0", "\0") QUESTION), FIELD_ERROR, "");
    assert_wire_values(WIRE(HEADER("\1", "\1", "\0", "\0") QUESTION), FIELD_ERROR,
                       "the input ends in the middle of a value ");
    assert_wire_values(WITH_OPTIONS("\4", "\0\3\0\1"), FIELD_ERROR,
                       "the input ends in the middle of a value ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_their_codes),
        cmocka_unit_test(errors_have_their_codes_and_text),
        cmocka_unit_test(a_subnet_is_filled_up_with_zeros),
        cmocka_unit_test(a_fault_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
