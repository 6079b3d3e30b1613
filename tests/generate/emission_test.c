#include "generate/emission.h"

#include "generate/parsed.h"

#include <string.h>

#define NOW (UINT64_C(1795469062) * 1000000000 + 123456789)

static struct answers answers;
static struct resolver resolver;
static uint8_t frame[EMISSION_SIZE_MAX];
static struct parsed parsed;

static struct transaction transaction_of(unsigned stage, uint64_t client)
{
    static const uint8_t name[] = "\3www\7example\3com";
    struct transaction transaction = {.stage = (uint8_t)stage,
                                      .asked = NOW - 50000000,
                                      .id = 7,
                                      .port = 1000,
                                      .resolver_id = 8,
                                      .resolver_port = 2000,
                                      .question = {.name = {name, sizeof(name), 4, 0, 99}, .type = TYPE_A}};

    client_of(1, client, &transaction.client);
    return transaction;
}

static void emit(const struct transaction *transaction)
{
    size_t size = emission_put(&answers, &resolver, transaction, NOW, frame);

    parse_frame(tl_bytes(frame, size), &parsed);
    assert_string_equal(parsed.name, "www.example.com");
    assert_true(tl_bytes_equal(parsed.dnstap.identity, tl_bytes_of_text("ns9")));
    assert_true(tl_bytes_equal(parsed.dnstap.version, tl_bytes_of_text("version")));
}

static void a_client_asks_and_is_answered(void **state)
{
    (void)state;
    struct transaction transaction = transaction_of(STAGE_CLIENT_QUERY, 1);

    emit(&transaction);
    assert_int_equal(parsed.dnstap.message_type, TL_DNSTAP_CLIENT_QUERY);
    assert_int_equal(parsed.dnstap.query_port, 1000);
    assert_int_equal(parsed.dns.id, 7);
    assert_true(tl_bytes_equal(parsed.dnstap.query_address,
                               tl_bytes(transaction.client.address, transaction.client.address_size)));
    assert_int_equal(parsed.dnstap.query_time_nsec, 123456000);
    transaction.stage = STAGE_CLIENT_RESPONSE;
    emit(&transaction);
    assert_int_equal(parsed.dnstap.message_type, TL_DNSTAP_CLIENT_RESPONSE);
    assert_false(tl_dnstap_has(&parsed.dnstap, TL_DNSTAP_F_QUERY_TIME_SEC));
    assert_int_equal(parsed.dnstap.response_time_nsec, 123456000);
    assert_true(parsed.answers > 0);
}

static void an_authority_is_always_the_same_few(void **state)
{
    (void)state;
    uint8_t seen[4][16] = {{0}};
    unsigned count = 0;

    for (unsigned id = 0; id < 100; id++) {
        struct transaction transaction = transaction_of(STAGE_RESOLVER_RESPONSE, 1);
        transaction.resolver_id = (uint16_t)id;
        emit(&transaction);
        assert_int_equal(parsed.dnstap.message_type, TL_DNSTAP_RESOLVER_RESPONSE);
        assert_true(tl_dnstap_has(&parsed.dnstap, TL_DNSTAP_F_QUERY_TIME_SEC));
        assert_int_equal(parsed.dnstap.query_time_nsec, 73456000);
        assert_true(tl_bytes_equal(parsed.dnstap.query_zone, tl_bytes("\7example\3com", 13)));
        assert_true(parsed.dns.flags & TL_DNS_AA);
        unsigned at = 0;
        struct tl_bytes address = parsed.dnstap.response_address;
        while (at < count && memcmp(seen[at], address.data, address.size) != 0)
            at++;
        if (at == count) {
            assert_true(count < 4);
            memcpy(seen[count++], address.data, address.size);
        }
    }
    assert_in_range(count, 2, 4);
}

static void encrypted_transports_have_their_ports(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint32_t port;
    } expected[] = {{TL_DNSTAP_UDP, 53}, {TL_DNSTAP_TCP, 53}, {TL_DNSTAP_DOT, 853}, {TL_DNSTAP_DOH, 443}};

    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct transaction transaction = transaction_of(STAGE_CLIENT_QUERY, i);
        transaction.client.protocol = expected[i].protocol;
        emit(&transaction);
        assert_int_equal(parsed.dnstap.socket_protocol, expected[i].protocol);
        assert_int_equal(parsed.dnstap.response_port, expected[i].port);
    }
}

/* The largest that there can be. */
static void payloads_of_all_sizes_fit(void **state)
{
    (void)state;
    static const uint16_t types[] = {TYPE_TXT, TYPE_NULL, TYPE_ANY};

    for (size_t i = 0; i < 3; i++) {
        for (unsigned size = 1; size <= 1200; size++) {
            struct transaction transaction = transaction_of(STAGE_CLIENT_RESPONSE, 1);
            transaction.question.type = types[i];
            transaction.payload = (uint16_t)size;
            emit(&transaction);
            assert_true(parsed.answers >= 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_asks_and_is_answered),
        cmocka_unit_test(an_authority_is_always_the_same_few),
        cmocka_unit_test(encrypted_transports_have_their_ports),
        cmocka_unit_test(payloads_of_all_sizes_fit),
    };
    answers_init(&answers, 1);
    resolver_init(&resolver, 0, "ns9", "version");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
