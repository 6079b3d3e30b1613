#include "generate/answer.h"

#include "generate/random.h"
#include "proof/test.h"

#include <tapline/dns.h>

#include <stdio.h>
#include <string.h>

static struct answers answers;

static struct question question_of(const char *text, unsigned zone, unsigned traits, uint16_t type,
                                   unsigned outcome)
{
    static uint8_t wire[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    assert_int_equal(tl_dns_name_parse(tl_bytes_of_text(text), wire, &size), TL_OK);
    return (struct question){.name = {wire, (uint8_t)size, (uint8_t)zone, (uint8_t)traits, 12345},
                             .type = type,
                             .outcome = (uint8_t)outcome};
}

static char text[65536];

/* Rcode, flags and records as lines, each "section owner ttl type rdata". */
static const char *print(const uint8_t *message, size_t size)
{
    struct tl_dns dns;
    struct tl_dns_record record;
    struct tl_builder to = tl_builder(text, sizeof(text) - 1);
    enum tl_status status;

    assert_int_equal(tl_dns_open(tl_bytes(message, size), &dns), TL_OK);
    struct tl_dns_cursor at = tl_dns_records(&dns);
    while ((status = tl_dns_next_record(&at, &record)) == TL_OK) {
        char name[TL_DNS_NAME_TEXT_SIZE], word[TL_DNS_WORD_SIZE];
        size_t length;
        if (record.type == TYPE_OPT)
            continue;
        tl_dns_name_print(dns.wire, record.name, name, &length, NULL);
        tl_dns_type_print(record.type, word);
        tl_builder_put_decimal(&to, record.section, 0);
        tl_builder_put_text(&to, " ");
        tl_builder_put_text(&to, name);
        tl_builder_put_text(&to, " ");
        tl_builder_put_text(&to, word);
        if (record.section != TL_DNS_QUESTION) {
            tl_builder_put_text(&to, " ");
            assert_int_equal(tl_dns_rdata_print(&dns, &record, &to), TL_OK);
        }
        tl_builder_put_text(&to, "\n");
    }
    assert_int_equal(status, TL_END);
    assert_int_equal(at.offset, size);
    *to.at = 0;
    return text;
}

static uint8_t message[ANSWER_SIZE_MAX];

static size_t respond(const struct answer *answer)
{
    struct tl_builder to = tl_builder(message, sizeof(message));

    answer_put_response(&answers, answer, &to);
    assert_int_equal(to.status, TL_OK);
    return tl_builder_size(&to);
}

static void a_query_is_small(void **state)
{
    (void)state;
    struct question question = question_of("www.example.com", 4, 0, TYPE_A, OUTCOME_DATA);
    struct answer answer = {.question = &question, .id = 0x1234, .flags = 0x0100};
    struct tl_builder to = tl_builder(message, sizeof(message));

    answer_put_query(&answers, &answer, &to);
    static const uint8_t expected[] = "\x12\x34\x01\x00\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
    assert_int_equal(tl_builder_size(&to), sizeof(expected) - 1);
    assert_memory_equal(message, expected, sizeof(expected) - 1);
}

static void edns_is_as_asked(void **state)
{
    (void)state;
    struct question question = question_of("a.b", 2, 0, TYPE_A, OUTCOME_FAILED);
    struct answer answer = {.question = &question,
                            .edns = {.is_there = true, .wants_dnssec = true, .udp_size = 4096, .cookie = 77}};
    struct tl_builder to = tl_builder(message, sizeof(message));
    struct tl_dns dns;
    struct tl_dns_edns edns;
    struct tl_bytes value;
    uint16_t code;

    answer_put_query(&answers, &answer, &to);
    assert_int_equal(tl_dns_open(tl_builder_bytes(&to), &dns), TL_OK);
    assert_int_equal(tl_dns_edns(&dns, &edns), TL_OK);
    assert_int_equal(edns.udp_size, 4096);
    assert_int_equal(edns.flags, 0x8000);
    assert_int_equal(tl_dns_next_option(&edns.options, &code, &value), TL_OK);
    assert_int_equal(code, 10);
    assert_int_equal(value.size, 8);
    assert_int_equal(edns.options.size, 0);

    size_t size = respond(&answer); /* the server's cookie, and why it failed */
    assert_int_equal(tl_dns_open(tl_bytes(message, size), &dns), TL_OK);
    assert_int_equal(tl_dns_rcode(&dns), 2);
    assert_int_equal(tl_dns_edns(&dns, &edns), TL_OK);
    assert_int_equal(tl_dns_next_option(&edns.options, &code, &value), TL_OK);
    assert_int_equal(value.size, 24);
    assert_int_equal(tl_dns_next_option(&edns.options, &code, &value), TL_OK);
    assert_int_equal(code, 15);
    assert_int_equal(tl_be16(value.data), 22);
}

static void denials_have_the_zones_soa(void **state)
{
    (void)state;
    static const char soa[] = "ns1.example.com. hostmaster.example.com. 2026010157 7200 3600 1209600 300\n";
    struct question question = question_of("no.example.com", 3, 0, TYPE_A, OUTCOME_ABSENT);
    struct answer answer = {.question = &question, .flags = 0x8180};
    char expected[256];
    struct tl_dns dns;

    snprintf(expected, sizeof(expected), "0 no.example.com A\n2 example.com SOA %s", soa);
    size_t size = respond(&answer);
    assert_string_equal(print(message, size), expected);
    tl_dns_open(tl_bytes(message, size), &dns);
    assert_int_equal(dns.flags, 0x8183);
    question.outcome = OUTCOME_NODATA;
    size = respond(&answer);
    assert_string_equal(print(message, size), expected);
    tl_dns_open(tl_bytes(message, size), &dns);
    assert_int_equal(dns.flags, 0x8180);
}

/* An authority tells one link of the chain; the resolver tells all, with the same targets and addresses. */
static void a_chain_is_the_same_link_by_link(void **state)
{
    (void)state;
    struct question question = question_of("www.example.com", 4, NAME_IS_ALIAS, TYPE_A, OUTCOME_DATA);
    char whole[4096], *rest = whole;

    for (uint64_t key = 0; key < 200; key++) {
        question.name.key = random_mix(key);
        struct answer answer = {.question = &question, .flags = 0x8000};
        unsigned hops = answer_hops(&question);
        assert_in_range(hops, 2, ANSWER_HOPS_MAX);
        strcpy(whole, print(message, respond(&answer)));
        rest = strchr(whole, '\n') + 1;
        for (unsigned hop = 0; hop < hops; hop++) {
            answer.hop = (uint8_t)hop;
            answer.is_from_authority = true;
            const char *link = print(message, respond(&answer));
            link = strchr(link, '\n') + 1;
            assert_true(strncmp(rest, link, strlen(link)) == 0);
            rest += strlen(link);
        }
        assert_string_equal(rest, "");
    }
}

static void every_type_is_well_formed(void **state)
{
    (void)state;
    static const uint16_t types[] = {TYPE_A,   TYPE_NS,   TYPE_CNAME, TYPE_SOA, TYPE_PTR,    TYPE_MX,
                                     TYPE_TXT, TYPE_AAAA, TYPE_SRV,   TYPE_DS,  TYPE_DNSKEY, TYPE_HTTPS};
    struct question question = question_of("a.example.com", 2, NAME_IS_SIGNED, TYPE_A, OUTCOME_DATA);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        for (uint64_t key = 0; key < 64; key++) {
            question.type = types[i];
            question.name.key = random_mix(key);
            question.name.traits = (uint8_t)(NAME_IS_SIGNED | (key & 1 ? NAME_IS_ALIAS : 0));
            struct answer answer = {.question = &question,
                                    .edns = {.is_there = true, .wants_dnssec = key & 2},
                                    .now = 1795469062};
            const char *printed = print(message, respond(&answer));
            if (types[i] != TYPE_CNAME)
                assert_true((strstr(printed, " RRSIG ") != NULL) == ((key & 2) != 0));
        }
    }
}

static void a_ttl_never_reaches_0(void **state)
{
    (void)state;
    struct question question = question_of("a.example.com", 2, 0, TYPE_A, OUTCOME_DATA);

    for (uint32_t age = 0; age < 5000; age++) {
        struct answer answer = {.question = &question, .age = age};
        struct tl_dns dns;
        struct tl_dns_record record;
        tl_dns_open(tl_bytes(message, respond(&answer)), &dns);
        struct tl_dns_cursor at = tl_dns_records(&dns);
        tl_dns_next_record(&at, &record);
        assert_int_equal(tl_dns_next_record(&at, &record), TL_OK);
        assert_in_range(record.ttl, 1, 86400);
    }
}

static void any_is_large_but_fits(void **state)
{
    (void)state;
    static uint8_t payload[2048] = "\xff";
    struct question question = question_of("example.com", 0, NAME_IS_SIGNED, TYPE_ANY, OUTCOME_DATA);

    for (size_t at = 0; at < sizeof(payload); at += 256)
        payload[at] = 255;
    for (uint64_t key = 0; key < 64; key++) {
        question.name.key = random_mix(key);
        struct answer answer = {.question = &question,
                                .edns = {.is_there = true, .wants_dnssec = true, .udp_size = 4096},
                                .payload = tl_bytes(payload, 1280)};
        size_t size = respond(&answer);
        assert_in_range(size, 2000, ANSWER_SIZE_MAX);
        print(message, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_small),           cmocka_unit_test(edns_is_as_asked),
        cmocka_unit_test(denials_have_the_zones_soa), cmocka_unit_test(a_chain_is_the_same_link_by_link),
        cmocka_unit_test(every_type_is_well_formed),  cmocka_unit_test(a_ttl_never_reaches_0),
        cmocka_unit_test(any_is_large_but_fits),
    };
    answers_init(&answers, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
