/* Property: whatever is done to the files of an archive, reading it comes to an end, all frames of blocks and
 * of hot segments that were left alone are given out once, under their names, and none that another time was
 * asked for. Input: how it is read, in one byte; then what is done, six bytes each: the file, the act, a
 * place in the file, and two bytes for it. */
#include "source/archive_sample.h"

#include <sys/eventfd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ACT_SIZE  6
#define ACTS_MAX  16
#define FILE_MAX  65536
#define FRAMES    912
#define LATE      450 /* the span begins with this one, if one is asked for */
#define ITEMS_MAX 20000

enum { MERGED, SEALED, HOT, HOT_LEDGER, GROWING, GROWING_LEDGER, FILES };

/* A stretch of a file: whole, its frames must be given out. */
struct part {
    unsigned file;
    uint64_t from, to; /* in the file */
    uint64_t origin;
    unsigned first, count; /* frames */
    bool is_broken;
};

struct file {
    char path[256];
    uint8_t data[FILE_MAX];
    size_t size;
};

static struct archive_sample archive;
static struct file files[FILES];
static struct part parts[16];
static size_t part_count;
static int stop_fd;

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* Setting up ------------------------------------------------------------------------------------------ */

static void keep(unsigned number, uint64_t first, uint64_t last, bool is_sealed, enum tl_archive_part part)
{
    struct file *file = &files[number];
    snprintf(file->path, sizeof(file->path), "%s",
             archive_sample_path(&archive, first, last, is_sealed, part));
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, file->data, sizeof(file->data));

    demand(got > 0 && got < FILE_MAX);
    file->size = (size_t)got;
    close(fd);
}

/* The blocks of a sealed file. */
static void add_blocks(unsigned number, uint64_t first, uint64_t last)
{
    struct tl_archive_segment segment = archive_sample_segment(first, last, true);
    int fd = open(files[number].path, O_RDONLY | O_CLOEXEC);
    struct tl_sealed *sealed;

    demand(tl_sealed_open(fd, &segment, &sealed) == TL_OK);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    for (size_t i = 0, origin = 0; i < info->block_count; i++) {
        const struct tl_sealed_block *block = &info->blocks[i];
        while (origin + 1 < info->origin_count && info->origins[origin + 1].first_frame <= block->first_frame)
            origin++;
        parts[part_count++] = (struct part){
            .file = number,
            .from = block->offset,
            .to = block->offset + block->packed_size,
            .origin = info->origins[origin].number,
            .first = archive.first[first] + (unsigned)block->first_frame,
            .count = (unsigned)block->frames,
        };
    }
    tl_sealed_free(sealed);
    close(fd);
}

static void add_rows(unsigned number, uint64_t origin)
{
    parts[part_count++] = (struct part){.file = number,
                                        .to = UINT64_MAX,
                                        .origin = origin,
                                        .first = archive.first[origin],
                                        .count = archive.count[origin]};
}

static void remove_archive(void)
{
    archive_sample_remove(&archive);
}

static void make_archive(void)
{
    uint64_t one = 1;

    if (archive.archive)
        return;
    archive_sample_make(&archive);
    atexit(remove_archive);
    archive.has_times = true;
    archive_sample_sealed(&archive, 1, 0, 899);
    archive_sample_sealed(&archive, 2, 900, 902);
    archive_sample_sealed(&archive, 3, 903, 905);
    archive_sample_hot(&archive, 4, 906, 908);
    archive_sample_begin(&archive, 5, 909);
    archive_sample_put(&archive, 5, 3);
    archive_sample_seal(&archive, 1, 2, true);
    keep(MERGED, 1, 2, true, TL_ARCHIVE_ROWS);
    keep(SEALED, 3, 3, true, TL_ARCHIVE_ROWS);
    keep(HOT, 4, 4, false, TL_ARCHIVE_ROWS);
    keep(HOT_LEDGER, 4, 4, false, TL_ARCHIVE_RUNS);
    keep(GROWING, 5, 5, false, TL_ARCHIVE_ROWS);
    keep(GROWING_LEDGER, 5, 5, false, TL_ARCHIVE_RUNS);
    add_blocks(MERGED, 1, 2);
    add_blocks(SEALED, 3, 3);
    add_rows(HOT, 4);
    add_rows(GROWING, 5);
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    demand(stop_fd >= 0 && write(stop_fd, &one, sizeof(one)) == sizeof(one));
}

/* Acts ------------------------------------------------------------------------------------------------ */

static void restore(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        int fd = open(files[i].path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        demand(fd >= 0 && write(fd, files[i].data, files[i].size) == (ssize_t)files[i].size);
        close(fd);
    }
    for (size_t i = 0; i < part_count; i++)
        parts[i].is_broken = false;
}

static void break_parts(unsigned number, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < part_count; i++)
        parts[i].is_broken |= parts[i].file == number && parts[i].from < to && parts[i].to > from;
}

static void act(const uint8_t *data)
{
    unsigned number = data[0] % FILES;
    const struct file *file = &files[number];
    uint64_t at = tl_be16(data + 2) % file->size;
    uint8_t filled[256];
    size_t length = data[1] >> 4 ? 1 : 1 + (size_t)data[5];
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return; /* it was removed before */
    memset(filled, data[4], sizeof(filled));
    switch (data[1] & 7) {
    case 0:
        demand(unlink(file->path) == 0);
        break_parts(number, 0, UINT64_MAX);
        break;
    case 1:
        demand(ftruncate(fd, (off_t)at) == 0);
        break_parts(number, at, UINT64_MAX);
        break;
    case 2:
        demand(pwrite(fd, filled, length, (off_t)file->size) == (ssize_t)length);
        break_parts(number, file->size, UINT64_MAX);
        break;
    default:
        demand(pwrite(fd, filled, length, (off_t)at) == (ssize_t)length);
        break_parts(number, at, at + length);
        break;
    }
    close(fd);
}

/* Reading --------------------------------------------------------------------------------------------- */

static unsigned seen[FRAMES];

static bool is_hot_broken(void)
{
    bool is_broken = false;

    for (size_t i = 0; i < part_count; i++)
        is_broken |= parts[i].is_broken && parts[i].file >= HOT;
    return is_broken;
}

static void check_name(const struct source_item *item, unsigned number)
{
    for (size_t i = 0; i < part_count; i++) {
        const struct part *part = &parts[i];
        if (part->is_broken || number < part->first || number >= part->first + part->count)
            continue;
        demand(item->stored.segment == part->origin || part->file == MERGED); /* which may be lost */
        if (item->stored.segment == part->origin && part->file >= HOT)
            demand(item->stored.number == number - archive.first[part->origin]);
    }
}

static void read_all(const struct source_options *options)
{
    struct source *source = sample_open(options);
    struct source_item item = {.kind = SOURCE_IDLE};
    unsigned items = 0;

    memset(seen, 0, sizeof(seen));
    for (; item.kind != SOURCE_END; items++) {
        demand(items < ITEMS_MAX);
        source_next(source, &item);
        demand(item.kind == SOURCE_END || item.kind == SOURCE_IDLE || *item.name);
        struct tl_dnstap dnstap;
        if (item.kind != SOURCE_FRAME || tl_dnstap_decode(item.frame, &dnstap, NULL) != TL_OK)
            continue;
        unsigned number = sample_number(item.frame);
        if (number >= FRAMES)
            continue;
        seen[number]++;
        if (!is_hot_broken()) /* whose frames may look like any other's */
            check_name(&item, number);
    }
    source_free(source);
}

static void check(bool has_span)
{
    bool is_exact = !is_hot_broken();

    for (size_t i = 0; i < part_count; i++) {
        for (unsigned k = parts[i].first; k < parts[i].first + parts[i].count; k++) {
            bool is_wanted = !has_span || k >= LATE;
            demand(!is_exact || seen[k] <= is_wanted);
            demand(parts[i].is_broken || seen[k] >= is_wanted);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    make_archive();
    restore();
    for (size_t at = 1; at + ACT_SIZE <= size && at < 1 + ACTS_MAX * ACT_SIZE; at += ACT_SIZE)
        act(data + at);
    const char *const paths[] = {archive.folder.path};
    struct source_options options = {
        .paths = paths,
        .path_count = 1,
        .stop_fd = stop_fd,
        .origin = data[0] & 1,
        .sort = data[0] & 2,
        .follow = (data[0] & 7) == 4, /* alone: closing inotify takes its time */
        .span = {.has_since = data[0] & 8, .since = {ARCHIVE_SAMPLE_STAMP + LATE, 0}},
    };
    read_all(&options);
    check(options.span.has_since);
    return 0;
}
