#include "proof/test.h"

#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct settings settings;

/* What comes of one text: true if nothing of it is ignored. */
static bool add(const char *words)
{
    memset(&settings, 0, sizeof(settings));
    strcpy(settings.text[0], words);
    settings_add(&settings, settings.text[0]);
    return !*settings.problems;
}

static bool read_both(void)
{
    settings_read(&settings);
    return !*settings.problems;
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

static void what_is_not_understood_is_told_by_name(void **state)
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
        if (add(refused[i]))
            fail_msg("\"%s\" is taken", refused[i]);
        assert_int_equal(settings.problems[strlen(settings.problems) - 1], '\n');
    }
    char long_path[SETTINGS_PATH_MAX + 16];
    snprintf(long_path, sizeof(long_path), "statistics=/%0*d", SETTINGS_PATH_MAX - 1, 0);
    assert_true(add(long_path));
    strcat(long_path, "0");
    assert_false(add(long_path));
    assert_false(add("mode=copy mood=good"));
    assert_string_equal(settings.problems,
                        "\"mood=good\" is no setting, and is ignored; there are target, mode, drop, budget, "
                        "ring-size, retry, close, statistics\n");
    assert_false(add("mode=bad"));
    assert_string_equal(settings.problems, "\"mode=bad\" is ignored: what would do is copy or failover\n");
}

/* A wrong word changes nothing of what others have set, before it or behind it. */
static void what_is_not_understood_changes_nothing(void **state)
{
    (void)state;
    assert_false(add("mode=failover drop=oldest retry=250ms statistics=/s target=own ring-size=1MiB "
                     "mode=x drop=x retry=5 statistics=s target=x ring-size=1 budget=1GiB"));
    assert_int_equal(settings.mode, TL_SENDER_FAILOVER);
    assert_int_equal(settings.drop, TL_SENDER_DROP_OLDEST);
    assert_int_equal(settings.retry_ms, 250);
    assert_string_equal(settings.statistics, "/s");
    assert_int_equal(settings.target_count, 1);
    assert_int_equal(settings.ring_size, 1 << 20);
    assert_int_equal(settings.budget, 1 << 30);
    assert_string_equal(
        settings.problems,
        "\"mode=x\" is ignored: what would do is copy or failover\n"
        "\"drop=x\" is ignored: what would do is newest or oldest\n"
        "\"retry=5\" is ignored: what would do is 10ms to 10min, such as 5s\n"
        "\"statistics=s\" is ignored: what would do is a path from the root, of at most 800 bytes\n"
        "\"target=x\" is ignored: what would do is own, unix:PATH or tcp:HOST:PORT, up to four times\n"
        "\"ring-size=1\" is ignored: what would do is 64KiB to 1GiB, such as 8MiB\n");
}

/* However many there are. */
static void many_problems_are_told_as_far_as_there_is_room(void **state)
{
    char words[SETTINGS_TEXT_SIZE];

    (void)state;
    memset(words, 'x', sizeof(words));
    for (size_t i = 1; i < sizeof(words); i += 2)
        words[i] = ' ';
    words[sizeof(words) - 1] = '\0';
    assert_false(add(words));
    assert_in_range(strlen(settings.problems), SETTINGS_PROBLEMS_SIZE - 200, SETTINGS_PROBLEMS_SIZE - 1);
    assert_int_equal(settings.problems[strlen(settings.problems) - 1], '\n');
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
    assert_true(read_both());
    assert_int_equal(settings.ring_size, 1 << 20);
    assert_int_equal(settings.close_ms, 3000);
    unlink(path);
    assert_false(read_both());
    assert_non_null(strstr(settings.problems, path));
    assert_non_null(strstr(settings.problems, " is ignored: No such file or directory\n"));
    assert_int_equal(settings.close_ms, 3000);
    unsetenv("TAPLINE_LIBFSTRM_FILE");
    unsetenv("TAPLINE_LIBFSTRM");
    assert_true(read_both());
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
    assert_false(read_both());
    setenv("TAPLINE_LIBFSTRM", text + 1, 1);
    assert_true(read_both());
    unsetenv("TAPLINE_LIBFSTRM");
    assert_int_equal(write(fd, text, sizeof(text) - 2), sizeof(text) - 2);
    setenv("TAPLINE_LIBFSTRM_FILE", path, 1);
    assert_true(read_both());
    assert_int_equal(write(fd, text, 1), 1);
    assert_false(read_both());
    unsetenv("TAPLINE_LIBFSTRM_FILE");
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_set_by_nothing),
        cmocka_unit_test(every_word_sets_its_field),
        cmocka_unit_test(what_is_not_understood_is_told_by_name),
        cmocka_unit_test(what_is_not_understood_changes_nothing),
        cmocka_unit_test(many_problems_are_told_as_far_as_there_is_room),
        cmocka_unit_test(the_variable_comes_after_the_file),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
