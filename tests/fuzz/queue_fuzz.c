/* Property: whatever is in a queue's file, it is refused or recovered, into a plain file and into an archive,
 * without a crash and without reading outside of it; and a recovery that succeeded does so once more. If
 * nothing was patched, that changes nothing, and the runs of the ledgers sum up to the frames. The input
 * patches a small valid queue: five bytes each for where (area, place in it) and what. */
#include "capture/recover.h"

#include <tapline/frame.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT 20000u

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* Areas that a patch can hit; the names of files are none, for the target must not write just anywhere. */
struct area {
    size_t start, size;
};

static uint8_t *valid; /* a file that a run left, with pieces and a connection that has more */
static size_t valid_size;
static struct area areas[8];

static char folder[] = "/dev/shm/tapline-queue-fuzz-XXXXXX";
static struct tl_archive *archive;

static void receive(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, int *ends,
                    size_t size)
{
    uint8_t bytes[30000];

    for (size_t i = 0; i < size; i++)
        bytes[i] = i % 100 == 3 ? 96 : i % 100 < 4 ? 0 : 'x'; /* frames of 96 bytes */
    demand(write(ends[0], bytes, size) == (ssize_t)size);
    demand(queue_receive(queue, chain, peer, ends[1], 8) == (ssize_t)size);
}

static void name_areas(const struct queue *queue)
{
    const uint8_t *start = (const uint8_t *)queue->head;
    const struct queue_head *head = queue->head;
    const struct area found[] = {
        {0, offsetof(struct queue_head, files)},
        {offsetof(struct queue_head, files), offsetof(struct queue_file, part)},
        {offsetof(struct queue_head, files[1]), offsetof(struct queue_file, part)},
        {offsetof(struct queue_head, receives), sizeof(head->receives)},
        {(size_t)((const uint8_t *)queue->peers - start), 3 * sizeof(struct queue_peer)},
        {(size_t)((const uint8_t *)queue->blocks - start), head->block_count * sizeof(struct queue_block)},
        {(size_t)((const uint8_t *)queue->pieces - start), 8 * sizeof(struct queue_piece)},
        {(size_t)(queue->data - start), 4 * QUEUE_BLOCK_SIZE},
    };

    memcpy(areas, found, sizeof(areas));
}

static void make_valid(void)
{
    struct queue queue;
    int fd = memfd_create("queue", MFD_CLOEXEC), ends[2];

    demand(fd >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    demand(queue_init(&queue, fd, 8 * QUEUE_BLOCK_SIZE, LIMIT) == 0);
    for (uint32_t i = 0; i < 2; i++) {
        struct queue_chain chain = queue_chain();
        queue_open_peer(&queue, i + 1, "somebody", "unix:socket", 1000);
        queue.peers[i].has_started = 1;
        receive(&queue, &chain, &queue.peers[i], ends, 25000);
        queue_push(&queue, &chain, &queue.peers[i], 20000, 200);
    }
    queue_open_peer(&queue, 3, "another", "unix:socket", 1000);
    queue.peers[2].books.count[BOOKS_SKIPPED_CUT] = 30;
    queue_push_loss(&queue, &queue.peers[2], BOOKS_SKIPPED_CUT);
    queue_close_peer(&queue, &queue.peers[2], "went");
    queue.head->files[0].state = QUEUE_FILE_OPEN;
    name_areas(&queue);
    valid_size = queue.mapped;
    valid = malloc(valid_size);
    demand(valid != NULL);
    memcpy(valid, queue.head, valid_size);
    close(ends[0]);
    close(ends[1]);
    queue_done(&queue);
}

static void patch(uint8_t *file, const uint8_t *what)
{
    const struct area *area = &areas[what[0] % (sizeof(areas) / sizeof(areas[0]))];
    size_t place = ((size_t)what[1] << 8 | what[2]) % area->size;
    size_t width = (size_t)1 << (what[0] >> 6); /* 1, 2, 4 or 8 bytes of the same */

    for (size_t i = 0; i < width && place + i < area->size; i++)
        file[area->start + place + i] = what[3 + (i == 0)];
}

/* The one file that every input patches anew. */
static int open_file(uint8_t **ret_file)
{
    int fd = memfd_create("queue", MFD_CLOEXEC);

    demand(fd >= 0 && ftruncate(fd, (off_t)valid_size) == 0);
    *ret_file = mmap(NULL, valid_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    demand(*ret_file != MAP_FAILED);
    return fd;
}

/* The archive -----------------------------------------------------------------------------------------------
 */

static void remove_archive(void)
{
    char command[100];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    demand(system(command) == 0);
}

static void make_archive(void)
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    demand(mkdtemp(folder) != NULL);
    demand(tl_archive_make(folder, -1, &archive, text) == TL_OK);
    demand(tl_archive_lock(archive, TL_ARCHIVE_LOCK_WRITE, &(uint64_t){0}) == TL_OK);
    atexit(remove_archive);
}

/* Calls `visit` for each file in the hot folder, and returns the sum of what that says. */
static uint64_t visit_hot(uint64_t (*visit)(int hot, const char *name))
{
    int hot = openat(tl_archive_folder(archive), "hot", O_RDONLY | O_DIRECTORY);
    DIR *listed = fdopendir(hot);
    const struct dirent *entry;
    uint64_t sum = 0;

    demand(listed != NULL);
    while ((entry = readdir(listed))) {
        if (*entry->d_name != '.')
            sum += visit(hot, entry->d_name);
    }
    closedir(listed);
    return sum;
}

static uint64_t remove_one(int hot, const char *name)
{
    demand(unlinkat(hot, name, 0) == 0);
    return 1;
}

static uint64_t size_of_one(int hot, const char *name)
{
    int fd = openat(hot, name, O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END);

    close(fd);
    return (uint64_t)size * 7 + 1;
}

/* Frames of the rows minus those of the runs. */
static uint64_t balance_of_one(int hot, const char *name)
{
    static uint8_t bytes[1 << 20];
    int fd = openat(hot, name, O_RDONLY);
    ssize_t size = read(fd, bytes, sizeof(bytes));
    struct tl_bytes stream = tl_bytes(bytes, (size_t)size);
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    struct tl_ledger_entry entry;
    struct tl_ledger_run run;
    uint64_t frames = 0, last_ms;

    close(fd);
    demand(size >= 0 && size < (ssize_t)sizeof(bytes));
    tl_frame_decoder_init(&decoder, 0);
    while (tl_frame_next(&decoder, &stream, &frame) == TL_OK) {
        if (frame.kind != TL_FRAME_DATA)
            continue;
        if (strstr(name, ".fstrm")) {
            frames++;
            continue;
        }
        demand(tl_ledger_decode(frame.payload, &entry) == TL_OK);
        last_ms = 0;
        while (entry.kind == TL_LEDGER_RUNS && tl_ledger_next_run(&entry.packed, &last_ms, &run) == TL_OK)
            frames -= run.frames;
    }
    return frames;
}

/* The segment that the valid queue says was open, as far as it had come. */
static void begin_segment(struct queue_head *head)
{
    static const uint8_t start[] = "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap";
    const struct tl_archive_segment segment = {.first = 1, .last = 1, .stamp = 1800000000};
    char name[TL_ARCHIVE_NAME_SIZE];

    visit_hot(remove_one);
    tl_archive_name(&segment, TL_ARCHIVE_ROWS, name);
    int fd = openat(tl_archive_folder(archive), name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    demand(write(fd, start, sizeof(start) - 1) == (ssize_t)sizeof(start) - 1);
    close(fd);
    head->files[0].segment = 1;
    head->files[0].begun_ms = segment.stamp * 1000;
    head->files[0].start_offset = sizeof(start) - 1;
    snprintf(head->files[0].path, PATH_MAX, "%s", tl_archive_path(archive));
}

static void recover_into_archive(int fd, bool is_valid)
{
    const struct output_options options = {.archive = archive};

    if (recover_queue(fd, "queue", &options) != 0) {
        demand(!is_valid);
        return;
    }
    uint64_t sizes = visit_hot(size_of_one), balance = is_valid ? visit_hot(balance_of_one) : 0;
    demand(recover_queue(fd, "queue", &options) == 0);
    demand(!is_valid || (balance == 0 && visit_hot(size_of_one) == sizes));
}

static void recover_into_file(int fd)
{
    const struct output_options options = {.pattern = "/dev/null"};

    if (recover_queue(fd, "queue", &options) == 0)
        demand(recover_queue(fd, "queue", &options) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t *file;
    static int fd;

    if (!valid) {
        make_valid();
        make_archive();
        fd = open_file(&file);
    }
    for (int is_archive = 0; is_archive < 2; is_archive++) {
        size_t left = size;
        memcpy(file, valid, valid_size);
        if (is_archive)
            begin_segment((struct queue_head *)file);
        for (const uint8_t *at = data; left >= 5; at += 5, left -= 5)
            patch(file, at);
        if (left) /* of another length than it says */
            demand(ftruncate(fd, (off_t)(valid_size / left - left)) == 0);
        if (is_archive)
            recover_into_archive(fd, size == 0);
        else
            recover_into_file(fd);
        demand(ftruncate(fd, (off_t)valid_size) == 0);
    }
    return 0;
}
