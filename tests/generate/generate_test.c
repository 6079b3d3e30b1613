#include "generate/generate.h"

#include "proof/test.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const identities[] = {"ns1"};
static char path[] = "/tmp/generate_test.XXXXXX";
static volatile sig_atomic_t is_stopped;

static struct generate_options options_of(uint64_t count, uint64_t duration_ms)
{
    return (struct generate_options){
        .traffic = {.seed = 1,
                    .start = {1795469062, 0},
                    .rate = 1000,
                    .clients = 10,
                    .once = 0.25,
                    .cache = 0.85,
                    .identities = identities,
                    .identity_count = 1},
        .count = count,
        .duration_ms = duration_ms,
        .write_path = path,
        .stop = &is_stopped,
    };
}

/* Runs it, and returns how many messages are in the file, and when the last one was, in ms since the start.
 */
static unsigned run(const struct generate_options *options, uint64_t *ret_last_ms)
{
    static uint8_t bytes[1 << 22];
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_dnstap dnstap;
    unsigned count = 0, controls = 0;

    unlink(path);
    assert_int_equal(generate_run(options), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct tl_bytes in = tl_bytes(bytes, (size_t)read(fd, bytes, sizeof(bytes)));
    close(fd);
    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &in, &frame) == TL_OK) {
        controls += frame.kind == TL_FRAME_CONTROL;
        if (frame.kind != TL_FRAME_DATA)
            continue;
        count++;
        assert_int_equal(tl_dnstap_decode(frame.payload, &dnstap, NULL), TL_OK);
        bool is_query = tl_dnstap_is_query(dnstap.message_type);
        *ret_last_ms = ((is_query ? dnstap.query_time_sec : dnstap.response_time_sec) - 1795469062) * 1000 +
                       (is_query ? dnstap.query_time_nsec : dnstap.response_time_nsec) / 1000000;
    }
    assert_int_equal(in.size, 0);
    assert_int_equal(controls, 2);
    return count;
}

static void what_comes_first_ends_it(void **state)
{
    (void)state;
    uint64_t last_ms = 0;

    struct generate_options options = options_of(1234, 0);
    assert_int_equal(run(&options, &last_ms), 1234);
    options = options_of(0, 3000);
    assert_in_range(run(&options, &last_ms), 2700, 3300);
    assert_in_range(last_ms, 2900, 2999);
    options = options_of(1000, 3000);
    assert_int_equal(run(&options, &last_ms), 1000);
    options = options_of(1000000, 3000);
    assert_in_range(run(&options, &last_ms), 2700, 3300);
}

static void a_stop_completes_the_file(void **state)
{
    (void)state;
    uint64_t last_ms = 0;
    struct generate_options options = options_of(1000, 0);

    is_stopped = 1;
    assert_int_equal(run(&options, &last_ms), 0);
    is_stopped = 0;
}

static void pacing_takes_its_time(void **state)
{
    (void)state;
    struct timespec begin, end;
    uint64_t last_ms = 0;
    struct generate_options options = options_of(0, 300);

    options.is_paced = true;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    run(&options, &last_ms);
    clock_gettime(CLOCK_MONOTONIC, &end);
    uint64_t took_ms = (uint64_t)(end.tv_sec - begin.tv_sec) * 1000 + (uint64_t)end.tv_nsec / 1000000 -
                       (uint64_t)begin.tv_nsec / 1000000;
    assert_true(took_ms + 3 >= last_ms); /* a sleep of less than two is none */
}

static void a_failed_start_leaves_the_rest_alone(void **state)
{
    (void)state;
    struct generate_options options = options_of(10, 0);
    char truth[64];

    unlink(path);
    options.truth_path = "/nowhere/truth";
    assert_int_equal(generate_run(&options), -1);
    assert_int_equal(access(path, F_OK), -1);

    snprintf(truth, sizeof(truth), "%s.truth", path);
    options.truth_path = truth;
    options.write_path = "/nowhere/output";
    assert_int_equal(generate_run(&options), -1);
    assert_int_equal(access(truth, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_first_ends_it),
        cmocka_unit_test(a_stop_completes_the_file),
        cmocka_unit_test(pacing_takes_its_time),
        cmocka_unit_test(a_failed_start_leaves_the_rest_alone),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failures;
}
