#include "generate/question.h"

#include "proof/test.h"

#include <tapline/dns.h>

#include <string.h>

#define DRAWS 100000

static struct names names;
static struct random seeded;

static int make_names(void **state)
{
    (void)state;
    random_init(&seeded, 1);
    return names_make_up(&names, 1, 20000) ? 0 : -1;
}

static int free_names(void **state)
{
    (void)state;
    names_done(&names);
    return 0;
}

/* In `text`; whether the zone is one of the name's ends is checked by the way. */
static void print_name(const struct question *question, char text[TL_DNS_NAME_TEXT_SIZE])
{
    struct tl_bytes wire = tl_bytes(question->name.wire, question->name.size);
    char zone[TL_DNS_NAME_TEXT_SIZE];
    size_t length, zone_length, end;

    assert_int_equal(tl_dns_name_print(wire, 0, text, &length, &end), TL_OK);
    assert_int_equal(end, wire.size);
    assert_int_equal(tl_dns_name_print(wire, question->name.zone, zone, &zone_length, &end), TL_OK);
    assert_int_equal(end, wire.size);
    assert_true(zone_length <= length && strcmp(text + length - zone_length, zone) == 0);
}

static void questions_suit_their_types(void **state)
{
    (void)state;
    struct questions questions;
    static struct question question;
    char text[TL_DNS_NAME_TEXT_SIZE];
    unsigned of_type[256] = {0};
    bool is_once;

    assert_true(questions_init(&questions, &names, 0.25));
    for (int i = 0; i < DRAWS; i++) {
        questions_draw(&questions, &seeded, &question, &is_once);
        print_name(&question, text);
        of_type[question.type]++;
        if (question.type == TYPE_PTR)
            assert_non_null(strstr(text, ".arpa"));
        if (question.type == TYPE_SRV)
            assert_int_equal(text[0], '_');
        if (question.type == TYPE_MX || question.type == TYPE_SOA || question.type == TYPE_NS)
            assert_int_equal(question.name.zone, 0);
        assert_true(question.outcome < OUTCOMES);
    }
    assert_true(of_type[TYPE_PTR] && of_type[TYPE_SRV] && of_type[TYPE_TXT] && of_type[TYPE_DNSKEY]);
    questions_done(&questions);
}

static void the_share_of_names_that_come_once_is_as_asked(void **state)
{
    (void)state;
    static const double shares[] = {0, 0.25, 1};
    static struct question question;

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        struct questions questions;
        unsigned once = 0;
        assert_true(questions_init(&questions, &names, shares[i]));
        for (int draw = 0; draw < DRAWS; draw++) {
            bool is_once;
            questions_draw(&questions, &seeded, &question, &is_once);
            once += is_once;
        }
        assert_true(once >= (shares[i] - 0.005) * DRAWS && once <= (shares[i] + 0.005) * DRAWS);
        assert_int_equal(questions.once_serial, once);
        questions_done(&questions);
    }
}

/* The same name and type: the same outcome, but for the odd failure. */
static void names_keep_what_they_have(void **state)
{
    (void)state;
    struct names few;
    struct questions questions;
    static struct question question;
    unsigned of[5][256][OUTCOMES] = {{{0}}}, odd = 0;
    bool is_once;

    assert_true(names_make_up(&few, 1, 5));
    assert_true(questions_init(&questions, &few, 0));
    for (int i = 0; i < DRAWS; i++) {
        questions_draw(&questions, &seeded, &question, &is_once);
        uint32_t rank = (uint32_t)((question.name.key ^ few.seed) >> 20);
        of[rank][question.type][question.outcome]++;
    }
    for (int rank = 0; rank < 5; rank++) {
        for (int type = 0; type < 256; type++) {
            const unsigned *outcomes = of[rank][type];
            unsigned kinds = (outcomes[OUTCOME_DATA] > 0) + (outcomes[OUTCOME_NODATA] > 0) +
                             (outcomes[OUTCOME_ABSENT] > 0);
            assert_true(kinds <= 1);
            odd += outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_SILENT];
        }
    }
    assert_in_range(odd, DRAWS * 9 / 1000, DRAWS * 15 / 1000);
    questions_done(&questions);
    names_done(&few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_suit_their_types),
        cmocka_unit_test(the_share_of_names_that_come_once_is_as_asked),
        cmocka_unit_test(names_keep_what_they_have),
    };
    return cmocka_run_group_tests(tests, make_names, free_names);
}
