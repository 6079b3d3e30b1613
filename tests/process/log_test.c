/* Lines on standard error: whole, bounded, free of control bytes, and limited where they repeat. */
#include "proof/test.h"

#include "process/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int lines_fd, error_fd;

static int take_error(void **state)
{
    int ends[2];

    (void)state;
    if (pipe2(ends, O_NONBLOCK) != 0)
        return -1;
    error_fd = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    lines_fd = ends[0];
    process_log_init("test");
    return 0;
}

static int give_error(void **state)
{
    (void)state;
    dup2(error_fd, STDERR_FILENO);
    close(error_fd);
    return close(lines_fd);
}

static const char *logged(void)
{
    static char text[8192];
    ssize_t size = read(lines_fd, text, sizeof(text) - 1);

    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void test_line(void **state)
{
    char long_text[5000];

    (void)state;
    process_log("%s is %d", "one\ttwo\x1b[31m\n", 3);
    assert_string_equal(logged(), "test: one?two?[31m? is 3\n");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    process_log("%s", long_text);
    const char *line = logged();
    assert_int_equal(strlen(line), 2048);
    assert_int_equal(line[2046], 'x');
    assert_int_equal(line[2047], '\n');
}

static void test_limit(void **state)
{
    struct process_limit once = {0}, burst = {.burst = 3};

    (void)state;
    for (int i = 0; i < 5; i++)
        process_log_limited(&once, "%d", i);
    assert_string_equal(logged(), "test: 0\n");
    assert_int_equal(once.omitted, 4);
    once.begin -= PROCESS_LOG_SECONDS;
    process_log_limited(&once, "later");
    assert_string_equal(logged(), "test: later (and 4 times more before)\n");
    for (int i = 0; i < 5; i++)
        process_log_limited(&burst, "%d", i);
    assert_string_equal(logged(), "test: 0\ntest: 1\ntest: 2\n");
    assert_int_equal(burst.omitted, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, take_error, give_error),
        cmocka_unit_test_setup_teardown(test_limit, take_error, give_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
