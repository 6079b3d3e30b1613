/* The reader and the writer against system calls that do what a script says - interruptions, short counts,
 * full pipes, errors, in an order that real ones show only now and then - and then against a real pipe. The
 * test is linked so that read, write and poll come through here. */
#include "proof/test.h"

#include <tapline/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

#define SCRIPTED 1000 /* the descriptor that the script answers for */

/* What the next calls do: a count of at least 0, or minus an errno. */
struct act {
    char call; /* 'r', 'w', 'p' */
    int result;
};

static const struct act *script;
static char written[64];
static size_t written_size;

static int act(char call, short events)
{
    assert_int_equal(script->call, call);
    if (call == 'p')
        assert_int_equal(events, script[-1].call == 'r' ? POLLIN : POLLOUT);
    int result = script++->result;
    if (result < 0)
        errno = -result;
    return result < 0 ? -1 : result;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (fd != SCRIPTED)
        return __real_read(fd, buffer, size);
    int count = act('r', 0);
    if (count > 0)
        memcpy(buffer, "abcdefgh", (size_t)count);
    return count;
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (fd != SCRIPTED)
        return __real_write(fd, data, size);
    int count = act('w', 0);
    if (count > 0) {
        assert_in_range(count, 1, size);
        memcpy(written + written_size, data, (size_t)count);
        written_size += (size_t)count;
    }
    return count;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (fds->fd != SCRIPTED)
        return __real_poll(fds, count, timeout);
    assert_int_equal(count, 1);
    assert_int_equal(timeout, -1);
    return act('p', fds->events);
}

static void check_read(const struct act *acts, enum tl_status expected, size_t expected_size,
                       int expected_error)
{
    char buffer[8] = "";
    size_t size = 77;

    script = acts;
    errno = 0;
    assert_int_equal(tl_read(SCRIPTED, buffer, sizeof(buffer), &size), expected);
    assert_int_equal(script->call, 0);
    assert_int_equal(size, expected == TL_OK ? expected_size : 77);
    assert_memory_equal(buffer, "abcdefgh", expected == TL_OK ? expected_size : 0);
    if (expected == TL_SYSTEM)
        assert_int_equal(errno, expected_error);
}

static void a_read_gives_what_is_there(void **state)
{
    (void)state;
    check_read((struct act[]){{'r', 8}, {0}}, TL_OK, 8, 0);
    check_read((struct act[]){{'r', 3}, {0}}, TL_OK, 3, 0);
    check_read((struct act[]){{'r', 0}, {0}}, TL_END, 0, 0);
    check_read((struct act[]){{'r', -EINTR}, {'r', -EINTR}, {'r', 1}, {0}}, TL_OK, 1, 0);
    check_read((struct act[]){{'r', -EINTR}, {'r', 0}, {0}}, TL_END, 0, 0);
    check_read((struct act[]){{'r', -EAGAIN}, {'p', 1}, {'r', 2}, {0}}, TL_OK, 2, 0);
    check_read((struct act[]){{'r', -EAGAIN}, {'p', -EINTR}, {'r', -EAGAIN}, {'p', 1}, {'r', 2}, {0}}, TL_OK,
               2, 0);
    check_read((struct act[]){{'r', -EIO}, {0}}, TL_SYSTEM, 0, EIO);
    check_read((struct act[]){{'r', -EINTR}, {'r', -ECONNRESET}, {0}}, TL_SYSTEM, 0, ECONNRESET);
    check_read((struct act[]){{'r', -EAGAIN}, {'p', -ENOMEM}, {0}}, TL_SYSTEM, 0, ENOMEM);
}

static void check_write(const struct act *acts, enum tl_status expected, size_t expected_size,
                        int expected_error)
{
    size_t size = 77;

    script = acts;
    written_size = 0;
    errno = 0;
    assert_int_equal(tl_write(SCRIPTED, tl_bytes("abcdefgh", 8), &size), expected);
    assert_int_equal(script->call, 0);
    assert_int_equal(size, expected_size);
    assert_int_equal(written_size, expected_size);
    assert_memory_equal(written, "abcdefgh", expected_size);
    if (expected == TL_SYSTEM)
        assert_int_equal(errno, expected_error);
}

static void a_write_writes_everything(void **state)
{
    (void)state;
    check_write((struct act[]){{'w', 8}, {0}}, TL_OK, 8, 0);
    check_write((struct act[]){{'w', 1}, {'w', 5}, {'w', 2}, {0}}, TL_OK, 8, 0);
    check_write((struct act[]){{'w', -EINTR}, {'w', 3}, {'w', -EINTR}, {'w', 5}, {0}}, TL_OK, 8, 0);
    check_write((struct act[]){{'w', 4}, {'w', -EAGAIN}, {'p', 1}, {'w', 4}, {0}}, TL_OK, 8, 0);
    check_write((struct act[]){{'w', -EAGAIN}, {'p', -EINTR}, {'w', -EAGAIN}, {'p', 1}, {'w', 8}, {0}}, TL_OK,
                8, 0);
    check_write((struct act[]){{'w', -EPIPE}, {0}}, TL_SYSTEM, 0, EPIPE);
    check_write((struct act[]){{'w', 5}, {'w', -ENOSPC}, {0}}, TL_SYSTEM, 5, ENOSPC);
    check_write((struct act[]){{'w', 5}, {'w', -EAGAIN}, {'p', -EINVAL}, {0}}, TL_SYSTEM, 5, EINVAL);
}

static void nothing_to_write_is_written(void **state)
{
    (void)state;
    size_t size = 77;

    script = (struct act[]){{0}};
    assert_int_equal(tl_write(SCRIPTED, tl_bytes(NULL, 0), &size), TL_OK);
    assert_int_equal(size, 0);
    script = (struct act[]){{'w', 1}, {0}};
    assert_int_equal(tl_write(SCRIPTED, tl_bytes("a", 1), NULL), TL_OK);
}

#define LOAD_SIZE 300000 /* several times what a pipe holds */

static void *write_load(void *argument)
{
    static uint8_t load[LOAD_SIZE];
    const int *fd = argument;

    for (size_t i = 0; i < sizeof(load); i++)
        load[i] = (uint8_t)(i * i >> 3);
    enum tl_status status = tl_write(*fd, tl_bytes(load, sizeof(load)), NULL);
    close(*fd);
    return status == TL_OK ? argument : NULL;
}

static void a_real_pipe_that_does_not_block(void **state)
{
    (void)state;
    int ends[2];
    pthread_t writer;
    void *result;
    size_t total = 0, size;
    enum tl_status status;
    uint8_t buffer[777];

    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_load, &ends[1]), 0);
    while ((status = tl_read(ends[0], buffer, sizeof(buffer), &size)) == TL_OK) {
        assert_in_range(size, 1, sizeof(buffer));
        for (size_t i = 0; i < size; i++, total++)
            assert_true(buffer[i] == (uint8_t)(total * total >> 3));
    }
    assert_int_equal(status, TL_END);
    assert_int_equal(total, LOAD_SIZE);
    assert_int_equal(pthread_join(writer, &result), 0);
    assert_ptr_equal(result, &ends[1]);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_gives_what_is_there),
        cmocka_unit_test(a_write_writes_everything),
        cmocka_unit_test(nothing_to_write_is_written),
        cmocka_unit_test(a_real_pipe_that_does_not_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
