#include "proof/test.h"
#include "source/sample.h"
#include "source/window.h"

#include <sys/mman.h>

enum { SIZE = 3 << 20 };

/* A file in which every place is told from its neighbours. */
static int open_file(void)
{
    int fd = memfd_create("x", MFD_CLOEXEC);
    uint32_t *words;

    assert_int_equal(ftruncate(fd, SIZE), 0);
    words = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (uint32_t i = 0; i < SIZE / 4; i++)
        words[i] = i;
    munmap(words, SIZE);
    return fd;
}

static void assert_at(struct tl_bytes left, size_t offset)
{
    uint32_t word;

    memcpy(&word, left.data, 4);
    assert_int_equal(word * 4, offset);
}

static void take(struct window *window, size_t size)
{
    window->left = tl_bytes(window->left.data + size, window->left.size - size);
}

static void what_is_wished_for_is_there(void **state)
{
    (void)state;
    struct input input;
    struct window window;
    int fd = open_file();
    size_t offset = 0;

    window_init(&window);
    input_init(&input, fd, -1, false);
    window_open(&window, &input);
    for (size_t size = 4; offset + size <= SIZE; size = (size * 7 + 16) % 900000 / 4 * 4) {
        assert_int_equal(window_fill(&window, size, false), TL_OK);
        assert_true(window.left.size >= size);
        assert_at(window.left, offset);
        assert_at(tl_bytes(window.left.data + size - 4, 4), offset + size - 4);
        take(&window, size);
        offset += size;
    }
    assert_true(window.room <= 2 * 900000 + 65536);
    assert_int_equal(window_fill(&window, SIZE, false), TL_END);
    assert_int_equal(window.left.size, SIZE - offset);
    assert_at(window.left, offset);
    input_done(&input);
    window_done(&window);
    close(fd);
}

static void small_wishes_take_small_memory(void **state)
{
    (void)state;
    struct input input;
    struct window window;
    int fd = open_file();

    window_init(&window);
    input_init(&input, fd, -1, false);
    window_open(&window, &input);
    for (size_t offset = 0; offset + 100 <= SIZE; offset += 100) {
        assert_int_equal(window_fill(&window, 100, false), TL_OK);
        assert_at(window.left, offset);
        take(&window, 100);
    }
    assert_int_equal(window.room, WINDOW_SIZE);
    input_done(&input);
    window_done(&window);
    close(fd);
}

static void what_was_given_out_is_kept_when_wished(void **state)
{
    (void)state;
    struct input input;
    struct window window;
    int fd = open_file();

    window_init(&window);
    input_init(&input, fd, -1, false);
    window_open(&window, &input);
    assert_int_equal(window_fill(&window, WINDOW_SIZE, false), TL_OK);
    take(&window, WINDOW_SIZE - 100);
    struct tl_bytes given = tl_bytes(window.left.data, 100);
    for (size_t size = 1000; size <= 2000000; size *= 2) {
        assert_int_equal(window_fill(&window, size, true), TL_OK);
        assert_at(window.left, WINDOW_SIZE - 100);
        assert_at(given, WINDOW_SIZE - 100);
        assert_at(tl_bytes(given.data + 96, 4), WINDOW_SIZE - 4);
    }
    window_release(&window);
    assert_at(window.left, WINDOW_SIZE - 100);
    input_done(&input);
    window_done(&window);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wished_for_is_there),
        cmocka_unit_test(small_wishes_take_small_memory),
        cmocka_unit_test(what_was_given_out_is_kept_when_wished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
