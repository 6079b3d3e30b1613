/* filter FILE EXPRESSION...: what asking the expressions of a record takes, over the records of a plain
 * dnstap file that are all in memory and decoded. Prints for each the nanoseconds of CPU time a record (the
 * least of five rounds; the DNS message is looked into anew in each), how many records passed, how long
 * reading the expression with its lists took, and the memory that it keeps. */
#include "filter/filter.h"

#include <err.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5

struct records {
    struct record *records;
    size_t count, room;
};

static uint64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static size_t memory(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static struct tl_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, room = 0, got;

    if (!file)
        err(1, "%s", path);
    do {
        if (size == room && !(data = realloc(data, room = room ? 2 * room : 1 << 20)))
            err(1, "%s", path);
        size += got = fread(data + size, 1, room - size, file);
    } while (got);
    fclose(file);
    return tl_bytes(data, size);
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
    struct tl_cursor cursor = tl_cursor(file);
    struct records records = {0};

    while (tl_cursor_left(&cursor) >= 4) {
        uint32_t size = tl_cursor_be32(&cursor);
        struct tl_bytes frame = tl_cursor_take(&cursor, size ? size : tl_cursor_be32(&cursor));
        if (size && cursor.status == TL_OK)
            add(&records, frame);
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
    uint64_t begin = cpu_ns(), best = UINT64_MAX;
    struct filter *filter = filter_new(expression, true, &error);
    uint64_t compiling = cpu_ns() - begin;

    if (!filter)
        errx(2, "%s: %s", expression, error.text);
    size_t kept = memory() - memory_before;
    struct filter_thread *thread = filter_thread_new(filter);
    if (!thread)
        err(1, "filter");
    for (int i = 0; i < ROUNDS; i++) {
        begin = cpu_ns();
        passed = ask(records, filter, thread);
        uint64_t taken = cpu_ns() - begin;
        best = taken < best ? taken : best;
    }
    printf("%7.1f ns  %9zu of %zu  read in %.1f ms, %.1f MiB  given up %" PRIu64 "  %s\n",
           (double)best / (double)records->count, passed, records->count, (double)compiling / 1e6,
           (double)kept / 1048576, filter_given_up(thread), expression);
    filter_thread_free(thread);
    filter_free(filter);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: filter FILE EXPRESSION...");
    struct records records = open_records(read_file(argv[1]));
    for (int i = 2; i < argc; i++)
        measure(&records, argv[i]);
    return 0;
}
