#include "print/bind_message.h"

#include "print/made.h"

static struct made made;

/* Far more owners than are searched one by one: each is found again, in the order of its first record. */
static void many_owners_are_found_again(void **state)
{
    (void)state;
    enum { OWNERS = 3000 };
    struct bind_message message;
    char name[32];

    made_begin(&made, RESPONSE);
    made_question(&made, "a.test", 1, 1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < OWNERS; i++) {
            snprintf(name, sizeof(name), round ? "N%d.Test" : "n%d.test", i);
            made_a(&made, TL_DNS_ANSWER, name, 300, (uint8_t)round);
        }
    }
    assert_true(bind_message_init(&message));
    for (int again = 0; again < 2; again++) { /* the second time with what the first left behind */
        assert_int_equal(bind_message_parse(&message, made_wire(&made), PRINT_BIND_9_18), BIND_GOOD);
        assert_int_equal(message.owner_count, 1 + OWNERS);
        assert_int_equal(message.set_count, 1 + OWNERS);
        for (uint32_t i = 0; i < OWNERS; i++) {
            const struct bind_owner *owner = &message.owners[1 + i];
            const struct bind_set *set = &message.sets[owner->first];
            assert_int_equal(owner->first, 1 + i);
            assert_int_equal(set->first, 1 + i);
            assert_int_equal(message.rrs[set->first].next, 1 + OWNERS + i);
            assert_int_equal(set->next, BIND_NONE);
        }
    }
    bind_message_done(&message);
}

static void many_sets_of_one_owner_are_found_again(void **state)
{
    (void)state;
    enum { SETS = 5000, FIRST_TYPE = 1000 };
    struct bind_message message;

    made_begin(&made, RESPONSE);
    made_question(&made, "a.test", 1, 1);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < SETS; i++)
            made_record(&made, TL_DNS_ANSWER, ".", (uint16_t)(FIRST_TYPE + i), 1, 300, BYTES("x"));
    }
    assert_true(bind_message_init(&message));
    assert_int_equal(bind_message_parse(&message, made_wire(&made), PRINT_BIND_9_18), BIND_GOOD);
    assert_int_equal(message.owner_count, 2);
    assert_int_equal(message.set_count, 1 + SETS);
    for (uint32_t i = 1; i <= SETS; i++) {
        assert_int_equal(message.sets[i].type, FIRST_TYPE + i - 1);
        assert_int_equal(message.sets[i].last, message.sets[i].first + SETS);
        assert_int_equal(message.sets[i].next, i < SETS ? i + 1 : BIND_NONE);
    }
    bind_message_done(&message);
}

static void names_are_equal_whatever_their_case_and_pointers(void **state)
{
    (void)state;
    static const char wire[] = "\1a\4test\0" /* 0 */
                               "\1A\4TesT\0" /* 8 */
                               "\1a\300\2"   /* 16 */
                               "\300\0"      /* 20 */
                               "\1a\4tesx\0" /* 22 */
                               "\1a\0"       /* 30 */
                               "\1[\0"       /* 33: a letter but for the bit that makes the case */
                               "\1{\0";      /* 36 */
    struct tl_bytes bytes = BYTES(wire);

    assert_true(bind_names_equal(bytes, 0, 8));
    assert_true(bind_names_equal(bytes, 0, 16));
    assert_true(bind_names_equal(bytes, 8, 20));
    assert_true(bind_names_equal(bytes, 16, 20));
    assert_false(bind_names_equal(bytes, 0, 22));
    assert_false(bind_names_equal(bytes, 0, 30));
    assert_false(bind_names_equal(bytes, 30, 0));
    assert_false(bind_names_equal(bytes, 33, 36));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_owners_are_found_again),
        cmocka_unit_test(many_sets_of_one_owner_are_found_again),
        cmocka_unit_test(names_are_equal_whatever_their_case_and_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
