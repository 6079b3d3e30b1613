#include "proof/test.h"

#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct settings settings;
static char problem[SETTINGS_PROBLEM_SIZE];

/* What comes of one text. */
static bool add(const char *words)
{
    memset(&settings, 0, sizeof(settings));
    strcpy(settings.text[0], words);
    return settings_add(&settings, settings.text[0], problem);
}

static void nothing_is_set_by_nothing(void **state)
{
    (void)state;
    assert_true(add(""));
    assert_true(add(" \n\t # target=nonsense\n#"));
    assert_int_equal(settings.target_count, 0);
    assert_null(settings.statistics);
    assert_int_equal(settings.ring_size, 0);
}

static void every_word_sets_its_field(void **state)
{
    (void)state;
    assert_true(add("target=own target=tcp:[2001:db8::1]:6000\ttarget=unix:/run/b.sock\n"
                    "mode=failover # the first that works\n"
                    "drop=oldest ring-size=8MiB budget=1GiB retry=250ms close=2s statistics=/run/%p.%n"));
    assert_int_equal(settings.target_count, 3);
    assert_string_equal(settings.targets[0], "own");
    assert_string_equal(settings.targets[1], "tcp:[2001:db8::1]:6000");
    assert_string_equal(settings.targets[2], "unix:/run/b.sock");
    assert_int_equal(settings.mode, TL_SENDER_FAILOVER);
    assert_int_equal(settings.drop, TL_SENDER_DROP_OLDEST);
    assert_int_equal(settings.ring_size, 8 << 20);
    assert_int_equal(settings.budget, 1 << 30);
    assert_int_equal(settings.retry_ms, 250);
    assert_int_equal(settings.close_ms, 2000);
    assert_string_equal(settings.statistics, "/run/%p.%n");
    assert_true(add("mode=copy drop=newest ring-size=65536"));
    assert_int_equal(settings.mode, TL_SENDER_COPY);
    assert_int_equal(settings.drop, TL_SENDER_DROP_NEWEST);
    assert_int_equal(settings.ring_size, 65536);
}

static void what_is_not_understood_is_refused_by_name(void **state)
{
    static const char *const refused[] = {
        "target",
        "target=",
        "target=/run/x",
        "target=file:/x",
        "target=-",
        "target=tcp:x",
        "target=tcp:x:65536",
        "mode=",
        "mode=both",
        "drop=all",
        "ring-size=65535",
        "ring-size=8 MiB",
        "ring-size=8mb",
        "ring-size=2GiB",
        "ring-size=",
        "ring-size=-1",
        "ring-size=99999999999999999999",
        "budget=1",
        "retry=9ms",
        "retry=11min",
        "retry=5",
        "close=0s",
        "statistics=",
        "statistics=here",
        "statistics=%p",
        "Mode=copy",
        "modes=copy",
        "mode",
        "=copy",
        "target=own target=own target=own target=own target=own",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        *problem = 0;
        if (add(refused[i]))
            fail_msg("\"%s\" is taken", refused[i]);
        assert_true(strlen(problem) > 0);
    }
    char long_path[SETTINGS_PATH_MAX + 16];
    snprintf(long_path, sizeof(long_path), "statistics=/%0*d", SETTINGS_PATH_MAX - 1, 0);
    assert_true(add(long_path));
    strcat(long_path, "0");
    assert_false(add(long_path));
    assert_false(add("mode=copy mood=good"));
    assert_string_equal(problem, "\"mood=good\" is no setting");
    assert_false(add("mode=bad"));
    assert_string_equal(problem, "\"mode=bad\" has no value that can be used");
}

static void the_variable_comes_after_the_file(void **state)
{
    char path[] = "/tmp/tapline-settings-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(dprintf(fd, "# for named\nring-size=1MiB\nclose=1s\n"), 36);
    close(fd);
    setenv("TAPLINE_LIBFSTRM_FILE", path, 1);
    setenv("TAPLINE_LIBFSTRM", "close=3s", 1);
    assert_true(settings_read(&settings, problem));
    assert_int_equal(settings.ring_size, 1 << 20);
    assert_int_equal(settings.close_ms, 3000);
    unlink(path);
    assert_false(settings_read(&settings, problem));
    assert_non_null(strstr(problem, path));
    unsetenv("TAPLINE_LIBFSTRM_FILE");
    unsetenv("TAPLINE_LIBFSTRM");
    assert_true(settings_read(&settings, problem));
    assert_int_equal(settings.close_ms, 0);
}

static void what_is_too_long_is_refused(void **state)
{
    static char text[SETTINGS_TEXT_SIZE + 1];
    char path[] = "/tmp/tapline-settings-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    memset(text, ' ', sizeof(text) - 1);
    setenv("TAPLINE_LIBFSTRM", text, 1);
    assert_false(settings_read(&settings, problem));
    setenv("TAPLINE_LIBFSTRM", text + 1, 1);
    assert_true(settings_read(&settings, problem));
    unsetenv("TAPLINE_LIBFSTRM");
    assert_int_equal(write(fd, text, sizeof(text) - 2), sizeof(text) - 2);
    setenv("TAPLINE_LIBFSTRM_FILE", path, 1);
    assert_true(settings_read(&settings, problem));
    assert_int_equal(write(fd, text, 1), 1);
    assert_false(settings_read(&settings, problem));
    unsetenv("TAPLINE_LIBFSTRM_FILE");
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_set_by_nothing),
        cmocka_unit_test(every_word_sets_its_field),
        cmocka_unit_test(what_is_not_understood_is_refused_by_name),
        cmocka_unit_test(the_variable_comes_after_the_file),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
