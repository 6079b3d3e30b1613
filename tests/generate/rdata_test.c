#include "generate/rdata.h"

#include "generate/question.h"
#include "proof/test.h"

#include <tapline/dns.h>

#include <stdlib.h>
#include <string.h>

/* A response to be filled: header, and a question for "www.example.com". */
static const uint8_t opening[] = "\0\1\x80\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
#define OPENING_SIZE (sizeof(opening) - 1)

static uint8_t message[1024];

static struct rdata_owner owner_of(uint64_t key)
{
    return (struct rdata_owner){
        .offset = 12, .zone = 16, .key = key, .ttl = 300, .zone_name = tl_bytes(opening + 16, 13)};
}

/* The rdata of what `put` has appended, one a line, in `text`; they must be `count` of `type`. */
static void print(struct tl_builder *to, unsigned count, uint16_t type, char text[4096])
{
    struct tl_builder printed = tl_builder(text, 4095);
    struct tl_dns dns;
    struct tl_dns_record record;

    assert_int_equal(to->status, TL_OK);
    message[7] = (uint8_t)count;
    assert_int_equal(tl_dns_open(tl_builder_bytes(to), &dns), TL_OK);
    struct tl_dns_cursor at = tl_dns_records(&dns);
    tl_dns_next_record(&at, &record);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(tl_dns_next_record(&at, &record), TL_OK);
        assert_int_equal(record.type, type);
        assert_int_equal(record.ttl, 300);
        assert_int_equal(tl_dns_rdata_print(&dns, &record, &printed), TL_OK);
        tl_builder_put_text(&printed, "\n");
    }
    assert_int_equal(tl_dns_next_record(&at, &record), TL_END);
    assert_int_equal(at.offset, tl_builder_size(to));
    *printed.at = 0;
}

static struct tl_builder begin(void)
{
    struct tl_builder to = tl_builder(message, sizeof(message));

    tl_builder_put(&to, tl_bytes(opening, OPENING_SIZE));
    return to;
}

static void print_set(const struct rdata_owner *owner, uint16_t type, char text[4096])
{
    struct tl_builder to = begin();
    unsigned count = rdata_put_set(&to, owner, type);

    print(&to, count, type, text);
    assert_true(tl_builder_size(&to) - OPENING_SIZE < 600);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in order of the alphabet. */
static void sort(char text[4096])
{
    char *lines[16], copy[4096], *rest = NULL;
    size_t count = 0;

    strcpy(copy, text);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        lines[count++] = line;
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    *text = 0;
    for (size_t i = 0; i < count; i++)
        strcat(strcat(text, lines[i]), "\n");
}

static void addresses_turn_but_stay_the_same(void **state)
{
    (void)state;
    char first[4096], other[4096];
    unsigned turned = 0;

    for (uint64_t key = 0; key < 200; key++) {
        struct rdata_owner owner = owner_of(key);
        print_set(&owner, key & 1 ? TYPE_A : TYPE_AAAA, first);
        owner.turn = 1;
        print_set(&owner, key & 1 ? TYPE_A : TYPE_AAAA, other);
        turned += strcmp(first, other) != 0;
        sort(first);
        sort(other);
        assert_string_equal(first, other);
    }
    assert_in_range(turned, 40, 90); /* 5 of 16 have more than one */
}

static void servers_are_in_the_zone(void **state)
{
    (void)state;
    char text[4096];
    struct rdata_owner owner = owner_of(0);

    print_set(&owner, TYPE_NS, text);
    assert_string_equal(text, "ns1.example.com.\nns2.example.com.\n");
    print_set(&owner, TYPE_MX, text);
    assert_string_equal(text, "10 mx1.example.com.\n20 mx2.example.com.\n");
    print_set(&owner, TYPE_SRV, text);
    assert_string_equal(text, "0 100 5061 dc1.example.com.\n");
    print_set(&owner, TYPE_SOA, text);
    assert_string_equal(text, "ns1.example.com. hostmaster.example.com. 2026010100 7200 3600 1209600 300\n");
}

static void https_has_its_parameters(void **state)
{
    (void)state;
    char text[4096];
    unsigned hints = 0;

    for (uint64_t key = 0; key < 64; key++) {
        struct rdata_owner owner = owner_of(key);
        print_set(&owner, TYPE_HTTPS, text);
        assert_true(strncmp(text, "1 . alpn=\"h3,h2\"", 16) == 0);
        hints += strstr(text, "ipv4hint=") && strstr(text, "ipv6hint=");
    }
    assert_in_range(hints, 8, 24);
}

static void a_signature_is_valid_now(void **state)
{
    (void)state;
    char text[4096];
    struct rdata_owner owner = owner_of(5);
    struct tl_builder to = begin();

    rdata_put_signature(&to, &owner, TYPE_A, 1795469062); /* 2026-11-23T21:24:22Z, a Monday */
    print(&to, 1, TYPE_RRSIG, text);
    assert_true(strncmp(text, "A 13 3 ", 7) == 0);
    assert_non_null(strstr(text, " 20261209230000 20261118230000 "));
    assert_non_null(strstr(text, " example.com. "));
}

static void what_is_full_is_left_alone(void **state)
{
    (void)state;
    struct rdata_owner owner = owner_of(5);

    for (size_t room = 0; room < 200; room++) {
        struct tl_builder to = tl_builder(message, OPENING_SIZE + room);
        tl_builder_put(&to, tl_bytes(opening, OPENING_SIZE));
        rdata_put_soa(&to, &owner);
        rdata_put_set(&to, &owner, TYPE_DNSKEY);
        assert_true(to.at <= to.end);
        assert_int_equal(to.status, room < 51 + 2 * 80 ? TL_FULL : TL_OK);
    }
}

static void ttls_are_sensible(void **state)
{
    (void)state;

    for (uint64_t key = 0; key < 1000; key++)
        assert_in_range(rdata_ttl(key), 20, 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_turn_but_stay_the_same), cmocka_unit_test(servers_are_in_the_zone),
        cmocka_unit_test(https_has_its_parameters),         cmocka_unit_test(a_signature_is_valid_now),
        cmocka_unit_test(what_is_full_is_left_alone),       cmocka_unit_test(ttls_are_sensible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
