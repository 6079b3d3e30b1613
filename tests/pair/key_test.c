#include "pair/key.h"

#include "proof/test.h"
#include "record/halves.h"

static const struct siphash_key secret = {{1, 2}};

static struct pair_key key_of(const struct tl_dnstap *dnstap)
{
    static struct half half;
    struct pair_key key;

    half_of(&half, dnstap, 0);
    assert_true(pair_key_of(&half.record, &secret, &key));
    return key;
}

static struct pair_key key_of_type(int32_t type)
{
    uint8_t wire[300];
    struct tl_dnstap dnstap = half_dnstap(type, half_wire(wire, 1, type % 2 == 0, "www"), 0);

    return key_of(&dnstap);
}

/* Which types go together: the sides of a server. */
static void types_are_of_a_side(void **state)
{
    (void)state;
    static const int sides[15] = {0, 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};

    for (int32_t a = 1; a <= 14; a++) {
        assert_int_equal(key_of_type(a).is_query, a % 2);
        for (int32_t b = 1; b <= 14; b++)
            assert_int_equal(key_of_type(a).by_asker == key_of_type(b).by_asker, sides[a] == sides[b]);
    }
}

static void unknown_types_are_neighbours(void **state)
{
    (void)state;
    uint8_t wires[2][300];
    struct tl_dnstap query = half_dnstap(5, half_wire(wires[0], 1, false, "www"), 0);
    struct tl_dnstap response = half_dnstap(6, half_wire(wires[1], 1, true, "www"), 0);

    query.message_type = 99;
    response.message_type = 100;
    assert_true(key_of(&query).is_query);
    assert_false(key_of(&response).is_query);
    assert_true(key_of(&query).by_question == key_of(&response).by_question);
    query.message_type = 101;
    assert_false(key_of(&query).by_question == key_of(&response).by_question);
    query.message_type = INT32_MAX;
    assert_false(key_of(&query).by_question == key_of(&response).by_question);
}

static void letters_and_compression_do_not_matter(void **state)
{
    (void)state;
    uint8_t wires[3][300];
    struct tl_dnstap a = half_dnstap(5, half_wire(wires[0], 1, false, "WwW@[Z"), 0);
    struct tl_dnstap b = half_dnstap(5, half_wire(wires[1], 1, false, "www@[z"), 0);
    struct tl_dnstap c = half_dnstap(5, half_wire(wires[2], 1, false, "www`{z"), 0);

    assert_true(key_of(&a).by_question == key_of(&b).by_question);
    assert_false(key_of(&a).by_question == key_of(&c).by_question);
}

static void without_question_it_is_by_the_asker(void **state)
{
    (void)state;
    uint8_t wires[2][300];
    struct tl_dnstap with = half_dnstap(5, half_wire(wires[0], 1, false, "www"), 0);
    struct tl_dnstap without = half_dnstap(5, half_wire(wires[1], 1, false, NULL), 0);
    struct pair_key key = key_of(&with), other = key_of(&without);

    assert_true(key.has_question);
    assert_false(other.has_question);
    assert_true(key.by_asker == other.by_asker);
    assert_false(key.by_question == other.by_question);
    assert_true(pair_key_without_question(&key) == other.by_question);
    with.query_message.size--; /* cut off in the question */
    assert_true(key_of(&with).by_question == other.by_question);
}

static void the_other_message_says_it_as_well(void **state)
{
    (void)state;
    uint8_t wires[2][300];
    struct tl_dnstap query = half_dnstap(5, half_wire(wires[0], 7, false, "www"), 0);
    struct tl_dnstap response = half_dnstap(6, half_wire(wires[1], 7, true, "www"), 0);
    struct half half;
    struct pair_key key;

    response.present &= ~HAS(RESPONSE_MESSAGE);
    response.present |= HAS(QUERY_MESSAGE);
    response.query_message = query.query_message;
    assert_true(key_of(&response).by_question == key_of(&query).by_question);
    response.present &= ~HAS(QUERY_MESSAGE);
    half_of(&half, &response, 0);
    assert_false(pair_key_of(&half.record, &secret, &key));
}

static void another_key_gives_other_hashes(void **state)
{
    (void)state;
    static const struct siphash_key other = {{1, 3}};
    struct pair_key a, b;
    struct half half;

    half_parse(&half, "CQ1/www@0", 0);
    assert_true(pair_key_of(&half.record, &secret, &a));
    assert_true(pair_key_of(&half.record, &other, &b));
    assert_false(a.by_asker == b.by_asker);
    assert_false(a.by_question == b.by_question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_of_a_side),
        cmocka_unit_test(unknown_types_are_neighbours),
        cmocka_unit_test(letters_and_compression_do_not_matter),
        cmocka_unit_test(without_question_it_is_by_the_asker),
        cmocka_unit_test(the_other_message_says_it_as_well),
        cmocka_unit_test(another_key_gives_other_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
