/* Property: whatever is in a queue's file, it is refused or recovered, without a crash and without reading
 * outside of it; and a recovery that succeeded leaves nothing for the next one to write. The input patches a
 * small valid queue: five bytes each for where (area, place in it) and what. */
#include "capture/recover.h"

#include <fcntl.h>
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
        queue.peers[i].serial = i + 1;
        queue.peers[i].has_started = 1;
        receive(&queue, &chain, &queue.peers[i], ends, 25000);
        queue_push(&queue, &chain, &queue.peers[i], 20000, 200);
    }
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct output_options options = {.pattern = "/dev/null"};
    static uint8_t *file;
    static int fd;

    if (!valid) {
        make_valid();
        fd = open_file(&file);
    }
    memcpy(file, valid, valid_size);
    for (; size >= 5; data += 5, size -= 5)
        patch(file, data);
    if (size) /* of another length than it says */
        demand(ftruncate(fd, (off_t)(valid_size / size - size)) == 0);
    if (recover_queue(fd, "queue", &options) == 0)
        demand(recover_queue(fd, "queue", &options) == 0);
    demand(ftruncate(fd, (off_t)valid_size) == 0);
    return 0;
}
