/* Writers on transports in memory: what is written, what may be answered, when it fails. */
#include "api.h"

#define W(...)  (const uint8_t *)__VA_ARGS__, sizeof(__VA_ARGS__) - 1
#define ACCEPT0 "\0\0\0\0\0\0\0\4\0\0\0\1"
#define ACCEPTA "\0\0\0\0\0\0\0\16\0\0\0\1\0\0\0\1\0\0\0\2aa"
#define ACCEPTB "\0\0\0\0\0\0\0\16\0\0\0\1\0\0\0\1\0\0\0\2bb"
#define ACCEPT2 "\0\0\0\0\0\0\0\30\0\0\0\1\0\0\0\1\0\0\0\2bb\0\0\0\1\0\0\0\2aa"
#define FINISH  "\0\0\0\0\0\0\0\4\0\0\0\5"
#define STOP    "\0\0\0\0\0\0\0\4\0\0\0\3"

struct peer {
    const char *what;
    int transport;
    const char *types; /* the writer's content types, of two letters each */
    const uint8_t *wire;
    size_t size;
};

#define ONE TAPE_WRITES
#define TWO (TAPE_READS | TAPE_WRITES)

static const struct peer peers[] = {
    {"one way", ONE, "aa", W("")},
    {"one way, no type", ONE, "", W("")},
    {"one way, two types", ONE, "aabb", W("")},
    {"two ways", TWO, "aa", W(ACCEPTA FINISH)},
    {"two ways, no type", TWO, "", W(ACCEPT0 FINISH)},
    {"two ways, no type, one accepted", TWO, "", W(ACCEPTA FINISH)},
    {"two ways, anything accepted", TWO, "aabb", W(ACCEPT0 FINISH)},
    {"two ways, the first of two", TWO, "aabb", W(ACCEPTA FINISH)},
    {"two ways, both in another order", TWO, "aabb", W(ACCEPT2 FINISH)},
    {"two ways, another", TWO, "cc", W(ACCEPT2 FINISH)},
    {"two ways, no answer", TWO, "aa", W("")},
    {"two ways, FINISH for an answer", TWO, "aa", W(FINISH)},
    {"two ways, STOP for an answer", TWO, "aa", W(STOP)},
    {"two ways, a data frame for an answer", TWO, "aa", W("\0\0\0\2xx")},
    {"two ways, a cut answer", TWO, "aa", W("\0\0\0\0\0\0\0\16\0\0\0\1")},
    {"two ways, too long an answer", TWO, "aa", W("\0\0\0\0\0\0\2\1")},
    {"two ways, no FINISH", TWO, "aa", W(ACCEPTA)},
    {"two ways, STOP instead of FINISH", TWO, "aa", W(ACCEPTA STOP)},
    {"two ways, a frame instead of FINISH", TWO, "aa", W(ACCEPTA "\0\0\0\2xx")},
};

static struct fstrm_writer *writer_on(const struct peer *peer, struct tape *tape)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();

    *tape = (struct tape){.input = peer->wire, .size = peer->size};
    for (const char *type = peer->types; *type; type += 2)
        fstrm_writer_options_add_content_type(options, type, 2);
    struct fstrm_rdwr *rdwr = tape_rdwr(tape, peer->transport);
    struct fstrm_writer *writer = fstrm_writer_init(options, &rdwr);
    fstrm_writer_options_destroy(&options);
    if (rdwr)
        printf("the rdwr is still there\n");
    return writer;
}

static void say_controls(struct fstrm_writer *writer)
{
    for (int type = 0; type <= 6; type++) {
        struct fstrm_control *control = NULL;
        fstrm_res result = fstrm_writer_get_control(writer, (fstrm_control_type)type, &control);
        say_control(type, result, control);
    }
}

static void write_some(const struct peer *peer)
{
    struct tape tape;
    struct fstrm_writer *writer = writer_on(peer, &tape);
    struct iovec frames[2] = {{(void *)(uintptr_t) "one", 3}, {(void *)(uintptr_t) "four", 4}};

    printf("writer, %s\n", peer->what);
    say("  write", fstrm_writer_write(writer, "hello", 5));
    say("  writev", fstrm_writer_writev(writer, frames, 2));
    say("  writev of none", fstrm_writer_writev(writer, frames, 0));
    say("  close", fstrm_writer_close(writer));
    say("  close again", fstrm_writer_close(writer));
    say("  write after close", fstrm_writer_write(writer, "hello", 5));
    say("  destroy", fstrm_writer_destroy(&writer));
    say_made("  destroyed", writer);
}

static void open_it(const struct peer *peer)
{
    struct tape tape;
    struct fstrm_writer *writer = writer_on(peer, &tape);

    printf("writer, open, %s\n", peer->what);
    say("  open", fstrm_writer_open(writer));
    say("  open again", fstrm_writer_open(writer));
    say_controls(writer);
    say("  write", fstrm_writer_write(writer, "hello", 5));
    say("  destroy", fstrm_writer_destroy(&writer));
}

static void open_again(const struct peer *peer)
{
    struct tape tape;
    struct fstrm_writer *writer = writer_on(peer, &tape);

    printf("writer, again, %s\n", peer->what);
    say("  open", fstrm_writer_open(writer));
    say("  close", fstrm_writer_close(writer));
    tape.input = peer->wire;
    tape.size = peer->size;
    say_controls(writer);
    say("  open after close", fstrm_writer_open(writer));
    say("  write", fstrm_writer_write(writer, "hello", 5));
    say("  destroy", fstrm_writer_destroy(&writer));
}

static void many_frames(void)
{
    struct tape tape;
    struct fstrm_writer *writer = writer_on(&peers[0], &tape);
    struct iovec frames[300];

    printf("writer, many frames\n");
    for (int i = 0; i < 300; i++)
        frames[i] = (struct iovec){(void *)(uintptr_t) "frame", 1 + (size_t)i % 5};
    say("  writev of 128", fstrm_writer_writev(writer, frames, 128));
    say("  writev of 129", fstrm_writer_writev(writer, frames, 129));
    say("  writev of 300", fstrm_writer_writev(writer, frames, 300));
    say("  destroy", fstrm_writer_destroy(&writer));
}

static void failures(void)
{
    struct tape tape;
    struct fstrm_writer *writer = writer_on(&peers[3], &tape);

    printf("writer, never opened\n");
    say("  close", fstrm_writer_close(writer));
    say("  destroy", fstrm_writer_destroy(&writer));
    say("  destroy again", fstrm_writer_destroy(&writer));
    writer = writer_on(&peers[0], &tape);
    tape.fails_to_open = true;
    printf("writer, transport does not open\n");
    say("  open", fstrm_writer_open(writer));
    say("  write", fstrm_writer_write(writer, "hello", 5));
    tape.fails_to_open = false;
    say("  write when it does", fstrm_writer_write(writer, "hello", 5));
    say("  destroy", fstrm_writer_destroy(&writer));
    writer = writer_on(&peers[0], &tape);
    printf("writer, transport fails later\n");
    say("  open", fstrm_writer_open(writer));
    tape.fails_to_write = true;
    say("  write", fstrm_writer_write(writer, "hello", 5));
    tape.fails_to_write = false;
    say("  write after that", fstrm_writer_write(writer, "hello", 5));
    say("  close after that", fstrm_writer_close(writer));
    say("  open after that", fstrm_writer_open(writer));
    say("  write after that", fstrm_writer_write(writer, "hello", 5));
    tape.fails_to_close = true;
    say("  close that fails", fstrm_writer_close(writer));
    say("  destroy", fstrm_writer_destroy(&writer));
}

static void options(void)
{
    static const uint8_t x300[300] = {'x'};
    struct fstrm_writer_options *made = fstrm_writer_options_init();

    for (size_t size = 254; size <= 258; size++)
        printf("writer content type of %zu: %s\n", size,
               said(fstrm_writer_options_add_content_type(made, x300, size)));
    say("writer content type of 0", fstrm_writer_options_add_content_type(made, "", 0));
    fstrm_writer_options_destroy(&made);
    say_made("writer options destroyed", made);
    fstrm_writer_options_destroy(&made);

    struct tape tape = {.input = NULL};
    struct fstrm_rdwr *mute = tape_rdwr(&tape, TAPE_READS);
    struct fstrm_writer *writer = fstrm_writer_init(NULL, &mute);
    say_made("writer without write", writer);
    say_made("its rdwr", mute);
    fstrm_rdwr_destroy(&mute);
}

void api_writer(void)
{
    options();
    for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++) {
        write_some(&peers[i]);
        open_it(&peers[i]);
        open_again(&peers[i]);
    }
    many_frames();
    failures();
}
