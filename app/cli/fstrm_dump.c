/* `fstrm_dump`, by the incumbent's name: what is in a Frame Streams file, its framing on standard error, its
 * data on standard output. Invariant: of a sound file every byte of both is what the incumbent writes; what
 * is wrong with another one is said, and the exit status is 1. */
#include "cli/commands.h"

#include "cli/fstrm_file.h"
#include "process/log.h"

#include <tapline/stream.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the dump stands. */
struct dump {
    const char *in_path;
    const char *out_path; /* NULL: nothing is copied */
    struct fstrm_file in;
    FILE *out;      /* NULL until the first START */
    bool is_inside; /* of a stream: START was, STOP was not */
    bool is_faulty; /* something was wrong, and was said */
};

static void say_fault(struct dump *dump, const char *text)
{
    process_log("%s: %s (frame at byte %" PRIu64 ")", dump->in_path, text, dump->in.at);
    dump->is_faulty = true;
}

/* As the incumbent prints it, but a backslash, which that leaves as it is, so that nobody can tell "\x0a"
 * from a line feed. */
static void print_quoted(struct tl_bytes bytes, FILE *to)
{
    fputs(" \"", to);
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = bytes.data[i];
        if (byte == '"')
            fputs("\\\"", to);
        else if (byte >= 0x20 && byte < 0x7f && byte != '\\')
            putc(byte, to);
        else
            fprintf(to, "\\x%02x", byte);
    }
    fputs("\"\n", to);
}

static void print_control(const struct tl_control *control)
{
    const char *name = tl_control_type_name(control->type);

    if (name)
        fprintf(stderr, "FSTRM_CONTROL_%s.\n", name);
    else
        fprintf(stderr, "FSTRM_CONTROL (type %" PRIu32 ").\n", control->type);
    for (uint32_t i = 0; i < control->content_type_count; i++) {
        fprintf(stderr, "FSTRM_CONTROL_FIELD_CONTENT_TYPE (%zu bytes).\n", control->content_types[i].size);
        print_quoted(control->content_types[i], stderr);
    }
}

/* Copying ------------------------------------------------------------------------------------------------ */

/* Nobody wants a file replaced by itself. */
static bool is_input(const struct dump *dump, int fd)
{
    struct stat in, out;

    return fstat(dump->in.fd, &in) == 0 && fstat(fd, &out) == 0 && S_ISREG(in.st_mode) &&
           in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

static FILE *open_copy(const struct dump *dump)
{
    if (strcmp(dump->out_path, "-") == 0)
        return stdout;
    int fd = open(dump->out_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0 && is_input(dump, fd)) {
        close(fd);
        errno = EEXIST;
        return NULL;
    }
    if (fd >= 0 && ftruncate(fd, 0) != 0 && errno != EINVAL) {
        close(fd);
        return NULL;
    }
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static void put_control(const struct dump *dump, const struct tl_control *control)
{
    uint8_t frame[TL_CONTROL_FRAME_MAX];
    size_t size = 0;

    if (dump->out && tl_control_encode(control, frame, sizeof(frame), &size) == TL_OK)
        fwrite(frame, 1, size, dump->out);
}

static void put_data(const struct dump *dump, struct tl_bytes payload)
{
    uint32_t length = htobe32((uint32_t)payload.size);

    if (!dump->out)
        return;
    fwrite(&length, 1, sizeof(length), dump->out);
    fwrite(payload.data, 1, payload.size, dump->out);
}

/* STOP if the input had none, and to the disk or not at all. */
static bool end_copy(struct dump *dump)
{
    const struct tl_control stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));

    if (!dump->out)
        return true;
    if (dump->is_inside)
        put_control(dump, &stop);
    bool is_written = !ferror(dump->out);
    if (dump->out != stdout && fclose(dump->out) != 0)
        is_written = false;
    if (is_written || dump->out == stdout) /* which main() looks at */
        return is_written;
    process_log("%s cannot be written: %s", dump->out_path, strerror(errno));
    return false;
}

/* Frames ------------------------------------------------------------------------------------------------- */

static bool start(struct dump *dump)
{
    if (dump->is_inside)
        say_fault(dump, "START inside a stream");
    dump->is_inside = true;
    if (dump->out || !dump->out_path)
        return true;
    dump->out = open_copy(dump);
    if (dump->out)
        return true;
    process_log("%s: %s", dump->out_path,
                errno == EEXIST ? "that is the input; give another name" : strerror(errno));
    fputs("Error: fstrm_writer_open() failed.\n", stderr);
    return false;
}

/* False if there is no use in going on. */
static bool take_control(struct dump *dump, struct tl_bytes payload)
{
    struct tl_control control;
    enum tl_status status = tl_control_decode(payload, &control, NULL);

    if (status != TL_OK) {
        say_fault(dump, tl_status_text(status));
        return true;
    }
    print_control(&control);
    bool was_inside = dump->is_inside;
    if (control.type == TL_CONTROL_START && !start(dump))
        return false;
    if (control.type == TL_CONTROL_START && !was_inside)
        put_control(dump, &control);
    if (control.type == TL_CONTROL_STOP) {
        if (was_inside)
            put_control(dump, &control);
        dump->is_inside = false;
    }
    return true;
}

static bool take_frame(struct dump *dump, const struct tl_frame *frame)
{
    if (frame->kind == TL_FRAME_CONTROL)
        return take_control(dump, frame->payload);
    if (frame->kind == TL_FRAME_OVERSIZED) {
        say_fault(dump, "a frame of more than 256 MiB was left out");
        return true;
    }
    if (!dump->is_inside) {
        say_fault(dump, "what follows belongs to no stream");
        return false;
    }
    fprintf(stderr, "Data frame (%zu) bytes.\n", frame->payload.size);
    print_quoted(frame->payload, stdout);
    put_data(dump, frame->payload);
    return true;
}

/* True if the file begins like a stream; otherwise that was said. */
static bool begin(struct dump *dump, struct tl_frame *frame)
{
    enum tl_status status = fstrm_file_next(&dump->in, frame);

    if (status == TL_OK && frame->kind == TL_FRAME_CONTROL)
        return true;
    process_log("%s: %s", dump->in_path,
                status == TL_SYSTEM ? strerror(errno)
                : status == TL_END  ? "is empty"
                                    : "does not begin with a control frame of Frame Streams");
    fputs("Error: fstrm_reader_open() failed.\n", stderr);
    return false;
}

static void tell_end(struct dump *dump, enum tl_status status)
{
    if (status == TL_END && !dump->is_inside)
        return;
    if (status == TL_END)
        say_fault(dump, "ends without STOP");
    else if (status == TL_TRUNCATED)
        say_fault(dump, "ends inside a frame");
    else {
        say_fault(dump, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
        fputs("Error: fstrm_reader_read() failed.\n", stderr);
    }
}

static int run(struct dump *dump)
{
    struct tl_frame frame;

    if (!begin(dump, &frame))
        return CLI_TROUBLE;
    enum tl_status status = TL_OK;
    bool goes_on = true;
    while (status == TL_OK && goes_on) {
        goes_on = take_frame(dump, &frame);
        if (goes_on)
            status = fstrm_file_next(&dump->in, &frame);
    }
    if (goes_on)
        tell_end(dump, status);
    bool is_written = end_copy(dump);
    return goes_on && is_written && !dump->is_faulty ? CLI_OK : CLI_TROUBLE;
}

int cli_fstrm_dump(int argc, char **argv)
{
    struct dump dump = {.in_path = argc > 1 ? argv[1] : NULL, .out_path = argc > 2 ? argv[2] : NULL};
    int status = CLI_TROUBLE;

    process_log_init("fstrm_dump");
    if (argc < 2 || argc > 3) {
        fprintf(stderr,
                "Usage: %s <INPUT FILE> [<OUTPUT FILE>]\n"
                "Dumps a Frame Streams formatted input file.\n\n",
                argv[0]);
        return CLI_TROUBLE;
    }
    /* Both by lines, so that they stay in order where they go to the same place. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stderr, NULL, _IOLBF, 0);
    if (fstrm_file_open(&dump.in, dump.in_path, FSTRM_FILE_FRAME_MAX) != 0) {
        process_log("%s: %s", dump.in_path, strerror(errno));
        fputs("Error: fstrm_reader_open() failed.\n", stderr);
    } else {
        status = run(&dump);
    }
    fstrm_file_close(&dump.in);
    return status;
}
