#include "print/bind_message.h"

#include "print/made.h"

static bool is_sound(uint16_t code, struct tl_bytes value, enum print_bind_release release)
{
    uint8_t bytes[4 + 64] = {(uint8_t)(code >> 8), (uint8_t)code, 0, (uint8_t)value.size};
    size_t at;

    assert_true(value.size <= 64);
    if (value.size)
        memcpy(bytes + 4, value.data, value.size);
    struct guarded guarded = guarded_new(bytes, 4 + value.size);
    const char *fault = bind_options_fault(tl_bytes(guarded.data, guarded.size), release, &at);
    assert_int_equal(at, fault ? 0 : 4 + value.size);
    guarded_free(&guarded);
    return !fault;
}

static void sizes_of_options(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        const char *sizes[2]; /* that are sound, by release */
    } options[] = {
        {1, {" 18 ", " 18 "}},
        {2, {NULL, " 4 8 "}},
        {3, {NULL, NULL}},
        {9, {" 0 4 ", " 0 4 "}},
        {10,
         {" 8 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 ",
          " 8 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 "}},
        {11, {NULL, NULL}},
        {12, {NULL, NULL}},
        {16, {" 2 ", " 2 "}},
        {17, {" 2 ", " 2 "}},
        {65001, {NULL, NULL}},
    };
    static const uint8_t zeros[64];
    char word[8];

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        for (int release = 0; release < 2; release++) {
            for (size_t size = 0; size <= 64; size++) {
                const char *sizes = options[i].sizes[release];
                snprintf(word, sizeof(word), " %zu ", size);
                bool expected = !sizes || strstr(sizes, word);
                if (is_sound(options[i].code, tl_bytes(zeros, size), (enum print_bind_release)release) !=
                    expected)
                    fail_msg("option %u of %zu bytes", (unsigned)options[i].code, size);
            }
        }
    }
}

static void contents_of_options(void **state)
{
    (void)state;
    static const struct {
        uint16_t code;
        bool is_sound;
        const char *value;
        size_t size;
    } options[] = {
#define OPTION(code, is_sound, value) {code, is_sound, value, sizeof(value) - 1}
        OPTION(8, true, "\0\0\0\0"),
        OPTION(8, false, "\0\0\1\0\0"),
        OPTION(8, false, "\0\0\0"),
        OPTION(8, true, "\0\1\30\0\1\2\3"),
        OPTION(8, false, "\0\1\30\0\1\2"),
        OPTION(8, false, "\0\1\30\0\1\2\3\4"),
        OPTION(8, true, "\0\1\24\40\1\2\60"),
        OPTION(8, false, "\0\1\24\0\1\2\61\0"),
        OPTION(8, false, "\0\1\24\0\1\2\61"),
        OPTION(8, false, "\0\1\41\0\1\2\3\4\5"),
        OPTION(8, false, "\0\1\10\41\1"),
        OPTION(8, true, "\0\2\10\200\1"),
        OPTION(8, false, "\0\2\10\201\1"),
        OPTION(8, false, "\0\3\10\0\1"),
        OPTION(14, false, ""),
        OPTION(14, true, "\0\1"),
        OPTION(14, false, "\0\1\2"),
        OPTION(15, false, "\0"),
        OPTION(15, true, "\0\0"),
        OPTION(15, true, "\0\1a\303\251"),
        OPTION(15, false, "\0\1\303"),
        OPTION(15, false, "\0\1\377"),
        OPTION(15, false, "\0\1\300\200"),
        OPTION(15, false, "\0\1\357\273\277a"),
        OPTION(15, true, "\0\1a\357\273\277"),
        OPTION(15, true, "\0\1\364\217\277\277"),
        OPTION(15, false, "\0\1\364\220\200\200"),
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (is_sound(options[i].code, tl_bytes(options[i].value, options[i].size), PRINT_BIND_9_18) !=
            options[i].is_sound)
            fail_msg("the option at %zu", i);
    }
}

static void an_option_that_is_cut_off(void **state)
{
    (void)state;
    size_t at;

    assert_non_null(bind_options_fault(BYTES("\0\3\0\1x\0\3\0\2y"), PRINT_BIND_9_18, &at));
    assert_int_equal(at, 5);
    assert_non_null(bind_options_fault(BYTES("\0\3\0"), PRINT_BIND_9_18, &at));
    assert_null(bind_options_fault(BYTES("\0\3\0\1x\0\3\0\0"), PRINT_BIND_9_18, &at));
}

static void the_owner_of_nsec3_begins_with_a_hash(void **state)
{
    (void)state;
    assert_true(bind_is_nsec3_owner(BYTES("\10"
                                          "0123aBvV\0"),
                                    0));
    assert_true(bind_is_nsec3_owner(BYTES("\2vg\1w\0"), 0));
    assert_false(bind_is_nsec3_owner(BYTES("\2vv\0"), 0)); /* bits are left over */
    assert_false(bind_is_nsec3_owner(BYTES("\10"
                                           "0123456w\0"),
                                     0));
    assert_false(bind_is_nsec3_owner(BYTES("\1a\0"), 0));
    assert_true(bind_is_nsec3_owner(BYTES("\2vg\0\300\0"), 4));
}

static void signers_and_labels(void **state)
{
    (void)state;
    /* Type, algorithm, labels, TTL, times, tag; then the signer. */
#define BEFORE_SIGNER(labels) "\0\1\5" labels "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    static const char wires[][32] = {BEFORE_SIGNER("\2") "\1a\1b\0", BEFORE_SIGNER("\1") "\1a\1b\0",
                                     BEFORE_SIGNER("\0") "\0"};
    static const bool expected[] = {true, false, true};

    for (size_t i = 0; i < 3; i++) {
        struct tl_dns_record record = {.type = 46, .rdata = tl_bytes(wires[i], sizeof(wires[i]))};
        assert_true(bind_is_signer_above(record.rdata, &record) == expected[i]);
        assert_int_equal(bind_covered(&record), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_options),          cmocka_unit_test(contents_of_options),
        cmocka_unit_test(an_option_that_is_cut_off), cmocka_unit_test(the_owner_of_nsec3_begins_with_a_hash),
        cmocka_unit_test(signers_and_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
