#include "generate/framed.h"

#include "proof/failing_alloc.h"
#include "proof/test.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const size_t sizes[] = {1, 100, FRAMED_SIZE - 5, 7, FRAMED_SIZE - 4, 8000, 300000, 300000, 300000};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint8_t payload[FRAMED_SIZE];

/* Frames of all sizes up to the largest come back as they were, between START and STOP. */
static void frames_come_out_whole(void **state)
{
    (void)state;
    struct tl_control start = tl_control(TL_CONTROL_START, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    struct tl_control stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));
    static uint8_t written[4 * FRAMED_SIZE];
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct framed framed;
    FILE *file = tmpfile();
    uint64_t bytes = 0;

    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 7 >> 3);
    assert_true(framed_init(&framed, fileno(file)));
    assert_int_equal(framed_control(&framed, &start), TL_OK);
    for (size_t i = 0; i < SIZES; i++) {
        assert_int_equal(framed_put(&framed, tl_bytes(payload, sizes[i])), TL_OK);
        bytes += 4 + sizes[i];
    }
    assert_int_equal(framed.frames, SIZES);
    assert_true(framed.bytes == bytes);
    assert_int_equal(framed_control(&framed, &stop), TL_OK);
    framed_done(&framed);

    ssize_t size = pread(fileno(file), written, sizeof(written), 0);
    struct tl_bytes in = tl_bytes(written, (size_t)size);
    tl_frame_decoder_init(&decoder, 0);
    assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    for (size_t i = 0; i < SIZES; i++) {
        assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
        assert_int_equal(frame.kind, TL_FRAME_DATA);
        assert_true(tl_bytes_equal(frame.payload, tl_bytes(payload, sizes[i])));
    }
    assert_int_equal(tl_frame_next(&decoder, &in, &frame), TL_OK);
    assert_int_equal(frame.kind, TL_FRAME_CONTROL);
    assert_int_equal(in.size, 0);
    fclose(file);
}

static void nothing_is_written_before_it_is_much(void **state)
{
    (void)state;
    struct framed framed;
    FILE *file = tmpfile();

    assert_true(framed_init(&framed, fileno(file)));
    assert_int_equal(framed_put(&framed, tl_bytes(payload, 100)), TL_OK);
    assert_int_equal(lseek(fileno(file), 0, SEEK_CUR), 0);
    assert_int_equal(framed_flush(&framed), TL_OK);
    assert_int_equal(lseek(fileno(file), 0, SEEK_CUR), 104);
    framed_done(&framed);
    fclose(file);
}

static void a_failure_is_told(void **state)
{
    (void)state;
    struct framed framed;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_true(framed_init(&framed, fd));
    assert_int_equal(framed_put(&framed, tl_bytes(payload, 100)), TL_OK);
    assert_int_equal(framed_flush(&framed), TL_SYSTEM);
    assert_int_equal(errno, ENOSPC);
    framed_done(&framed);
    close(fd);
    failing_alloc_start(1);
    assert_false(framed_init(&framed, 1));
    assert_true(failing_alloc_stop());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_whole),
        cmocka_unit_test(nothing_is_written_before_it_is_much),
        cmocka_unit_test(a_failure_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
