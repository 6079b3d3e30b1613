#include "proof/test.h"

#include <tapline/core.h>

static void every_status_has_a_name_and_a_sentence(void **state)
{
    (void)state;
    for (int status = TL_OK; status <= TL_BAD_RDATA; status++) {
        assert_true(strncmp(tl_status_name((enum tl_status)status), "TL_", 3) == 0);
        assert_true(strlen(tl_status_text((enum tl_status)status)) > 5);
    }
    assert_string_equal(tl_status_name(TL_BAD_LENGTH), "TL_BAD_LENGTH");
    assert_string_equal(tl_status_name((enum tl_status)9999), "TL_UNKNOWN");
    assert_string_equal(tl_status_text((enum tl_status)9999), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_status_has_a_name_and_a_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
