#include "proof/test.h"

#include <tapline/ring.h>

#include <pthread.h>
#include <stdlib.h>

static struct tl_ring ring_of(size_t size, void **ret_memory)
{
    struct tl_ring ring;

    *ret_memory = malloc(tl_ring_memory(size));
    assert_non_null(*ret_memory);
    assert_int_equal(tl_ring_init(&ring, *ret_memory, size), TL_OK);
    return ring;
}

static void a_size_is_a_power_of_two_within_bounds(void **state)
{
    static uint64_t memory[2048];
    struct tl_ring ring;

    (void)state;
    assert_int_equal(tl_ring_init(&ring, memory, TL_RING_SIZE_MIN / 2), TL_BAD_ARGUMENT);
    assert_int_equal(tl_ring_init(&ring, memory, TL_RING_SIZE_MIN + 4), TL_BAD_ARGUMENT);
    assert_int_equal(tl_ring_init(&ring, memory, TL_RING_SIZE_MAX * 2), TL_BAD_ARGUMENT);
    assert_int_equal(tl_ring_init(&ring, memory, TL_RING_SIZE_MIN), TL_OK);
    assert_int_equal(tl_ring_size(&ring), TL_RING_SIZE_MIN);
    assert_true(tl_ring_memory(TL_RING_SIZE_MIN) <= sizeof(memory));
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
    static uint8_t frame[TL_RING_SIZE_MIN];
    void *memory;
    struct tl_ring ring = ring_of(TL_RING_SIZE_MIN, &memory);
    struct tl_ring_mark start = {0, 0};
    volatile size_t endless = SIZE_MAX; /* or the compiler complains */

    (void)state;
    assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, TL_RING_SIZE_MIN - 3)), TL_FRAME_TOO_LONG);
    assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, endless)), TL_FRAME_TOO_LONG);
    assert_int_equal(tl_ring_head(&ring, start).bytes, 0);
    assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, TL_RING_SIZE_MIN - 4)), TL_OK);
    assert_int_equal(tl_ring_free(&ring, 1), 0);
    assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, 1)), TL_FULL);
    struct tl_ring_mark head = tl_ring_head(&ring, start);
    assert_int_equal(head.bytes, TL_RING_SIZE_MIN);
    assert_int_equal(head.frames, 1);
    tl_ring_release(&ring, head.bytes);
    assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, 1)), TL_OK);
    free(memory);
}

/* The bytes between two positions, appended. */
static size_t copy_out(const struct tl_ring *ring, uint64_t from, uint64_t to, uint8_t *buffer)
{
    struct tl_bytes pieces[2];
    int count = tl_ring_pieces(ring, from, to, pieces);
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        memcpy(buffer + size, pieces[i].data, pieces[i].size);
        size += pieces[i].size;
    }
    return size;
}

/* Takes everything from `at` on by way of the marks, and checks each against the frames themselves. */
static struct tl_ring_mark take_all(struct tl_ring *ring, struct tl_ring_mark at, uint32_t *number)
{
    static uint8_t bytes[TL_RING_SIZE_MIN];
    struct tl_ring_mark head = tl_ring_head(ring, at);

    while (at.bytes < head.bytes) {
        struct tl_ring_mark to = tl_ring_next(ring, at, head);
        assert_true(to.bytes > at.bytes && to.bytes <= head.bytes);
        struct tl_ring_mark walked = tl_ring_walk(ring, at, to.bytes);
        assert_int_equal(walked.bytes, to.bytes);
        assert_int_equal(walked.frames, to.frames);
        for (struct tl_ring_mark next; at.bytes < to.bytes; at = next) {
            next = tl_ring_first(ring, at);
            size_t size = copy_out(ring, at.bytes, next.bytes, bytes);
            assert_int_equal(tl_be32(bytes), size - 4);
            for (size_t i = 4; i < size; i++)
                assert_int_equal(bytes[i], (uint8_t)(*number + i));
            ++*number;
        }
    }
    assert_int_equal(at.frames, *number);
    tl_ring_release(ring, at.bytes);
    return at;
}

static void frames_of_all_sizes_come_out_as_they_went_in(void **state)
{
    static uint8_t frame[TL_RING_SIZE_MIN];
    void *memory;
    struct tl_ring ring = ring_of(TL_RING_SIZE_MIN, &memory);
    struct tl_ring_mark at = {0, 0};
    uint32_t number = 0, taken = 0, random = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        /* Mostly small, some over several blocks, some as large as can be. */
        size_t size = random >> 28 ? 1 + (random >> 8) % 100 : 1 + (random >> 8) % (TL_RING_SIZE_MIN - 4);
        for (size_t i = 0; i < size; i++)
            frame[i] = (uint8_t)(number + 4 + i);
        while (tl_ring_put(&ring, tl_bytes(frame, size)) != TL_OK)
            at = take_all(&ring, at, &taken);
        number++;
        if (random >> 30 == 0)
            at = take_all(&ring, at, &taken);
    }
    at = take_all(&ring, at, &taken);
    assert_int_equal(taken, number);
    free(memory);
}

/* Positions beyond 32 bits: published they are only half known. */
static void positions_go_beyond_32_bits(void **state)
{
    static uint8_t frame[65536];
    void *memory;
    struct tl_ring ring = ring_of((size_t)1 << 20, &memory);
    struct tl_ring_mark at = {0, 0};

    (void)state;
    while (at.bytes < (uint64_t)9 << 30) {
        while (tl_ring_put(&ring, tl_bytes(frame, sizeof(frame) - 3)) == TL_OK)
            ;
        struct tl_ring_mark head = tl_ring_head(&ring, at);
        assert_int_equal(head.bytes, ring.put.bytes);
        while (at.bytes < head.bytes)
            at = tl_ring_next(&ring, at, head);
        assert_int_equal(at.frames * 65537, at.bytes);
        tl_ring_release(&ring, at.bytes);
    }
    free(memory);
}

static void a_walk_stops_at_the_last_whole_frame(void **state)
{
    static const uint8_t frame[6] = {1, 2, 3, 4, 5, 6};
    void *memory;
    struct tl_ring ring = ring_of(TL_RING_SIZE_MIN, &memory);
    struct tl_ring_mark start = {0, 0};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(tl_ring_put(&ring, tl_bytes(frame, 6)), TL_OK);
    for (uint64_t limit = 0; limit <= 30; limit++) {
        struct tl_ring_mark at = tl_ring_walk(&ring, start, limit);
        assert_int_equal(at.frames, limit / 10);
        assert_int_equal(at.bytes, limit / 10 * 10);
    }
    free(memory);
}

#define THREAD_FRAMES 300000u

static void *put_many(void *argument)
{
    struct tl_ring *ring = argument;
    uint8_t frame[64];

    for (uint32_t i = 0; i < THREAD_FRAMES; i++) {
        memset(frame, (int)i, sizeof(frame));
        while (tl_ring_put(ring, tl_bytes(frame, 1 + i % sizeof(frame))) != TL_OK)
            ;
    }
    return NULL;
}

static void two_threads_share_it(void **state)
{
    static struct tl_ring ring;
    static uint8_t bytes[65536];
    struct tl_ring_mark at = {0, 0};
    void *memory;
    pthread_t thread;
    uint32_t number = 0;

    (void)state;
    ring = ring_of(65536, &memory);
    assert_int_equal(pthread_create(&thread, NULL, put_many, &ring), 0);
    while (number < THREAD_FRAMES) {
        struct tl_ring_mark head = tl_ring_head(&ring, at), to = tl_ring_next(&ring, at, head);
        size_t size = copy_out(&ring, at.bytes, to.bytes, bytes);
        for (size_t done = 0; done < size; number++) {
            uint32_t length = tl_be32(bytes + done);
            assert_int_equal(length, 1 + number % 64);
            for (uint32_t i = 0; i < length; i++)
                assert_int_equal(bytes[done + 4 + i], (uint8_t)number);
            done += 4 + length;
        }
        assert_int_equal(to.frames, number);
        at = to;
        tl_ring_release(&ring, at.bytes);
    }
    pthread_join(thread, NULL);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_a_power_of_two_within_bounds),
        cmocka_unit_test(what_does_not_fit_is_refused_and_changes_nothing),
        cmocka_unit_test(frames_of_all_sizes_come_out_as_they_went_in),
        cmocka_unit_test(positions_go_beyond_32_bits),
        cmocka_unit_test(a_walk_stops_at_the_last_whole_frame),
        cmocka_unit_test(two_threads_share_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
