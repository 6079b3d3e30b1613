/* filter FILE EXPRESSION...: what asking the expressions of a record takes, over the records of a plain
 * dnstap file that are all in memory and decoded. Prints for each the nanoseconds of CPU time a record (the
 * least of five rounds; the DNS message is looked into anew in each), how many records passed, how long
 * reading the expression with its lists took, and the memory that it keeps. */
#include "filter/filter.h"
#include "sending.h"

#include <err.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5

struct records {
    struct record *records;
    size_t count, room;
};

static size_t memory(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void add(struct records *records, struct tl_bytes frame)
{
    if (records->count == records->room) {
        records->room = records->room ? 2 * records->room : 1024;
        if (!(records->records = realloc(records->records, records->room * sizeof(struct record))))
            err(1, "records");
    }
    record_open(&records->records[records->count++], frame, 0);
}

/* The data frames of a Frame Streams file. */
static struct records open_records(struct tl_bytes file)
{
    struct tl_frame_decoder decoder = {0};
    struct records records = {0};
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &file, &frame) == TL_OK) {
        if (frame.kind == TL_FRAME_DATA)
            add(&records, frame.payload);
    }
    if (!records.count)
        errx(1, "no records");
    return records;
}

static size_t ask(const struct records *records, const struct filter *filter, struct filter_thread *thread)
{
    struct look look;
    size_t passed = 0;

    for (size_t i = 0; i < records->count; i++) {
        look_at(&look, &records->records[i]);
        passed += filter_passes(filter, thread, &look);
    }
    return passed;
}

static void measure(const struct records *records, const char *expression)
{
    struct filter_error error;
    size_t memory_before = memory(), passed = 0;
    double begin = cpu_seconds(), best = INFINITY;
    struct filter *filter = filter_new(expression, true, &error);
    double compiling = cpu_seconds() - begin;

    if (!filter)
        errx(2, "%s: %s", expression, error.text);
    size_t kept = memory() - memory_before;
    struct filter_thread *thread = filter_thread_new(filter);
    if (!thread)
        err(1, "filter");
    for (int i = 0; i < ROUNDS; i++) {
        begin = cpu_seconds();
        passed = ask(records, filter, thread);
        best = fmin(best, cpu_seconds() - begin);
    }
    printf("%7.1f ns  %9zu of %zu  read in %.1f ms, %.1f MiB  given up %" PRIu64 "  %s\n",
           best * 1e9 / (double)records->count, passed, records->count, compiling * 1e3,
           (double)kept / 1048576, filter_given_up(thread), expression);
    filter_thread_free(thread);
    filter_free(filter);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: filter FILE EXPRESSION...");
    struct records records = open_records(map_file(argv[1]));
    for (int i = 2; i < argc; i++)
        measure(&records, argv[i]);
    return 0;
}
