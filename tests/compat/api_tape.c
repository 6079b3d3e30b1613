/* The transport in memory. */
#include "api.h"

#include <stdarg.h>

__attribute__((format(printf, 2, 3))) static void tape_say(struct tape *tape, const char *format, ...)
{
    size_t used = strlen(tape->said);
    va_list arguments;

    va_start(arguments, format);
    if (tape->is_quiet)
        vsnprintf(tape->said + used, sizeof(tape->said) - used, format, arguments);
    else
        vprintf(format, arguments);
    va_end(arguments);
}

static void say_piece(struct tape *tape, const struct iovec *piece)
{
    const uint8_t *bytes = piece->iov_base;

    tape_say(tape, "    %zu bytes", piece->iov_len);
    for (size_t i = 0; i < piece->iov_len && i < 64; i++)
        tape_say(tape, "%s%02x", i % 4 ? "" : " ", bytes[i]);
    tape_say(tape, "\n");
}

static fstrm_res tape_destroy(void *object)
{
    struct tape *tape = object;

    tape_say(tape, "  tape: destroy\n");
    return tape->fails_to_destroy ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res tape_open(void *object)
{
    struct tape *tape = object;

    tape_say(tape, "  tape: open\n");
    return tape->fails_to_open ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res tape_close(void *object)
{
    struct tape *tape = object;

    tape_say(tape, "  tape: close\n");
    return tape->fails_to_close ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res tape_read(void *object, void *data, size_t size)
{
    struct tape *tape = object;

    if (size > tape->size)
        return fstrm_res_stop;
    memcpy(data, tape->input, size);
    tape->input += size;
    tape->size -= size;
    return fstrm_res_success;
}

static fstrm_res tape_write(void *object, const struct iovec *pieces, int count)
{
    struct tape *tape = object;

    tape_say(tape, "  tape: write %d pieces\n", count);
    for (int i = 0; i < count && i < 6; i++)
        say_piece(tape, &pieces[i]);
    return tape->fails_to_write ? fstrm_res_failure : fstrm_res_success;
}

struct fstrm_rdwr *tape_rdwr(struct tape *tape, int what)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(tape);

    fstrm_rdwr_set_destroy(rdwr, tape_destroy);
    fstrm_rdwr_set_open(rdwr, tape_open);
    fstrm_rdwr_set_close(rdwr, tape_close);
    if (what & TAPE_READS)
        fstrm_rdwr_set_read(rdwr, tape_read);
    if (what & TAPE_WRITES)
        fstrm_rdwr_set_write(rdwr, tape_write);
    return rdwr;
}
