/* The loop: waits for sockets, signals and the writer, and hands what is ready to the right room. Invariant:
 * whatever one peer does costs at most one receive of a bounded size before the next peer has its turn, and
 * the loop waits for nothing but events. */
#include "capture/capture.h"

#include "capture/listener.h"
#include "capture/peers.h"
#include "capture/queue_path.h"
#include "capture/recover.h"
#include "process/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX     64
#define TICK_MS        250
#define HANDSHAKE_MS   10000 /* for READY and START to come */
#define STUCK_MS       3000  /* a stop that moved no byte for so long is given up */
#define DRAIN_QUIET_MS 100   /* a TCP peer that is silent so long at the end has sent what it had */
#define ACCEPTS_MAX    64    /* in one round */

enum event_kind { EVENT_CONTROL, EVENT_SIGNAL, EVENT_WRITER, EVENT_TICK, EVENT_LISTENER, EVENT_PEER };

struct loop {
    const struct capture_options *options;
    struct queue queue;
    struct output output;
    struct writer writer;
    struct peers peers;
    struct listener listeners[LISTENER_SOCKETS_MAX];
    size_t listener_count;
    int all_fd;     /* epoll over everything */
    int control_fd; /* epoll over signals, tick and writer alone: what is waited for while receiving is paused
                     */
    int signal_fd, event_fd, tick_fd;
    uint32_t frame_limit;
    uint64_t paused_since; /* monotonic ms; 0: receiving */
    uint64_t drain_until;  /* monotonic ms; 0: not stopping */
    uint64_t
        moved_ms; /* monotonic, when `moved_bytes` last changed: a stop does not wait for what stands still */
    uint64_t moved_bytes;
    bool has_stopped_peers; /* somebody awaits the end of its frames' writing */
    bool accepts;           /* false while there are no descriptors left for new connections */
    struct process_limit accept_limit, pause_limit;
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int watch(int epoll_fd, int fd, enum event_kind kind, uint32_t index)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | index};

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Connections ------------------------------------------------------------------------------------------- */

static void pause_receiving(struct loop *loop)
{
    if (loop->paused_since)
        return;
    loop->paused_since = now_ms();
    loop->peers.pauses++;
    process_log_limited(&loop->pause_limit, "the write queue is full: receiving waits for the disk");
}

/* What a step of a connection means for it. */
static void settle(struct loop *loop, struct connection *connection, enum connection_step step,
                   const char *why)
{
    char text[256];

    switch (step) {
    case CONNECTION_GOES_ON: break;
    case CONNECTION_IDLE: break;
    case CONNECTION_STARVED: pause_receiving(loop); break;
    case CONNECTION_STOPPED:
        /* Nothing more is expected; connection_finish follows when the frames are written. */
        epoll_ctl(loop->all_fd, EPOLL_CTL_DEL, connection->fd, NULL);
        loop->has_stopped_peers = true;
        atomic_store(&loop->writer.is_awaited, true);
        break;
    case CONNECTION_ENDED:
        if (why)
            snprintf(text, sizeof(text), "broke off (%s)", why);
        else
            snprintf(text, sizeof(text), "closed without STOP");
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_CUT, text);
        break;
    case CONNECTION_REFUSED:
        snprintf(text, sizeof(text), "was refused (%s)", why);
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED, text);
        break;
    }
}

static bool has_stopped(const struct connection *connection)
{
    return connection->receiver.state == TL_RECEIVER_STOPPED;
}

static void receive(struct loop *loop, struct connection *connection, uint64_t now)
{
    const char *why = NULL;
    enum connection_step step = connection_receive(connection, &loop->queue, now, &why);

    settle(loop, connection, step, why);
}

/* Answers those whose frames have all been written since. */
static void finish_stopped(struct loop *loop)
{
    uint64_t written = atomic_load(&loop->queue.head->written_bytes);
    bool is_awaited = false;

    for (uint32_t i = 0; i < loop->peers.highest && loop->has_stopped_peers; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (!connection || !has_stopped(connection))
            continue;
        if (connection->finish_at > written) {
            is_awaited = true;
            continue;
        }
        connection_finish(connection);
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED, "ended with STOP");
    }
    loop->has_stopped_peers = is_awaited;
    atomic_store(&loop->writer.is_awaited, is_awaited || loop->paused_since);
}

/* Receiving goes on as soon as a quarter of the queue is free; those who were starved inside a walk go first.
 */
static void resume_receiving(struct loop *loop)
{
    const struct queue *queue = &loop->queue;
    bool is_drained = atomic_load(&queue->head->written_pieces) == atomic_load(&queue->head->pushed);

    if (!loop->paused_since)
        return;
    if (is_drained) {
        while (queue->free_count < QUEUE_READ_BLOCKS && peers_evict(&loop->peers))
            queue_reclaim(&loop->queue);
    } else if (queue->free_count < queue->head->block_count / 4 || !queue_has_room(queue)) {
        return;
    }
    loop->peers.paused_ms += now_ms() - loop->paused_since;
    loop->paused_since = 0;
    for (uint32_t i = 0; i < loop->peers.highest && !loop->paused_since; i++) {
        struct connection *connection = loop->peers.connections[i];
        const char *why = NULL;
        if (!connection || has_stopped(connection) ||
            connection->decoder.offset == connection->chain.received)
            continue;
        settle(loop, connection, connection_walk(connection, &loop->queue, &why), why);
    }
}

/* Accepting --------------------------------------------------------------------------------------------- */

static void set_accepting(struct loop *loop, bool accepts)
{
    for (size_t i = 0; i < loop->listener_count && accepts != loop->accepts; i++) {
        if (loop->listeners[i].fd < 0)
            continue;
        if (accepts)
            watch(loop->all_fd, loop->listeners[i].fd, EVENT_LISTENER, (uint32_t)i);
        else
            epoll_ctl(loop->all_fd, EPOLL_CTL_DEL, loop->listeners[i].fd, NULL);
    }
    loop->accepts = accepts;
}

/* Accepts one connection. False if there is none, or none can be taken. */
static bool accept_one(struct loop *loop, struct listener *listener)
{
    int on = 1;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED)
            return true;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            process_log_limited(&loop->accept_limit,
                                "cannot accept another connection on %s: %s; %u are served on, new ones wait",
                                listener->name, strerror(errno), loop->peers.count);
            set_accepting(loop, false); /* until the next tick, so that the loop does not spin */
        }
        return false;
    }
    if (!listener->is_unix)
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    struct connection *connection =
        peers_add(&loop->peers, fd, listener->is_unix, listener->name, loop->frame_limit, now_ms());
    if (connection &&
        watch(loop->all_fd, fd, EVENT_PEER, (uint32_t)(connection->peer - loop->queue.peers)) != 0)
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED, "could not be watched");
    return true;
}

static void accept_some(struct loop *loop, struct listener *listener)
{
    for (int i = 0; i < ACCEPTS_MAX && accept_one(loop, listener); i++)
        ;
}

/* Stopping ---------------------------------------------------------------------------------------------- */

static void begin_stop(struct loop *loop)
{
    if (loop->drain_until)
        return;
    process_log("stopping: reading what the sockets still hold");
    loop->drain_until = now_ms() + loop->options->drain_ms;
    set_accepting(loop, false);
    for (size_t i = 0; i < loop->listener_count; i++) {
        struct listener *listener = &loop->listeners[i];
        listener_stop(listener);
        while (accept_one(loop, listener))
            ;
        listener_close(listener);
    }
    for (uint32_t i = 0; i < loop->peers.highest; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (!connection || has_stopped(connection))
            continue;
        /* On a unix socket the peer cannot write any more, and what it wrote is read to the end. TCP does not
         * know this: there the deadline and the silence of the peer decide. */
        connection->is_draining = true;
        if (connection->is_unix)
            shutdown(connection->fd, SHUT_RD);
    }
}

/* Reads one connection on at the end; closes it when it has nothing more, or has had its time. */
static void drain_one(struct loop *loop, struct connection *connection, uint64_t now)
{
    const char *why = NULL;
    enum connection_step step = connection_receive(connection, &loop->queue, now, &why);

    if (step == CONNECTION_IDLE || step == CONNECTION_GOES_ON) {
        bool is_quiet = step == CONNECTION_IDLE && now - connection->heard_ms >= DRAIN_QUIET_MS;
        if (!connection->is_unix && (is_quiet || now >= loop->drain_until))
            peers_remove(&loop->peers, connection, BOOKS_SKIPPED_CUT, "was open until the capture stopped");
        return;
    }
    if (step == CONNECTION_ENDED && !why)
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_CUT, "was open until the capture stopped");
    else
        settle(loop, connection, step, why);
}

/* True as long as something is to be read. */
static bool drain(struct loop *loop, uint64_t now)
{
    for (uint32_t i = 0; i < loop->peers.highest && !loop->paused_since; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (connection && !has_stopped(connection))
            drain_one(loop, connection, now);
    }
    return loop->peers.count > 0;
}

/* Events ------------------------------------------------------------------------------------------------ */

static void take_signals(struct loop *loop)
{
    struct signalfd_siginfo info;

    while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGTERM:
        case SIGINT: begin_stop(loop); break;
        case SIGHUP: writer_rotate(&loop->writer); break;
        case SIGUSR1: peers_log_books(&loop->peers, atomic_load(&loop->writer.troubles)); break;
        default: break;
        }
    }
}

static void tick(struct loop *loop, uint64_t now)
{
    uint64_t expirations;

    if (read(loop->tick_fd, &expirations, sizeof(expirations)) < 0)
        return;
    if (!loop->accepts && !loop->drain_until)
        set_accepting(loop, true);
    for (uint32_t i = 0; i < loop->peers.highest; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (connection && !connection->peer->has_started && now - connection->opened_ms > HANDSHAKE_MS)
            peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED,
                         "was closed: no START for 10 seconds");
    }
}

static void take_control_event(struct loop *loop, enum event_kind kind, uint64_t now)
{
    uint64_t count;

    if (kind == EVENT_SIGNAL)
        take_signals(loop);
    else if (kind == EVENT_TICK)
        tick(loop, now);
    else if (kind == EVENT_WRITER && read(loop->event_fd, &count, sizeof(count)) > 0 &&
             atomic_load(&loop->writer.has_failed))
        begin_stop(loop);
}

static void take_event(struct loop *loop, const struct epoll_event *event, uint64_t now)
{
    enum event_kind kind = (enum event_kind)(event->data.u64 >> 32);
    uint32_t index = (uint32_t)event->data.u64;

    if (kind == EVENT_LISTENER) {
        if (loop->listeners[index].fd >= 0)
            accept_some(loop, &loop->listeners[index]);
    } else if (kind == EVENT_PEER) {
        struct connection *connection = loop->peers.connections[index];
        if (connection && !loop->paused_since && !loop->drain_until)
            receive(loop, connection, now);
    } else if (kind == EVENT_CONTROL) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(loop->control_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < ready; i++)
            take_control_event(loop, (enum event_kind)(events[i].data.u64 >> 32), now);
    } else {
        take_control_event(loop, kind, now);
    }
}

/* One round. */
static void turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    bool is_busy = loop->drain_until && !loop->paused_since;
    int ready = epoll_wait(loop->paused_since ? loop->control_fd : loop->all_fd, events, EVENTS_MAX,
                           is_busy ? 1 : -1);
    uint64_t now = now_ms();
    uint64_t before = loop->queue.out;

    for (int i = 0; i < ready; i++)
        take_event(loop, &events[i], now);
    if (loop->drain_until)
        drain(loop, now);
    if (loop->queue.out != before)
        writer_wake(&loop->writer);
    queue_reclaim(&loop->queue);
    if (loop->paused_since) {
        atomic_store(&loop->writer.is_awaited, true);
        writer_wake(&loop->writer);
        queue_reclaim(&loop->queue);
        resume_receiving(loop);
    }
    finish_stopped(loop);
}

/* Setting up -------------------------------------------------------------------------------------------- */

static int open_signals(void)
{
    sigset_t set;
    struct rlimit files;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error of write(2), like a full disk */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_events(struct loop *loop)
{
    struct itimerspec tick_time = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}};

    loop->all_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->control_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->signal_fd = open_signals();
    loop->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->all_fd < 0 || loop->control_fd < 0 || loop->signal_fd < 0 || loop->event_fd < 0 ||
        loop->tick_fd < 0)
        return -1;
    if (timerfd_settime(loop->tick_fd, 0, &tick_time, NULL) != 0)
        return -1;
    return watch(loop->control_fd, loop->signal_fd, EVENT_SIGNAL, 0) ||
           watch(loop->control_fd, loop->event_fd, EVENT_WRITER, 0) ||
           watch(loop->control_fd, loop->tick_fd, EVENT_TICK, 0) ||
           watch(loop->all_fd, loop->control_fd, EVENT_CONTROL, 0);
}

static int open_queue(struct loop *loop, const char *path)
{
    const struct capture_options *options = loop->options;
    size_t size = options->queue_size ? options->queue_size : CAPTURE_QUEUE_SIZE_DEFAULT;
    uint64_t pid = 0;
    bool is_old = false;
    int fd;

    if (queue_open_file(path, &fd, &is_old, &pid) != 0) {
        if (errno == EWOULDBLOCK)
            process_log("another capture (pid %llu) writes there, with the queue %s", (unsigned long long)pid,
                        path);
        else
            process_log("cannot open the queue %s: %s", path ? path : "in memory", strerror(errno));
        return -1;
    }
    if (is_old && recover_queue(fd, path, &options->output) != 0) {
        close(fd);
        return -1;
    }
    if (queue_init(&loop->queue, fd, size, loop->frame_limit) != 0) {
        process_log("cannot lay out a queue of %zu bytes in %s: %s", size, path ? path : "memory",
                    strerror(errno));
        close(fd);
        return -1;
    }
    return 0;
}

static int open_listeners(struct loop *loop)
{
    for (size_t i = 0; i < loop->options->listen_count; i++) {
        const struct tl_endpoint *endpoint = &loop->options->listen[i];
        char text[TL_ENDPOINT_PATH_SIZE + 16];
        const char *why;
        if (listener_open(endpoint, &loop->options->access, loop->listeners, &loop->listener_count, &why) !=
            0) {
            tl_endpoint_print(endpoint, text, sizeof(text));
            process_log("cannot listen on %s: %s", text, why);
            return -1;
        }
    }
    for (size_t i = 0; i < loop->listener_count; i++)
        process_log("listening on %s", loop->listeners[i].name);
    return 0;
}

static int open_output(struct loop *loop)
{
    char path[PATH_MAX];

    output_init(&loop->output, &loop->options->output, loop->queue.head);
    if (output_open(&loop->output, 0, path) != 0) {
        process_log("cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    process_log("writing %s%s", path, loop->output.is_special ? "" : ".part");
    return 0;
}

/* True if the stop makes no progress: the queue is full and the disk too. What is in the queue is kept for
 * the next start. */
static bool is_stuck(struct loop *loop)
{
    uint64_t bytes = loop->queue.out + loop->queue.head->written_bytes;
    uint64_t now = now_ms();

    if (bytes != loop->moved_bytes || !loop->moved_ms) {
        loop->moved_bytes = bytes;
        loop->moved_ms = now;
    }
    return now >= loop->drain_until && now - loop->moved_ms > STUCK_MS;
}

/* The end: everything received is given to the writer, and the writer is waited for. */
static int stop(struct loop *loop, const char *queue_path)
{
    bool is_written = writer_stop(&loop->writer);

    peers_log_books(&loop->peers, atomic_load(&loop->writer.troubles));
    if (is_written) {
        if (queue_path)
            unlink(queue_path);
        return 0;
    }
    if (queue_path)
        process_log(
            "not everything could be written: the rest stays in the queue %s, and the next start writes it",
            queue_path);
    else
        process_log(
            "not everything could be written, and the rest is lost: nobody reads the output any more");
    return 1;
}

static int run(struct loop *loop, const char *queue_path)
{
    if (writer_start(&loop->writer, &loop->queue, &loop->output, &loop->options->writer, loop->event_fd) !=
        0) {
        process_log("cannot start the writer: %s", strerror(errno));
        return 1;
    }
    set_accepting(loop, true);
    while (!loop->drain_until || loop->peers.count) {
        turn(loop);
        if (loop->drain_until && is_stuck(loop))
            break;
    }
    return stop(loop, queue_path);
}

int capture_run(const struct capture_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    char path[PATH_MAX];
    const char *queue_path = queue_path_of(options->queue_path, options->output.pattern, path);
    int status = 1;

    if (!loop)
        return 1;
    loop->options = options;
    loop->frame_limit = options->frame_limit ? options->frame_limit : TL_FRAME_LIMIT_DEFAULT;
    if (open_events(loop) != 0) {
        process_log("cannot set up the event loop: %s", strerror(errno));
    } else if (open_queue(loop, queue_path) == 0) {
        peers_init(&loop->peers, &loop->queue);
        if (open_output(loop) == 0 && open_listeners(loop) == 0)
            status = run(loop, queue_path);
        for (size_t i = 0; i < loop->listener_count; i++)
            listener_close(&loop->listeners[i]);
        peers_done(&loop->peers);
        queue_done(&loop->queue);
    }
    free(loop);
    return status;
}
