/* Why an endpoint cannot be listened on. */
#include "proof/test.h"

#include "process/listening.h"

#include <errno.h>

static const char *text_of(enum tl_endpoint_kind kind, enum tl_status status, int error)
{
    struct tl_endpoint endpoint = {.kind = kind};

    errno = error;
    return process_listening_text(status, &endpoint);
}

static void a_path_has_words_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(text_of(TL_ENDPOINT_UNIX, TL_SYSTEM, EADDRINUSE), "something listens there already");
    assert_string_equal(text_of(TL_ENDPOINT_UNIX, TL_SYSTEM, ENOENT),
                        "the folder for that socket does not exist");
    assert_string_equal(text_of(TL_ENDPOINT_UNIX, TL_SYSTEM, EEXIST),
                        "there is something at that path that is not a socket; it is left as it is: move it, "
                        "or choose another path");
    assert_string_equal(text_of(TL_ENDPOINT_UNIX, TL_SYSTEM, EACCES), "Permission denied");
}

static void an_address_has_those_of_the_system(void **state)
{
    (void)state;
    assert_string_equal(text_of(TL_ENDPOINT_TCP, TL_SYSTEM, EADDRINUSE), "Address already in use");
    assert_string_equal(text_of(TL_ENDPOINT_TCP, TL_BAD_TEXT, 0), "no such host or port");
    assert_string_equal(text_of(TL_ENDPOINT_FILE, TL_BAD_ARGUMENT, 0),
                        "only unix:PATH and tcp:HOST:PORT can be listened on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_words_of_its_own),
        cmocka_unit_test(an_address_has_those_of_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
