/* The queue's file: opened, locked, laid out, mapped. Invariant: nothing of an attached queue is used before
 * it was checked to lie inside the mapping, for the file may be anybody's. */
#include "capture/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      "taplineQ"
#define UNFINISHED "taplineU" /* while a queue is laid out */
#define PAGE       4096u

/* Pieces for each block: single frames are smaller than a block, and most pieces are not; and how many there
 * are however small the queue is. */
#define BLOCK_PIECES 8u
#define PIECES_MIN   4096u

static size_t page_up(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

/* Offsets of the tables behind the head, and of the blocks' bytes. */
struct layout {
    size_t peers, blocks, pieces, data, size;
};

/* Size of the ring: enough for the blocks, and for all connections' beginnings and ends besides. */
static uint32_t pieces_of(uint32_t block_count)
{
    uint32_t pieces = block_count * BLOCK_PIECES;

    return (pieces > PIECES_MIN ? pieces : PIECES_MIN) + QUEUE_PEERS * QUEUE_PEER_PIECES;
}

static struct layout layout_of(uint32_t block_count)
{
    struct layout layout;

    layout.peers = page_up(sizeof(struct queue_head));
    layout.blocks = layout.peers + page_up(sizeof(struct queue_peer) * QUEUE_PEERS);
    layout.pieces = layout.blocks + page_up(sizeof(struct queue_block) * block_count);
    layout.data = layout.pieces + page_up(sizeof(struct queue_piece) * pieces_of(block_count));
    layout.size = layout.data + (size_t)block_count * QUEUE_BLOCK_SIZE;
    return layout;
}

static void close_keeping_errno(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
}

static uint64_t pid_of_owner(int fd)
{
    uint64_t pid = 0;

    if (pread(fd, &pid, sizeof(pid), offsetof(struct queue_head, pid)) != sizeof(pid))
        return 0;
    return pid;
}

static int open_once(const char *path)
{
    if (!path)
        return memfd_create("tapline-queue", MFD_CLOEXEC);
    return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

/* True unless the file that was locked is not the one of that name any more: its owner has just ended. */
static bool has_name(int fd, const char *path)
{
    struct stat ours, named;

    return !path || (fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev &&
                     ours.st_ino == named.st_ino);
}

/* 0: nothing is in it yet, 1: a queue, -1: something else. */
static int look_into(int fd)
{
    char magic[sizeof(MAGIC) - 1];
    ssize_t size = pread(fd, magic, sizeof(magic), 0);

    if (size == 0)
        return 0;
    if (size == sizeof(magic) && memcmp(magic, MAGIC, sizeof(magic)) == 0)
        return 1;
    return size == sizeof(magic) && memcmp(magic, UNFINISHED, sizeof(magic)) == 0 ? 0 : -1;
}

static int check_open(int fd, bool *ret_old, uint64_t *ret_pid)
{
    struct stat found;

    if (fstat(fd, &found) != 0)
        return -1;
    if (!S_ISREG(found.st_mode) || found.st_uid != geteuid()) {
        errno = EPERM;
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        *ret_pid = pid_of_owner(fd);
        errno = error;
        return -1;
    }
    int old = look_into(fd);
    *ret_old = old > 0;
    if (old >= 0)
        return 0;
    errno = EEXIST;
    return -1;
}

int queue_open_file(const char *path, int *ret_fd, bool *ret_old, uint64_t *ret_pid)
{
    for (;;) {
        int fd = open_once(path);
        if (fd < 0)
            return -1;
        if (check_open(fd, ret_old, ret_pid) != 0) {
            close_keeping_errno(fd);
            return -1;
        }
        if (has_name(fd, path)) {
            *ret_fd = fd;
            return 0;
        }
        close(fd);
    }
}

static int map(struct queue *queue, int fd, uint32_t block_count)
{
    struct layout layout = layout_of(block_count);
    uint8_t *memory = mmap(NULL, layout.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

    if (memory == MAP_FAILED)
        return -1;
    memset(queue, 0, sizeof(*queue));
    queue->fd = fd;
    queue->mapped = layout.size;
    queue->head = (struct queue_head *)memory;
    queue->peers = (struct queue_peer *)(memory + layout.peers);
    queue->blocks = (struct queue_block *)(memory + layout.blocks);
    queue->pieces = (struct queue_piece *)(memory + layout.pieces);
    queue->data = memory + layout.data;
    queue->piece_count = pieces_of(block_count);
    return 0;
}

static bool receive_is_sound(const struct queue_receive *receive, uint32_t block_count)
{
    if (receive->block_count > QUEUE_READ_BLOCKS + 1 || receive->first_fill > QUEUE_BLOCK_SIZE ||
        receive->message.msg_len > (QUEUE_READ_BLOCKS + 1) * QUEUE_BLOCK_SIZE)
        return false;
    for (uint32_t i = 0; i < receive->block_count; i++) {
        if (receive->blocks[i] >= block_count)
            return false;
    }
    return true;
}

static bool piece_is_sound(const struct queue_piece *piece, uint32_t block_count)
{
    if (piece->kind > QUEUE_LOST || piece->peer >= QUEUE_PEERS)
        return false;
    if (piece->kind == QUEUE_LOST)
        return true;
    return piece->cause < BOOKS_COUNTERS && piece->block < block_count && piece->from <= piece->to &&
           piece->to <= QUEUE_BLOCK_SIZE;
}

static bool is_sound(const struct queue *queue)
{
    const struct queue_head *head = queue->head;

    if (head->pushed < head->written_pieces || head->pushed - head->written_pieces > queue->piece_count ||
        head->file > 1 || head->closed_valid > 1)
        return false;
    for (uint64_t at = head->written_pieces; at < head->pushed; at++) {
        if (!piece_is_sound(queue_piece(queue, at), head->block_count))
            return false;
    }
    for (uint32_t i = 0; i < head->block_count; i++) {
        if (queue->blocks[i].filled > QUEUE_BLOCK_SIZE)
            return false;
    }
    return receive_is_sound(&head->receives[0], head->block_count) &&
           receive_is_sound(&head->receives[1], head->block_count);
}

/* Texts end inside their arrays, whatever is in the file. */
static void end_texts(struct queue *queue)
{
    for (int i = 0; i < 2; i++) {
        queue->head->files[i].part[PATH_MAX - 1] = '\0';
        queue->head->files[i].path[PATH_MAX - 1] = '\0';
    }
    for (uint32_t i = 0; i < QUEUE_PEERS; i++) {
        struct queue_peer *peer = &queue->peers[i];
        peer->name[sizeof(peer->name) - 1] = '\0';
        peer->listener[sizeof(peer->listener) - 1] = '\0';
        peer->why[sizeof(peer->why) - 1] = '\0';
    }
}

int queue_attach(struct queue *queue, int fd)
{
    struct stat found;
    uint32_t version = 0, block_count = 0;

    if (pread(fd, &version, sizeof(version), offsetof(struct queue_head, version)) != sizeof(version) ||
        pread(fd, &block_count, sizeof(block_count), offsetof(struct queue_head, block_count)) !=
            sizeof(block_count) ||
        fstat(fd, &found) != 0) {
        errno = EINVAL;
        return -1;
    }
    if (version != QUEUE_VERSION) {
        errno = EPROTO;
        return -1;
    }
    if (block_count > QUEUE_SIZE_MAX / QUEUE_BLOCK_SIZE ||
        layout_of(block_count).size != (size_t)found.st_size) {
        errno = EINVAL;
        return -1;
    }
    if (map(queue, fd, block_count) != 0)
        return -1;
    end_texts(queue);
    if (!is_sound(queue)) {
        munmap(queue->head, queue->mapped);
        errno = EINVAL;
        return -1;
    }
    return 0;
}

static int allocate_tables(struct queue *queue, uint32_t block_count)
{
    queue->free = calloc(block_count, sizeof(*queue->free));
    queue->next = calloc(block_count, sizeof(*queue->next));
    queue->pending = calloc(block_count, sizeof(*queue->pending));
    queue->progress = calloc(QUEUE_PEERS, sizeof(*queue->progress));
    if (!queue->free || !queue->next || !queue->pending || !queue->progress) {
        errno = ENOMEM;
        return -1;
    }
    for (uint32_t i = 0; i < block_count; i++) {
        queue->free[i] = block_count - 1 - i;
        queue->next[i] = i;
    }
    queue->free_count = block_count;
    return 0;
}

int queue_init(struct queue *queue, int fd, size_t size, uint32_t frame_limit)
{
    uint32_t block_count = (uint32_t)(size / QUEUE_BLOCK_SIZE);
    size_t file_size = layout_of(block_count).size;
    int error;

    /* At no instant is it a file that might be anybody's. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, UNFINISHED, sizeof(UNFINISHED) - 1, 0) < 0 ||
        ftruncate(fd, (off_t)file_size) != 0)
        return -1;
    /* Allocated now, so that a full tmpfs is an error here and not a signal later. */
    error = posix_fallocate(fd, 0, (off_t)file_size);
    if (error) {
        errno = error;
        return -1;
    }
    if (map(queue, fd, block_count) != 0)
        return -1;
    if (allocate_tables(queue, block_count) != 0) {
        queue->fd = -1; /* the caller's still */
        queue_done(queue);
        errno = ENOMEM;
        return -1;
    }
    queue->head->version = QUEUE_VERSION;
    queue->head->block_count = block_count;
    queue->head->frame_limit = frame_limit;
    queue->head->pid = (uint64_t)getpid();
    queue->head->run_ms = queue_clock_ms();
    queue_settle();
    memcpy(queue->head->magic, MAGIC, sizeof(queue->head->magic));
    return 0;
}

void queue_done(struct queue *queue)
{
    if (queue->head)
        munmap(queue->head, queue->mapped);
    free(queue->free);
    free(queue->next);
    free(queue->pending);
    free(queue->progress);
    if (queue->fd >= 0)
        close(queue->fd);
    memset(queue, 0, sizeof(*queue));
    queue->fd = -1;
}
