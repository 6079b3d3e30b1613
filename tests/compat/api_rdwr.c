/* fstrm_rdwr by itself: which call reaches the object, and what comes back. */
#include "api.h"

static void without_functions(void)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(NULL);
    char byte = 0;
    struct iovec piece = {&byte, 1};

    say("rdwr without functions, read", fstrm_rdwr_read(rdwr, &byte, 1));
    say("rdwr without functions, write", fstrm_rdwr_write(rdwr, &piece, 1));
    say("rdwr without functions, close", fstrm_rdwr_close(rdwr));
    say("rdwr without functions, open", fstrm_rdwr_open(rdwr));
    say("rdwr without functions, destroy", fstrm_rdwr_destroy(&rdwr));
    say_made("rdwr without functions, destroyed", rdwr);
    say("rdwr destroyed twice", fstrm_rdwr_destroy(&rdwr));
}

static void life(struct tape *tape)
{
    struct fstrm_rdwr *rdwr = tape_rdwr(tape, TAPE_READS | TAPE_WRITES);
    char bytes[2] = "b";
    struct iovec piece = {bytes, 1};

    say("rdwr read before open", fstrm_rdwr_read(rdwr, bytes, 1));
    say("rdwr write before open", fstrm_rdwr_write(rdwr, &piece, 1));
    say("rdwr close before open", fstrm_rdwr_close(rdwr));
    say("rdwr open", fstrm_rdwr_open(rdwr));
    say("rdwr open again", fstrm_rdwr_open(rdwr));
    say("rdwr read", fstrm_rdwr_read(rdwr, bytes, 1));
    say("rdwr read nothing", fstrm_rdwr_read(rdwr, bytes, 0));
    say("rdwr read at the end", fstrm_rdwr_read(rdwr, bytes, 2));
    say("rdwr read after the end", fstrm_rdwr_read(rdwr, bytes, 1));
    say("rdwr write", fstrm_rdwr_write(rdwr, &piece, 1));
    say("rdwr close", fstrm_rdwr_close(rdwr));
    say("rdwr close again", fstrm_rdwr_close(rdwr));
    say("rdwr read after close", fstrm_rdwr_read(rdwr, bytes, 1));
    say("rdwr open after close", fstrm_rdwr_open(rdwr));
    say("rdwr destroy while open", fstrm_rdwr_destroy(&rdwr));
    say_made("rdwr destroyed", rdwr);
}

/* What fails while it is open. */
static void failures(void)
{
    struct tape tape = {
        .fails_to_write = true, .fails_to_close = true, .input = (const uint8_t *)"abc", .size = 3};
    struct fstrm_rdwr *rdwr = tape_rdwr(&tape, TAPE_READS | TAPE_WRITES);
    char byte = 'b';
    struct iovec piece = {&byte, 1};

    say("rdwr open", fstrm_rdwr_open(rdwr));
    say("rdwr write that fails", fstrm_rdwr_write(rdwr, &piece, 1));
    say("rdwr write after that", fstrm_rdwr_write(rdwr, &piece, 1));
    say("rdwr read after that", fstrm_rdwr_read(rdwr, &byte, 1));
    say("rdwr open", fstrm_rdwr_open(rdwr));
    say("rdwr close that fails", fstrm_rdwr_close(rdwr));
    say("rdwr close again", fstrm_rdwr_close(rdwr));
    say("rdwr destroy", fstrm_rdwr_destroy(&rdwr));
}

void api_rdwr(void)
{
    struct tape good = {.input = (const uint8_t *)"abc", .size = 2};
    struct tape no_open = {.fails_to_open = true, .input = (const uint8_t *)"abc", .size = 2};
    struct tape no_write = {.fails_to_write = true, .input = (const uint8_t *)"abc", .size = 2};
    struct tape no_close = {
        .fails_to_close = true, .fails_to_destroy = true, .input = (const uint8_t *)"abc", .size = 2};

    without_functions();
    printf("rdwr that works\n");
    life(&good);
    printf("rdwr that does not open\n");
    life(&no_open);
    printf("rdwr that does not write\n");
    life(&no_write);
    printf("rdwr that does not close\n");
    life(&no_close);
    failures();
}
