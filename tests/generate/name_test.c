#include "generate/name.h"

#include "generate/random.h"
#include "proof/test.h"

#include <tapline/dns.h>

#include <stdlib.h>
#include <string.h>

/* The library reads it, to its last byte, and its zone begins with one of its labels. */
static void assert_name(const uint8_t *wire, size_t size, size_t zone)
{
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t found, end;
    bool is_zone_there = false;

    assert_int_equal(tl_dns_name(tl_bytes(wire, size), 0, name, &found, &end), TL_OK);
    assert_int_equal(end, size);
    assert_int_equal(found, size);
    for (size_t at = 0; at < size; at += wire[at] + 1u)
        is_zone_there = is_zone_there || at == zone;
    assert_true(is_zone_there);
}

static void domains_are_names(void **state)
{
    (void)state;
    uint8_t wire[NAME_DOMAIN_MAX];

    for (uint64_t number = 0; number < 50000; number++) {
        size_t size = (size_t)(name_domain(wire, 1, number) - wire);
        assert_true(size <= NAME_DOMAIN_MAX);
        assert_name(wire, size, 0);
    }
}

static void services_are_names_below_their_domain(void **state)
{
    (void)state;
    uint8_t wire[NAME_SIZE_MAX + 1], domain[NAME_DOMAIN_MAX], zone;

    for (uint64_t number = 0; number < 50000; number++) {
        size_t size =
            (size_t)(name_of_service(wire, 1, number % 100, random_mix(number), number % 7 == 0, &zone) -
                     wire);
        size_t domain_size = (size_t)(name_domain(domain, 1, number % 100) - domain);
        assert_name(wire, size, zone);
        assert_int_equal(size - zone, domain_size);
        assert_memory_equal(wire + zone, domain, domain_size);
    }
}

struct hash {
    uint64_t a, b;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct hash));
}

static void names_asked_for_once_never_come_twice(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    static struct hash hashes[COUNT];
    unsigned absent = 0;

    for (uint64_t serial = 0; serial < COUNT; serial++) {
        uint8_t buffer[NAME_SIZE_MAX];
        struct name name;
        name_once(buffer, 1, serial, 20001, &name);
        assert_ptr_equal(name.wire, buffer);
        assert_name(name.wire, name.size, name.zone);
        for (size_t i = 0; i < name.size; i++) {
            hashes[serial].a = random_mix(hashes[serial].a ^ name.wire[i]);
            hashes[serial].b = random_mix(hashes[serial].b + name.wire[i]);
        }
        absent += (name.traits & NAME_IS_ABSENT) != 0;
    }
    qsort(hashes, COUNT, sizeof(hashes[0]), compare);
    for (size_t i = 1; i < COUNT; i++)
        assert_true(compare(&hashes[i - 1], &hashes[i]) != 0);
    assert_in_range(absent, COUNT * 16 / 100,
                    COUNT * 19 / 100); /* 12 % generated domains, and 1/16 of the others */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_names),
        cmocka_unit_test(services_are_names_below_their_domain),
        cmocka_unit_test(names_asked_for_once_never_come_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
