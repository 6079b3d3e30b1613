/* The oracle is the C library's inet_ntop and inet_pton. */
#include "proof/guarded.h"
#include "proof/test.h"

#include <tapline/core.h>

#include <arpa/inet.h>
#include <stdlib.h>

static void check_print(int family, const uint8_t *address, size_t size)
{
    char expected[INET6_ADDRSTRLEN], text[TL_ADDRESS_TEXT_SIZE];
    uint8_t back[16];
    size_t back_size;

    assert_non_null(inet_ntop(family, address, expected, sizeof(expected)));
    assert_int_equal(tl_address_print(tl_bytes(address, size), text), strlen(expected));
    assert_string_equal(text, expected);
    assert_int_equal(tl_address_parse(tl_bytes_of_text(text), back, &back_size), TL_OK);
    assert_int_equal(back_size, size);
    assert_memory_equal(back, address, size);
}

static void prints_as_inet_ntop_does(void **state)
{
    (void)state;
    srandom(1);
    for (int i = 0; i < 10000; i++) {
        uint8_t address[16];
        /* Each group zero, short or full by chance, so that all runs of zeros come up. */
        for (int group = 0; group < 8; group++) {
            unsigned value = random() % 3 == 0 ? (unsigned)random() & 0xffff : random() % 2 ? 0 : 0xffff;
            if (random() % 5 == 0)
                value &= 0xff;
            address[2 * group] = (uint8_t)(value >> 8);
            address[2 * group + 1] = (uint8_t)value;
        }
        if (i % 4 == 0)
            memset(address, 0, (size_t)(random() % 16));
        check_print(AF_INET6, address, 16);
        check_print(AF_INET, address + 12, 4);
    }
    for (size_t size = 0; size < 20; size++) {
        static const uint8_t zero[20];
        char text[TL_ADDRESS_TEXT_SIZE];
        if (size != 4 && size != 16)
            assert_int_equal(tl_address_print(tl_bytes(zero, size), text), 0);
    }
}

/* Every text over the alphabet of addresses, at random: taken exactly if inet_pton takes it. */
static void parses_as_inet_pton_does(void **state)
{
    (void)state;
    static const char alphabet[] = "::::..0125afF9";
    srandom(2);
    for (int i = 0; i < 40000; i++) {
        char text[24];
        size_t length = (size_t)random() % 14;
        for (size_t k = 0; k < length; k++)
            text[k] = alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
        text[length] = '\0';
        uint8_t expected[16] = {0}, address[16] = {0};
        size_t size = 0;
        bool v6 = strchr(text, ':') != NULL;
        bool valid = inet_pton(v6 ? AF_INET6 : AF_INET, text, expected) == 1;
        struct guarded in = guarded_new(text, length);
        enum tl_status status = tl_address_parse(tl_bytes(in.data, in.size), address, &size);
        guarded_free(&in);
        if ((status == TL_OK) != valid)
            fail_msg("\"%s\": inet_pton says %d, we say %s", text, valid, tl_status_name(status));
        if (valid)
            assert_memory_equal(address, expected, v6 ? 16 : 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(prints_as_inet_ntop_does),
                                       cmocka_unit_test(parses_as_inet_pton_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
