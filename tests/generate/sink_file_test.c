#include "generate/sink.h"

#include "proof/test.h"

#include <tapline/frame.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sink_file_test.XXXXXX";
static char path[64];

static bool put(struct sink *sink, unsigned count)
{
    static uint8_t payload[1000] = "a frame";
    struct traffic_message message = {.frame = tl_bytes(payload, sizeof(payload))};

    for (unsigned i = 0; i < count; i++) {
        if (!sink->put(sink, &message, 0))
            return false;
    }
    return true;
}

static void a_new_file_is_written_and_no_old_one(void **state)
{
    (void)state;
    struct stat about;
    struct sink *sink = sink_open_file(path);

    assert_non_null(sink);
    assert_true(put(sink, 2000));
    assert_true(sink->finish(sink));
    sink->free(sink);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 42 + 2000 * 1004 + 12); /* START, frames, STOP */
    assert_null(sink_open_file(path));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 42 + 2000 * 1004 + 12);
    unlink(path);
}

static void a_full_device_is_told(void **state)
{
    (void)state;

    assert_null(sink_open_file("/dev/full")); /* START is written at once */
}

static void *read_a_little(void *argument)
{
    static uint8_t bytes[70000];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    (void)argument;
    if (read(fd, bytes, sizeof(bytes)) < 0)
        return argument;
    close(fd);
    return NULL;
}

/* A FIFO is written as it is; a reader that goes is noticed. */
static void a_reader_may_have_seen_enough(void **state)
{
    (void)state;
    pthread_t reader;

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_a_little, NULL), 0);
    struct sink *sink = sink_open_file(path);
    assert_non_null(sink);
    assert_false(put(sink, 100000));
    sink->free(sink);
    pthread_join(reader, NULL);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_is_written_and_no_old_one),
        cmocka_unit_test(a_full_device_is_told),
        cmocka_unit_test(a_reader_may_have_seen_enough),
    };
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof(path), "%s/file", folder);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failures;
}
