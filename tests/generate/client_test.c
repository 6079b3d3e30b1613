#include "generate/client.h"

#include "proof/test.h"

#include <tapline/dnstap.h>

#include <stdlib.h>
#include <string.h>

struct address {
    uint8_t size, bytes[16];
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct address));
}

/* Steady ones and those who pass by, all of them. */
static void different_clients_have_different_addresses(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static struct address addresses[2 * COUNT];
    unsigned ipv6 = 0, encrypted = 0;

    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        struct client client;
        client_of(7, i < COUNT ? i : CLIENT_PASSING + i - COUNT, &client);
        addresses[i].size = client.address_size;
        memcpy(addresses[i].bytes, client.address, client.address_size);
        if (client.address_size == 4)
            assert_int_equal(client.address[0], 10);
        else
            assert_memory_equal(client.address, "\x20\x01\x0d\xb8", 4);
        ipv6 += client.address_size == 16;
        encrypted += client.protocol == TL_DNSTAP_DOT || client.protocol == TL_DNSTAP_DOH;
        assert_true(client.protocol == TL_DNSTAP_UDP || client.edns.is_there);
    }
    assert_in_range(ipv6, 2 * COUNT * 29 / 100, 2 * COUNT * 31 / 100);
    assert_in_range(encrypted, 2 * COUNT * 8 / 100, 2 * COUNT * 10 / 100);
    qsort(addresses, 2 * COUNT, sizeof(addresses[0]), compare);
    for (size_t i = 1; i < 2 * COUNT; i++)
        assert_true(compare(&addresses[i - 1], &addresses[i]) != 0);
}

static void a_client_is_always_the_same(void **state)
{
    (void)state;
    struct client a, b, c;

    memset(&a, 1, sizeof(a));
    memset(&b, 2, sizeof(b));
    client_of(7, 42, &a);
    client_of(7, 42, &b);
    client_of(8, 42, &c);
    assert_int_equal(a.address_size, b.address_size);
    assert_memory_equal(a.address, b.address, a.address_size);
    assert_true(a.key == b.key && a.protocol == b.protocol && a.key != c.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_clients_have_different_addresses),
        cmocka_unit_test(a_client_is_always_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
