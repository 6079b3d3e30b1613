/* sender: frames from the threads of a name server to collectors, through a thread of its own. Nothing beyond
 * libc.
 *
 *     struct tl_sender_options options = {.endpoints = {{.address = "unix:/run/tapline.sock"}}};
 *     struct tl_sender *sender;
 *     if (tl_sender_new(&options, &sender) == TL_OK && tl_sender_start(sender) == TL_OK)
 *         ...
 *         tl_sender_put(sender, frame);    any thread; or, faster, tl_sender_submit(lane, frame)
 *         ...
 *     tl_sender_stop(sender);
 *     tl_sender_free(sender);
 *
 * A frame that is handed over is copied, with its length before it, into a ring of bytes, and the call
 * returns: it never waits for anybody, never allocates, and enters the kernel only to wake the sender's
 * thread, which it does once for many frames. The thread writes what lies in the rings in long stretches. A
 * frame is sent within `delay_ms`, or earlier if much is waiting.
 *
 * Every frame that is handed over is counted: as sent, or as dropped, with the lane and the cause. After a
 * connection broke, what the peer may not have read is sent again, and such frames are counted, for some may
 * arrive twice. On a unix socket each frame then arrives at least once; for this half of each ring is used at
 * most. On TCP so does each that is sent to a tapline, which acknowledges what it has written; until then it
 * stays in its ring, and when three quarters of that are sent and not acknowledged, no more is sent. Of other
 * peers it is only known on TCP what has reached their machine. A tapline is also told how many frames were
 * dropped, and why (tapline-sender(3), PROTOCOL). Frames of one lane stay in their order.
 *
 * Memory: one ring for each lane that is in use and one shared ring, together at most `budget`, about 64 KiB
 * for each endpoint, and for one with a transport a ring more. A ring's pages are taken as they are first
 * used.
 *
 * Threads: a lane belongs to one thread at a time; everything else may be called from any thread, except that
 * tl_sender_free is called by one, when no other uses the sender any more.
 *
 * fork(2): the child has no sender thread. In the child tl_sender_submit and tl_sender_put return TL_STOPPED
 * and tl_sender_start and tl_sender_stop do nothing but that; tl_sender_free gives back the child's memory
 * and descriptors without a word to the peer. The parent is not disturbed. A sender that was made but not
 * started may be started in the child (then not in the parent). In a child of a program with several threads
 * only what is async-signal-safe may be called before exec(3), as always. */
#ifndef TAPLINE_SENDER_H
#define TAPLINE_SENDER_H

#include <tapline/core.h>
#include <tapline/stream.h>

#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Options --------------------------------------------------------------------------------------------- */

#define TL_SENDER_ENDPOINTS_MAX   4
#define TL_SENDER_RING_DEFAULT    ((size_t)2 << 20)
#define TL_SENDER_RING_MIN        ((size_t)64 << 10)
#define TL_SENDER_RING_MAX        ((size_t)1 << 30)
#define TL_SENDER_BUDGET_DEFAULT  ((size_t)64 << 20)
#define TL_SENDER_LANES_DEFAULT   16
#define TL_SENDER_LANES_MAX       1024
#define TL_SENDER_DELAY_DEFAULT   50    /* ms */
#define TL_SENDER_RETRY_MIN       10    /* ms */
#define TL_SENDER_RETRY_DEFAULT   1000  /* ms */
#define TL_SENDER_ANSWER_DEFAULT  5000  /* ms */
#define TL_SENDER_STALL_DEFAULT   10000 /* ms */
#define TL_SENDER_CLOSE_DEFAULT   5000  /* ms */
#define TL_SENDER_CONTENT_DEFAULT "protobuf:dnstap.Dnstap"

/* Who carries the frames where neither a unix socket nor TCP does: called by the sender's thread, one call at
 * a time. The calls may block; then nothing else is sent meanwhile. What the Frame Streams protocol wants
 * besides data frames (READY to START, STOP and FINISH, the length words) is the transport's own affair. */
struct tl_sender_transport {
    void *context;
    /* Opens it, up to START; is called again, with growing delays, while it fails. NULL: is always open. */
    enum tl_status (*open)(void *context);
    /* Writes whole data frames: each piece is the payload of one. On failure `*ret_done` (0 before the call)
     * is how many were written for certain; the others are given again after the next open. */
    enum tl_status (*write)(void *context, const struct iovec *frames, int count, int *ret_done);
    /* Ends it: STOP, and FINISH awaited, if `in_order`; otherwise after a failure of write. NULL: nothing to
     * do. */
    enum tl_status (*close)(void *context, bool in_order);
    /* The sender has no more use for it: called once, by tl_sender_free or by a thread that had to be left to
     * itself. A failed tl_sender_new calls nothing: the transport is still the caller's. NULL: nothing to do.
     */
    void (*free)(void *context);
    /* The same in the child of a fork(2), whose parent goes on using its own copy: gives back descriptors and
     * memory, as far as that says nothing to the peer. The parent's thread may have been amidst any of the
     * other calls. Called by tl_sender_free, instead of `free`. NULL: nothing to do. */
    void (*leave)(void *context);
};

/* One place to send to: an address or a transport. */
struct tl_sender_endpoint {
    const char *address; /* as tl_endpoint_parse takes it, "unix:PATH" or "tcp:HOST:PORT"; copied. A HOST that
                          * is a name is looked up for each attempt, in a thread of its own. */
    const struct tl_sender_transport *transport; /* instead of the address; copied */
    bool unidirectional;                         /* START at once: no READY, ACCEPT and FINISH */
    bool connected; /* `fd` is a connected socket on which START was sent, to be used */
    int fd;         /* before one is opened; the sender's, once tl_sender_new succeeded */
};

/* What becomes of several endpoints. */
enum tl_sender_mode {
    TL_SENDER_COPY, /* everything goes to each; who is slow or away loses its own oldest, not the others' */
    TL_SENDER_FAILOVER, /* everything goes to one; when that breaks, fails or stalls, to the next, in turn */
};

/* Which frames are dropped when a ring is full. */
enum tl_sender_drop {
    TL_SENDER_DROP_NEWEST, /* the one that does not fit */
    TL_SENDER_DROP_OLDEST, /* the oldest: the thread makes room when 3/4 are used. (A burst that fills the
                            * last quarter before the thread runs still loses its newest.) */
};

/* Zero means the default, in every field. */
struct tl_sender_options {
    struct tl_sender_endpoint endpoints[TL_SENDER_ENDPOINTS_MAX]; /* the first without address and transport
                                                                   * ends them; at least one */
    enum tl_sender_mode mode;
    enum tl_sender_drop drop;
    struct tl_bytes content_type; /* TL_SENDER_CONTENT_DEFAULT; 1 to 256 bytes; copied */
    size_t lanes;                 /* threads that get a ring of their own, at most */
    size_t ring_size;   /* bytes of a ring, rounded up to a power of two. A frame needs its size + 4; one
                         * for which that is above the ring's size is refused. */
    size_t budget;      /* bytes of all rings. If it is not enough, the rings are halved until they fit,
                         * and when they are at TL_SENDER_RING_MIN there are fewer lanes. */
    unsigned delay_ms;  /* a frame waits no longer than this before it is sent */
    unsigned retry_ms;  /* connecting again: after TL_SENDER_RETRY_MIN, then twice that, up to this; and
                         * at once when the unix socket appears */
    unsigned answer_ms; /* the peer's name must be looked up; and then, it must have accepted the connection
                         * and answered READY. A host of several addresses has a share of it for each. */
    unsigned stall_ms;  /* TL_SENDER_FAILOVER: a peer that takes nothing for so long has failed */
    unsigned close_ms;  /* tl_sender_stop: all sent, STOP sent and FINISH received, or given up */
    const char *statistics_path; /* a file written once a second (tl_sender_file_print), by way of PATH.new;
                                  * removed by none; copied. That it cannot be written is no failure of
                                  * anything else, and is counted (statistics_failures). NULL: none */
};

/* Life ------------------------------------------------------------------------------------------------ */

struct tl_sender;
struct tl_sender_lane;

/* Everything but the thread; nothing is connected yet. TL_BAD_ARGUMENT (no endpoint, both address and
 * transport, a kind of address that cannot be sent to, a ring or a number of lanes out of range), what
 * tl_endpoint_parse says, TL_CONTENT_TYPE_TOO_LONG, TL_NO_MEMORY, TL_SYSTEM. Frames may be submitted before
 * the thread is started; they wait. */
TL_API enum tl_status tl_sender_new(const struct tl_sender_options *options, struct tl_sender **ret_sender);

/* Starts the thread: named "tapline-sender", all signals blocked. Connecting is its work, so nothing is
 * waited for. TL_SYSTEM; TL_BAD_ARGUMENT if it was started before. */
TL_API enum tl_status tl_sender_start(struct tl_sender *sender);

/* Takes no more frames, sends those it has, and ends every connection in order, all within `close_ms`; what
 * could not be sent by then is counted, as dropped_at_close. An endpoint that is away when this is called is
 * tried once more and then given up. TL_TIME_UP: the thread is held up by a transport; it
 * is left to itself (see tl_sender_free). Statistics and lanes stay valid. TL_STOPPED: there is no thread. */
TL_API enum tl_status tl_sender_stop(struct tl_sender *sender);

/* Stops it if that was not done, and frees it; lanes are gone then. NULL: nothing. A thread that was left
 * to itself frees what it uses when it gets on, and calls the transports' free. */
TL_API void tl_sender_free(struct tl_sender *sender);

/* Waits until what was accepted before is sent to (COPY: every) endpoint, or dropped; at most `milliseconds`.
 * TL_TIME_UP, TL_STOPPED (no thread). */
TL_API enum tl_status tl_sender_flush(struct tl_sender *sender, unsigned milliseconds);

/* Submitting ------------------------------------------------------------------------------------------ */

/* How many lanes there are beside the shared one. */
TL_API size_t tl_sender_lane_count(const struct tl_sender *sender);

/* A lane by number, always the same: for callers that number their threads. NULL if `index` is not below
 * tl_sender_lane_count, the lane was given out by tl_sender_lane_claim, or the memory for its ring cannot be
 * had. One that was asked for by number is never given out otherwise. */
TL_API struct tl_sender_lane *tl_sender_lane(struct tl_sender *sender, size_t index);

/* A lane that nobody has, for this thread alone; when all are taken, the shared one. NULL only if the memory
 * for a ring cannot be had. */
TL_API struct tl_sender_lane *tl_sender_lane_claim(struct tl_sender *sender);

/* Gives a claimed lane back; what lies in it is still sent. The shared one, NULL: nothing. */
TL_API void tl_sender_lane_release(struct tl_sender_lane *lane);

/* The lane any number of threads may use at once. They take turns with a lock that is held for one copy; who
 * does not get it in a bounded number of tries (in which the processor is given up, sched_yield(2)) drops the
 * frame. NULL as above. */
TL_API struct tl_sender_lane *tl_sender_lane_shared(struct tl_sender *sender);

/* Hands a frame over. TL_FULL, TL_FRAME_TOO_LONG, TL_STOPPED: it was dropped and counted. TL_BAD_ARGUMENT:
 * an empty frame, which the protocol does not have; not counted. */
TL_API enum tl_status tl_sender_submit(struct tl_sender_lane *lane, struct tl_bytes frame);

/* The same by way of the calling thread's lane, which is claimed at its first call and given back when the
 * thread ends (which must not be while tl_sender_free runs). */
TL_API enum tl_status tl_sender_put(struct tl_sender *sender, struct tl_bytes frame);

/* True if no frame is taken any more: the sender is stopping or stopped, or this is a child. For callers who
 * would wait for each other before they submit, and must not in a child, where nobody is. */
TL_API bool tl_sender_is_stopped(const struct tl_sender *sender);

/* The size of the largest frame that tl_sender_submit would take from the lane's thread now (0: none): for
 * callers who can wait, and would rather not have a drop counted. */
TL_API size_t tl_sender_lane_room(struct tl_sender_lane *lane);

/* Statistics ------------------------------------------------------------------------------------------ */

/* Counts of one lane, or of all. */
struct tl_sender_lane_statistics {
#define TL_SENDER_LANE_COUNTER(name, sentence) uint64_t name;
#include <tapline/sender_counters.def>
    uint64_t ring_size;  /* bytes; 0: no ring yet */
    uint64_t used;       /* bytes of it that hold frames, sent but unconfirmed ones included */
    uint64_t high_water; /* the most it was */
};

enum tl_sender_link {
    TL_SENDER_LINK_DOWN,       /* waiting before the next attempt; FAILOVER: or not its turn */
    TL_SENDER_LINK_CONNECTING, /* connect(2), or looking up a name */
    TL_SENDER_LINK_GREETING,   /* READY was sent, ACCEPT is due */
    TL_SENDER_LINK_SENDING,
    TL_SENDER_LINK_STOPPING, /* STOP was sent, FINISH is due */
    TL_SENDER_LINK_CLOSED,   /* for good */
};

struct tl_sender_endpoint_statistics {
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence) uint64_t name;
#include <tapline/sender_counters.def>
    uint64_t waiting; /* frames accepted and not yet sent to it; FAILOVER: of the one whose turn it is */
    enum tl_sender_link link;
    /* The last thing that went wrong; TL_OK: nothing yet. With TL_SYSTEM, `error` is the errno. */
    enum tl_status failure;
    int error;
    enum tl_sender_link failed_in;
    uint64_t failed_at; /* seconds since 1970 */
};

/* Counters only ever grow. While frames are on their way the counts are each right but not of one instant.
 * When the sender is quiet or stopped, for each endpoint (COPY) or for the sum of them (FAILOVER):
 *
 *     accepted = sent + dropped_oldest + dropped_lagging + dropped_at_close + waiting
 *     sent = confirmed + unconfirmed + (on their way) */
struct tl_sender_statistics {
    uint64_t submitted;                     /* accepted, and dropped by the lanes */
    struct tl_sender_lane_statistics lanes; /* the sum of all; `high_water`: of the fullest */
    uint64_t statistics_failures;           /* the file of statistics_path could not be written so often; */
    int statistics_error;                   /* the errno of the last time */
    size_t endpoint_count;
    struct tl_sender_endpoint_statistics endpoints[TL_SENDER_ENDPOINTS_MAX];
};

/* Any time, from any thread. */
TL_API void tl_sender_statistics(struct tl_sender *sender, struct tl_sender_statistics *ret_statistics);

/* Of one lane: `index` as in tl_sender_lane; tl_sender_lane_count: the shared one. TL_BAD_ARGUMENT. */
TL_API enum tl_status tl_sender_lane_statistics(struct tl_sender *sender, size_t index,
                                                struct tl_sender_lane_statistics *ret_statistics);

/* As text, a line "name value" each, in the order of sender_counters.def; those of an endpoint begin with
 * its number: "0.sent 17". At most `size` bytes with the NUL; returns the length it would need. */
TL_API size_t tl_sender_statistics_print(const struct tl_sender_statistics *statistics, char *buffer,
                                         size_t size);

/* The file of statistics_path -------------------------------------------------------------------------  */

#define TL_SENDER_FILE_SIZE_MAX 8192 /* bytes that one has at most, with a NUL */
#define TL_SENDER_PROGRAM_SIZE  64   /* with the NUL */
#define TL_SENDER_ADDRESS_SIZE  304

/* Whose it is, when it was written, and the statistics of then. Texts are printable ASCII; other bytes were
 * made "?". */
struct tl_sender_file {
    uint64_t pid;
    char program[TL_SENDER_PROGRAM_SIZE]; /* its name; "": not known */
    struct tl_time started, written;
    char addresses[TL_SENDER_ENDPOINTS_MAX][TL_SENDER_ADDRESS_SIZE]; /* as tl_endpoint_parse takes them, or
                                                                      * "" for a transport */
    struct tl_sender_statistics statistics;
    uint64_t unknown; /* lines that were not understood: a newer sender's */
};

/* Its text: first the line "tapline-sender 1", then as tl_sender_statistics_print, with "pid 4711", "program
 * named", "started" and "written" (RFC 3339) in front and "0.address unix:/run/tapline.sock" among it.
 * `unknown` is not printed. At most `size` bytes with the NUL; returns the length it would need. */
TL_API size_t tl_sender_file_print(const struct tl_sender_file *file, char *buffer, size_t size);

/* Reads one, whoever made it. TL_BAD_TEXT: it is none, or damaged; TL_BAD_VERSION: its first line has another
 * number; TL_TRUNCATED: its last line has no end. What it does not tell is 0. */
TL_API enum tl_status tl_sender_file_parse(struct tl_bytes text, struct tl_sender_file *ret_file);

/* "sending"; NULL for an unknown number. Static memory. */
TL_API const char *tl_sender_link_name(enum tl_sender_link link);

/* Looking up names ------------------------------------------------------------------------------------ */

/* tl_endpoint_look_up of an endpoint whose host may be a name, for who must not wait: in a thread named
 * "tapline-look-up", all signals blocked, which ends with the look-up. The sender uses it; so may who drives
 * connections of his own. TL_NO_MEMORY, TL_SYSTEM. */
struct tl_look_up;
TL_API enum tl_status tl_look_up_start(const struct tl_endpoint *endpoint, struct tl_look_up **ret_look_up);

/* Becomes readable, for poll(2), when it is done; not to be read from, or closed. */
TL_API int tl_look_up_fd(const struct tl_look_up *look_up);

/* TL_MORE: it is not done. Else what tl_endpoint_look_up said. */
TL_API enum tl_status tl_look_up_result(const struct tl_look_up *look_up, struct tl_addresses *ret_addresses);

/* At any time: a thread that is not done is left to itself, and frees what it uses when it gets on. In the
 * child of a fork(2) it gives back the child's copy. NULL: nothing. */
TL_API void tl_look_up_free(struct tl_look_up *look_up);

#ifdef __cplusplus
}
#endif

#endif
