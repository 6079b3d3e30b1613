/* Readers on transports in memory: what is read, what is answered, when it fails. */
#include "api.h"

#define W(...) (const uint8_t *)__VA_ARGS__, sizeof(__VA_ARGS__) - 1
#define READY2 "\0\0\0\0\0\0\0\30\0\0\0\4\0\0\0\1\0\0\0\2aa\0\0\0\1\0\0\0\2bb"
#define READY0 "\0\0\0\0\0\0\0\4\0\0\0\4"
#define START1 "\0\0\0\0\0\0\0\16\0\0\0\2\0\0\0\1\0\0\0\2aa"
#define STARTB "\0\0\0\0\0\0\0\16\0\0\0\2\0\0\0\1\0\0\0\2bb"
#define START0 "\0\0\0\0\0\0\0\4\0\0\0\2"
#define STOP   "\0\0\0\0\0\0\0\4\0\0\0\3"
#define FINISH "\0\0\0\0\0\0\0\4\0\0\0\5"
#define FRAME  "\0\0\0\5hello"
#define FRAME2 "\0\0\0\3you"

struct stream {
    const char *what;
    int transport;
    const char *types; /* the reader's content types, of two letters each */
    const uint8_t *wire;
    size_t size;
};

#define ONE TAPE_READS
#define TWO (TAPE_READS | TAPE_WRITES)

static const struct stream streams[] = {
    {"one way", ONE, "", W(START1 FRAME FRAME2 STOP)},
    {"one way, type taken", ONE, "bbaa", W(START1 FRAME STOP)},
    {"one way, type not taken", ONE, "bb", W(START1 FRAME STOP)},
    {"one way, START without type", ONE, "bb", W(START0 FRAME STOP)},
    {"one way, no frames", ONE, "", W(START1 STOP)},
    {"one way, bytes behind STOP", ONE, "", W(START1 FRAME STOP START1 FRAME2 STOP)},
    {"one way, no STOP", ONE, "", W(START1 FRAME)},
    {"one way, cut in a length", ONE, "", W(START1 FRAME "\0\0")},
    {"one way, cut in a frame", ONE, "", W(START1 FRAME "\0\0\0\5hell")},
    {"one way, cut in STOP", ONE, "", W(START1 FRAME "\0\0\0\0\0\0\0\4\0\0\0")},
    {"one way, nothing", ONE, "", W("")},
    {"one way, cut in START", ONE, "", W("\0\0\0\0\0\0\0\4")},
    {"one way, begins with a frame", ONE, "", W(FRAME STOP)},
    {"one way, begins with STOP", ONE, "", W(STOP)},
    {"one way, begins with READY", ONE, "", W(READY2 START1 FRAME STOP)},
    {"one way, START again", ONE, "", W(START1 FRAME START1 FRAME2 STOP)},
    {"one way, READY in between", ONE, "", W(START1 FRAME READY2 FRAME2 STOP)},
    {"one way, FINISH in between", ONE, "", W(START1 FRAME FINISH FRAME2 STOP)},
    {"one way, control frame too long", ONE, "", W(START1 FRAME "\0\0\0\0\0\0\2\1")},
    {"one way, control frame too short", ONE, "", W(START1 FRAME "\0\0\0\0\0\0\0\3\0\0\0")},
    {"one way, STOP with a field", ONE, "", W(START1 FRAME "\0\0\0\0\0\0\0\16\0\0\0\3\0\0\0\1\0\0\0\2aa")},
    {"two ways", TWO, "", W(READY2 START1 FRAME FRAME2 STOP)},
    {"two ways, both taken", TWO, "bbaa", W(READY2 START1 FRAME STOP)},
    {"two ways, one taken", TWO, "bb", W(READY2 STARTB FRAME STOP)},
    {"two ways, START with another", TWO, "bb", W(READY2 START1 FRAME STOP)},
    {"two ways, none taken", TWO, "cc", W(READY2 START1 FRAME STOP)},
    {"two ways, none taken, START without", TWO, "cc", W(READY2 START0 FRAME STOP)},
    {"two ways, READY without", TWO, "aa", W(READY0 START1 FRAME STOP)},
    {"two ways, READY without, START without", TWO, "aa", W(READY0 START0 FRAME STOP)},
    {"two ways, nothing", TWO, "", W("")},
    {"two ways, begins with START", TWO, "", W(START1 FRAME STOP)},
    {"two ways, no START", TWO, "", W(READY2 FRAME STOP)},
    {"two ways, no STOP", TWO, "", W(READY2 START1 FRAME)},
    {"two ways, FINISH in between", TWO, "", W(READY2 START1 FRAME FINISH FRAME2 STOP)},
};

static struct fstrm_reader *reader_on(const struct stream *stream, struct tape *tape)
{
    struct fstrm_reader_options *options = fstrm_reader_options_init();

    *tape = (struct tape){.input = stream->wire, .size = stream->size};
    for (const char *type = stream->types; *type; type += 2)
        fstrm_reader_options_add_content_type(options, type, 2);
    struct fstrm_rdwr *rdwr = tape_rdwr(tape, stream->transport);
    struct fstrm_reader *reader = fstrm_reader_init(options, &rdwr);
    fstrm_reader_options_destroy(&options);
    if (rdwr)
        printf("the rdwr is still there\n");
    return reader;
}

static void say_controls(struct fstrm_reader *reader)
{
    for (int type = 0; type <= 6; type++) {
        const struct fstrm_control *control = NULL;
        fstrm_res result = fstrm_reader_get_control(reader, (fstrm_control_type)type, &control);
        say_control(type, result, control);
    }
}

static void read_frames(struct fstrm_reader *reader)
{
    for (int i = 0; i < 5; i++) {
        const uint8_t *data = NULL;
        size_t size = 0;
        fstrm_res result = fstrm_reader_read(reader, &data, &size);
        printf("  read: %s", said(result));
        if (result == fstrm_res_success)
            printf(" \"%.*s\"", (int)size, (const char *)data);
        putchar('\n');
    }
}

static void read_stream(const struct stream *stream)
{
    struct tape tape;
    struct fstrm_reader *reader = reader_on(stream, &tape);

    printf("reader, %s\n", stream->what);
    read_frames(reader);
    say("  close", fstrm_reader_close(reader));
    say("  close again", fstrm_reader_close(reader));
    say("  destroy", fstrm_reader_destroy(&reader));
    say_made("  destroyed", reader);
}

/* Opened by its own call, and closed only by being destroyed. */
static void open_stream(const struct stream *stream)
{
    struct tape tape;
    struct fstrm_reader *reader = reader_on(stream, &tape);
    const uint8_t *data;
    size_t size;

    printf("reader, open, %s\n", stream->what);
    say("  open", fstrm_reader_open(reader));
    say("  open again", fstrm_reader_open(reader));
    say_controls(reader);
    say("  read", fstrm_reader_read(reader, &data, &size));
    say("  destroy", fstrm_reader_destroy(&reader));
}

static void close_early(const struct stream *stream)
{
    struct tape tape;
    struct fstrm_reader *reader = reader_on(stream, &tape);
    const uint8_t *data;
    size_t size;

    printf("reader, close, %s\n", stream->what);
    say("  close before open", fstrm_reader_close(reader));
    say("  read", fstrm_reader_read(reader, &data, &size));
    say("  close", fstrm_reader_close(reader));
    say("  read", fstrm_reader_read(reader, &data, &size));
    say("  open", fstrm_reader_open(reader));
    say_controls(reader);
    say("  destroy", fstrm_reader_destroy(&reader));
}

static void never_opened(void)
{
    struct tape tape;
    struct fstrm_reader *reader = reader_on(&streams[0], &tape);
    const struct fstrm_control *control = NULL;

    printf("reader, never opened\n");
    say("  destroy", fstrm_reader_destroy(&reader));
    say("  destroy again", fstrm_reader_destroy(&reader));
    reader = reader_on(&streams[0], &tape);
    printf("reader, opened by get_control\n");
    say("  get_control", fstrm_reader_get_control(reader, FSTRM_CONTROL_START, &control));
    read_frames(reader);
    say("  destroy", fstrm_reader_destroy(&reader));
    reader = reader_on(&streams[0], &tape);
    tape.fails_to_open = true;
    printf("reader, transport does not open\n");
    say("  open", fstrm_reader_open(reader));
    say("  read", fstrm_reader_open(reader));
    say("  destroy", fstrm_reader_destroy(&reader));
    reader = reader_on(&streams[21], &tape);
    tape.fails_to_write = true;
    printf("reader, transport does not write\n");
    say("  open", fstrm_reader_open(reader));
    say("  destroy", fstrm_reader_destroy(&reader));
    reader = reader_on(&streams[0], &tape);
    tape.fails_to_close = true;
    printf("reader, transport does not close\n");
    say("  open", fstrm_reader_open(reader));
    say("  close", fstrm_reader_close(reader));
    say("  destroy", fstrm_reader_destroy(&reader));
}

static void options(void)
{
    static const uint8_t x300[300] = {'x'};
    static const size_t sizes[] = {
        0, 1, 511, 512, 513, 1048576, UINT32_MAX - 2u, UINT32_MAX - 1u, UINT32_MAX, SIZE_MAX};
    struct fstrm_reader_options *made = fstrm_reader_options_init();

    for (size_t size = 254; size <= 258; size++)
        printf("reader content type of %zu: %s\n", size,
               said(fstrm_reader_options_add_content_type(made, x300, size)));
    say("reader content type of 0", fstrm_reader_options_add_content_type(made, "", 0));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        printf("reader max_frame_size %zu: %s\n", sizes[i],
               said(fstrm_reader_options_set_max_frame_size(made, sizes[i])));
    fstrm_reader_options_destroy(&made);
    say_made("reader options destroyed", made);
    fstrm_reader_options_destroy(&made);

    struct tape tape = {.input = NULL};
    struct fstrm_rdwr *deaf = tape_rdwr(&tape, TAPE_WRITES);
    struct fstrm_reader *reader = fstrm_reader_init(NULL, &deaf);
    say_made("reader without read", reader);
    say_made("its rdwr", deaf);
    fstrm_rdwr_destroy(&deaf);
}

void api_reader(void)
{
    options();
    for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
        read_stream(&streams[i]);
        open_stream(&streams[i]);
        close_early(&streams[i]);
    }
    never_opened();
}
