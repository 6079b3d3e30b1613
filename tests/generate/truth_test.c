#include "generate/truth.h"

#include "proof/test.h"

#include <stdlib.h>
#include <string.h>

static struct plant plants[2] = {
    {.kind = PLANT_BEACON,
     .interval = UINT64_C(1500250000),
     .client_count = 2,
     .clients = {1, 2},
     .domain = "\4evil\7example",
     .domain_size = 14,
     .first = 0,
     .last = UINT64_C(61000000999),
     .messages = 9,
     .queries = 4},
    {.kind = PLANT_FLOOD, .domain_size = 1}, /* never began */
};

static void a_line_for_each_that_went_out(void **state)
{
    (void)state;
    struct client clients[2];
    char *text = NULL, expected[512], addresses[2][TL_ADDRESS_TEXT_SIZE];
    size_t size;
    FILE *file = open_memstream(&text, &size);

    for (int i = 0; i < 2; i++) {
        client_of(0, plants[0].clients[i], &clients[i]);
        tl_address_print(tl_bytes(clients[i].address, clients[i].address_size), addresses[i]);
    }
    assert_true(truth_write(file, plants, 2, UINT64_C(1795469062500000000)));
    fclose(file);
    snprintf(expected, sizeof(expected),
             "{\"kind\":\"beacon\",\"domain\":\"evil.example\",\"clients\":[\"%s\",\"%s\"],"
             "\"first\":\"2026-11-23T21:24:22.500000000Z\",\"last\":\"2026-11-23T21:25:23.500000000Z\","
             "\"interval_ms\":1500.250,\"queries\":4,\"messages\":9}\n",
             addresses[0], addresses[1]);
    assert_string_equal(text, expected);
    free(text);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");

    assert_false(truth_write(file, plants, 2, 0));
    fclose(file);
}

static void kinds_have_names(void **state)
{
    (void)state;
    static const char *const names[PLANT_KINDS] = {"tunnel", "dga", "beacon", "flood", "amplification"};

    for (unsigned kind = 0; kind < PLANT_KINDS; kind++)
        assert_string_equal(plant_kind_name(kind), names[kind]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_for_each_that_went_out),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
