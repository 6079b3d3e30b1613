/* capture/queue: the shared write queue between receiving and writing. It lies in a file on tmpfs that
 * outlives the process, so that what the kernel has delivered is never lost by a crash: the next start writes
 * it out (see recover.h).
 *
 * Bytes are received into blocks. One connection's blocks, in order, are its stream. Stretches of whole data
 * frames become pieces, in one ring; the pieces' order is the order in the file. A block is free again when
 * all it holds has been written or skipped. What else happens to a connection - it opens, loses something,
 * closes - is a piece without bytes in the same ring, and its entry in the peers' table is free again when
 * the last of them has been written: so whoever writes a piece finds the names and the books there.
 *
 * Threads: the loop receives, pushes and reclaims; the writer takes and releases. They share `pushed`,
 * `written_pieces` and `written_bytes`, nothing else.
 *
 * Crash safety rests on the order of stores: a process that is killed leaves the mapping as after its last
 * executed instruction. queue_settle() stands wherever an order matters, and everything that is stored twice
 * is stored as an absolute value, so that doing it again is harmless. */
#ifndef CAPTURE_QUEUE_H
#define CAPTURE_QUEUE_H

#include "capture/books.h"

#include <tapline/core.h>

#include <limits.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define QUEUE_VERSION     3u
#define QUEUE_BLOCK_SIZE  16384u
#define QUEUE_READ_BLOCKS 32u   /* fresh blocks that one receive may fill */
#define QUEUE_PEERS       4096u /* connections at a time */
#define QUEUE_PEER_PIECES 5u    /* of a connection, whatever room there is: opened, three losses, closed */
#define QUEUE_NONE        UINT32_MAX
#define QUEUE_SIZE_MIN    (1u << 20)
#define QUEUE_SIZE_MAX    (1u << 30)
#define QUEUE_FRAME_MAX   (16u << 20) /* largest frame limit; a quarter of the queue bounds it as well */

/* One receive as the kernel left it: two of them alternate, so that arming the next never destroys the result
 * of the last. Not yet in the blocks' table if `sequence` is above queue_head.folded. */
struct queue_receive {
    _Atomic uint64_t sequence;
    uint64_t serial; /* of the connection */
    uint64_t stream_start;
    uint32_t first_fill; /* bytes that blocks[0] held before */
    uint32_t block_count;
    uint32_t blocks[QUEUE_READ_BLOCKS + 1];
    struct mmsghdr message; /* the kernel stores msg_len */
};

struct queue_block {
    uint64_t serial; /* connection whose bytes these are (or were, if they lie before its `walked`) */
    uint64_t stream_start;
    uint32_t filled;
};

enum queue_piece_kind {
    QUEUE_DATA,   /* a stretch of whole frames inside one block; of a frame that spans blocks, the part that
                     lies in one of them */
    QUEUE_OPENED, /* a connection was taken */
    QUEUE_LOSS,   /* something that it sent was not kept */
    QUEUE_CLOSED, /* it is gone: its books are final, and its entry's `why` is set */
    QUEUE_LOST,   /* the sender said that it had dropped frames */
};

struct queue_piece {
    uint64_t serial;     /* of the connection */
    uint64_t stream_end; /* DATA, LOST: in the connection's stream; LOSS: bytes lost */
    uint64_t out_end;    /* in the sequence of all pieces */
    uint64_t bytes_out;  /* DATA: the connection's, with this piece; LOSS: lost to its cause, with these;
                            LOST: frames that were dropped */
    uint64_t frames_out; /* DATA: the connection's, with this push; LOSS, LOST: lost, with these */
    uint64_t arrival_ms; /* since 1970 */
    union {
        struct {             /* all but LOST */
            uint32_t frames; /* DATA: that end with this piece's push, 0 but in its last piece; LOSS: lost */
            uint32_t block;
            uint32_t from, to; /* in the block */
        };
        struct {             /* LOST */
            uint64_t sender; /* its number */
            uint64_t total;  /* what it said: frames dropped for that cause since it began */
        };
    };
    uint32_t peer;
    uint16_t kind;    /* enum queue_piece_kind */
    uint8_t cause;    /* LOSS: enum books_counter; LOST: enum tl_loss_cause */
    uint8_t is_whole; /* ends at a frame's border */
};

/* What must be known of a connection to go on after a crash, and its books. */
struct queue_peer {
    uint64_t serial; /* 1, 2, … in order of arrival; 0: the entry is free */
    uint64_t walked; /* stream offset up to which everything is in pieces or skipped: the start of a frame */
    uint64_t skip_until;   /* stream offset up to which an oversized frame reaches */
    uint64_t hidden_max;   /* bytes that its socket may hold */
    uint64_t opened_ms;    /* since 1970 */
    uint64_t arrival_ms;   /* since 1970, when it was last received from */
    uint32_t has_started;  /* START was walked over */
    uint32_t has_stopped;  /* STOP was, and nothing behind it is a frame */
    uint32_t tells_losses; /* it takes part in acknowledgements: its LOSS frames mean something */
    uint32_t is_closed;    /* its CLOSED piece was pushed, and its books are among those of the closed ones */
    char name[64];
    char listener[128];
    char why[192]; /* closed: "ended with STOP" */
    struct books books;
    struct books noted; /* of the skipped and left ones: what LOSS pieces have said */
};

enum queue_file_state { QUEUE_FILE_NONE, QUEUE_FILE_OPENING, QUEUE_FILE_OPEN, QUEUE_FILE_CLOSING };

/* Ties pieces to their place in a file: piece byte p lies at `start_offset + p - start_out`. */
struct queue_file {
    uint32_t state;        /* enum queue_file_state */
    uint64_t start_out;    /* of the first piece byte in this file */
    uint64_t start_offset; /* of that byte in the file: behind the START frame */
    uint64_t final_out;    /* CLOSING, NONE: behind the last piece byte; what follows in the file is STOP */
    uint64_t segment;     /* its number in an archive, with a ledger beside it; 0: it is none of an archive */
    uint64_t begun_ms;    /* of a segment: since 1970 */
    uint64_t start_piece; /* of a segment: the first piece that is entered in its ledger */
    uint64_t final_piece; /* of a segment, CLOSING, NONE: behind the last one */
    char part[PATH_MAX];  /* the file's absolute name while it is written */
    char path[PATH_MAX];  /* and when it is complete; of a segment, the archive's */
};

/* Sum over connections that are gone. */
struct queue_closed {
    uint64_t pieces; /* that it counts: the CLOSED ones before this number */
    struct books books;
};

struct queue_head {
    char magic[8];
    uint32_t version;
    uint32_t block_count;
    uint64_t pid;
    uint64_t frame_limit;
    uint64_t run_ms;                 /* since 1970, when the run began that gives connections their numbers */
    _Atomic uint64_t folded;         /* sequence of the last receive that is in the blocks' table */
    _Atomic uint64_t pushed;         /* pieces ever pushed */
    _Atomic uint64_t written_pieces; /* pieces ever written whole */
    _Atomic uint64_t written_bytes;  /* piece bytes ever written */
    _Atomic uint32_t closed_valid;   /* which of the two is */
    struct queue_closed closed[2];
    _Atomic uint32_t file; /* which of the two is valid */
    struct queue_file files[2];
    struct queue_receive receives[2];
};

/* How far what a connection brought is written. */
struct queue_progress {
    uint64_t stream_end;  /* of its last whole push that is written */
    uint64_t last_pushed; /* number of its last piece, plus 1 */
};

/* What a sender has told and nobody has heard before. */
struct queue_lost {
    uint8_t cause; /* enum tl_loss_cause */
    uint64_t frames, sender, total;
};

#define QUEUE_LOST_MAX 16u /* that are pushed at once */

struct queue {
    struct queue_head *head;
    struct queue_peer *peers;
    struct queue_block *blocks;
    struct queue_piece *pieces;
    uint8_t *data;
    uint32_t piece_count; /* in the ring */
    int fd;
    size_t mapped;

    /* The loop's own, not in the mapping. */
    uint32_t *free; /* stack: the block used last is the next one used, and still in the cache */
    uint32_t free_count;
    uint32_t *next;                  /* chains of blocks: a connection's bytes that are not walked yet */
    uint32_t *pending;               /* pieces of each block that are not written yet */
    uint32_t peers_used;             /* entries of the table that are not free */
    struct queue_progress *progress; /* of each entry */
    uint64_t reclaimed;              /* pieces whose blocks were looked at */
    uint64_t out;                    /* piece bytes ever pushed */
    uint64_t sequence;               /* of the last receive */
};

/* A connection's end of the queue: its unwalked blocks. */
struct queue_chain {
    uint32_t first, last; /* QUEUE_NONE if empty */
    uint32_t read;        /* where queue_bytes found something last; QUEUE_NONE: begin at `first` */
    uint32_t tail;        /* the block that left the chain last, if it did so before it was written */
    uint64_t received;    /* stream bytes received */
};

static inline void queue_settle(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

/* The time of arrivals, as exact as they need it and cheap to ask for. */
static inline uint64_t queue_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline struct queue_piece *queue_piece(const struct queue *queue, uint64_t number)
{
    return &queue->pieces[number % queue->piece_count];
}

/* The chain of a new connection. */
static inline struct queue_chain queue_chain(void)
{
    struct queue_chain chain = {QUEUE_NONE, QUEUE_NONE, QUEUE_NONE, QUEUE_NONE, 0};

    return chain;
}

/* Opens and locks the file at `path`, or makes a nameless one if `path` is NULL. 0, or -1 with errno.
 * EWOULDBLOCK: another process has it, whose pid is in `*ret_pid`; EPERM, ELOOP: no plain file of this user;
 * EEXIST: a file of something else. `*ret_old` says that it holds what another run left behind. */
int queue_open_file(const char *path, int *ret_fd, bool *ret_old, uint64_t *ret_pid);

/* Maps what another run left. 0, or -1 with errno: EPROTO if it is of another version, EINVAL if it is no
 * queue. */
int queue_attach(struct queue *queue, int fd);

/* Empties the file and lays a new queue of about `size` bytes into it, all of it allocated. 0, or -1 with
 * errno. */
int queue_init(struct queue *queue, int fd, size_t size, uint32_t frame_limit);

/* Unmaps and closes (which unlocks). The file stays. */
void queue_done(struct queue *queue);

/* Receives into the chain: bytes, 0 at the end of the stream, -1 with errno (ENOBUFS: no free block).
 * `fresh_max`: blocks to offer beside the last one's rest. */
ssize_t queue_receive(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, int fd,
                      uint32_t fresh_max);

/* Enters an armed receive into the blocks' table. Doing it again changes nothing. */
void queue_fold(struct queue *queue, const struct queue_receive *receive);

/* Pushes the chain's bytes [peer->walked, to) as pieces, `frames` frames in them, and moves `walked`. Only
 * while queue_has_room(). */
void queue_push(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, uint64_t to,
                uint64_t frames);

/* Moves `walked` to `to` without keeping the bytes. */
void queue_skip(struct queue *queue, struct queue_chain *chain, struct queue_peer *peer, uint64_t to);

/* The chain's bytes at stream offset `at`, as far as they lie in one block; empty at the end. */
struct tl_bytes queue_bytes(const struct queue *queue, struct queue_chain *chain, uint64_t at);

/* Makes a free entry of the table one of connection `serial` and pushes OPENED. NULL if none is free. `name`,
 * `listener`: cut if they are too long. */
struct queue_peer *queue_open_peer(struct queue *queue, uint64_t serial, const char *name,
                                   const char *listener, uint64_t hidden_max);

/* Pushes LOSS for what the peer's books have under `cause` and no piece has said yet, if there is any. In the
 * midst of a connection only while queue_has_room(), at its end at most three of them in any case. */
void queue_push_loss(struct queue *queue, struct queue_peer *peer, enum books_counter cause);

/* Pushes LOST for each: what the sender said with a control frame that ends at `to` in its stream and that is
 * skipped next. Only while queue_has_room(). */
void queue_push_lost(struct queue *queue, struct queue_peer *peer, uint64_t to, const struct queue_lost *lost,
                     uint32_t count);

/* Stream offset up to which all that the peer brought is written, or skipped, by what queue_reclaim() saw. */
uint64_t queue_kept(const struct queue *queue, const struct queue_peer *peer);

/* Pushes CLOSED and adds the peer's books, which are final, to those of the closed ones. The entry is free
 * when queue_reclaim() finds that written. */
void queue_close_peer(struct queue *queue, struct queue_peer *peer, const char *why);

/* The books of all connections that are gone. */
static inline const struct books *queue_closed_books(const struct queue *queue)
{
    return &queue->head->closed[queue->head->closed_valid].books;
}

/* True if whatever a chain may hold can be pushed. */
bool queue_has_room(const struct queue *queue);

/* Enters into the peers' table what the last push had not come to before the process died. */
void queue_complete_push(struct queue *queue);

/* True if the pieces run out faster than the blocks, because each receive brings little while nothing is
 * written. */
bool queue_is_crowded(const struct queue *queue);

/* Frees the blocks and the entries of peers whose pieces have been written since the last call. */
void queue_reclaim(struct queue *queue);

/* The writer: up to `max` stretches behind `written_bytes`. They end at a frame's border if there is one
 * among them, and hold at most `bytes_max` if there is one so near. Returns how many. `*through`: only pieces
 * before that number are taken; then it is behind the last piece that ends in what was taken. */
int queue_take(const struct queue *queue, struct iovec *ret_stretches, int max, size_t bytes_max,
               uint64_t *through);

/* The writer: true if what is written ends at a frame's border, so that another file may follow. */
bool queue_is_at_border(const struct queue *queue);

/* The writer: `bytes` more of them are written, and so are pieces without bytes, but none from number
 * `through` on. Returns how many frames end in them. */
uint64_t queue_release(struct queue *queue, size_t bytes, uint64_t through);

#endif
