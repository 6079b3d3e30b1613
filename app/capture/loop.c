/* The loop. Invariant: whatever one peer does costs at most one receive of a bounded size before the next
 * peer has its turn; the loop waits for nothing but events; and before it waits, the writer knows of all
 * pieces. */
#include "capture/loop.h"

#include "process/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX   64
#define TICK_MS      250
#define HANDSHAKE_MS 10000 /* for READY and START to come */
#define ACCEPTS_MAX  64    /* in one round */
#define CROWDED_MS   10    /* between receives while the writer is far behind */
#define SPARE_FDS    24    /* kept for the output and the packing: next files, their folders, the time zone */

enum event_kind { EVENT_CONTROL, EVENT_SIGNAL, EVENT_WRITER, EVENT_TICK, EVENT_LISTENER, EVENT_PEER };

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
    loop->paused_since = process_clock_ms();
    loop->peers.pauses++;
    process_log_limited(&loop->pause_limit, "the write queue is full: receiving waits for the output");
}

void loop_settle(struct loop *loop, struct connection *connection, enum connection_step step, const char *why)
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

static void receive(struct loop *loop, struct connection *connection, uint64_t now)
{
    const char *why = NULL;
    enum connection_step step = connection_receive(connection, &loop->queue, now, &why);

    loop_expect_acks(loop, connection);
    loop_settle(loop, connection, step, why);
}

/* Answers those whose frames have all been written since. */
static void finish_stopped(struct loop *loop)
{
    uint64_t written = atomic_load(&loop->queue.head->written_bytes);
    bool is_awaited = false;

    for (uint32_t i = 0; i < loop->peers.highest && loop->has_stopped_peers; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (!connection || !loop_has_stopped(connection))
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

/* Walks on over what those have who were starved inside a walk. */
static void walk_starved(struct loop *loop)
{
    for (uint32_t i = 0; i < loop->peers.highest && !loop->paused_since; i++) {
        struct connection *connection = loop->peers.connections[i];
        const char *why = NULL;
        if (!connection || loop_has_stopped(connection) ||
            connection->decoder.offset == connection->chain.received)
            continue;
        loop_settle(loop, connection, connection_walk(connection, &loop->queue, &why), why);
    }
}

/* Receiving goes on as soon as a quarter of the queue is free. If all is written and there is still no room
 * for one receive, then the blocks are held by frames that are not complete; the largest is given up. */
static void resume_receiving(struct loop *loop)
{
    struct queue *queue = &loop->queue;
    bool is_written = atomic_load(&queue->head->written_pieces) == atomic_load(&queue->head->pushed);

    if (!loop->paused_since)
        return;
    queue_reclaim(queue); /* after the look at what is written: what that saw is free now */
    if (!is_written && (queue->free_count < queue->head->block_count / 4 || !queue_has_room(queue)))
        return;
    loop->resumed_ms = process_clock_ms();
    loop->peers.paused_ms += loop->resumed_ms - loop->paused_since;
    loop->paused_since = 0;
    walk_starved(loop);
    if (is_written && queue->out == atomic_load(&queue->head->written_bytes)) {
        while (queue->free_count < QUEUE_READ_BLOCKS && peers_evict(&loop->peers))
            ;
    }
}

/* Accepting --------------------------------------------------------------------------------------------- */

void loop_set_accepting(struct loop *loop, bool accepts)
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

static enum loop_accept no_room(struct loop *loop, const struct listener *listener, const char *why)
{
    process_log_limited(&loop->accept_limit,
                        "cannot take another connection on %s: %s; %u are served on, new ones wait",
                        listener->name, why, loop->peers.count);
    return LOOP_NO_ROOM;
}

enum loop_accept loop_accept(struct loop *loop, struct listener *listener)
{
    int on = 1;

    if (loop->peers.count >= loop->peers_max)
        return no_room(loop, listener,
                       loop->peers_max == QUEUE_PEERS || loop->peers_max == loop->options->connections_max
                           ? "there are as many as there may be"
                           : "the limit of open files allows no more");
    if (loop->queue.peers_used == QUEUE_PEERS)
        return no_room(loop, listener, "the ends of too many others are not written yet");
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED)
            return LOOP_ACCEPTED;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return no_room(loop, listener, strerror(errno));
        return LOOP_NOBODY;
    }
    if (!listener->is_unix) {
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* somebody may wait for an ACK */
    }
    struct connection *connection =
        peers_add(&loop->peers, fd, listener->is_unix, listener->name, loop->frame_limit, process_clock_ms());
    if (connection &&
        watch(loop->all_fd, fd, EVENT_PEER, (uint32_t)(connection->peer - loop->queue.peers)) != 0)
        peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED, "could not be watched");
    return LOOP_ACCEPTED;
}

static void accept_some(struct loop *loop, struct listener *listener)
{
    enum loop_accept last = LOOP_ACCEPTED;

    for (int i = 0; i < ACCEPTS_MAX && last == LOOP_ACCEPTED; i++)
        last = loop_accept(loop, listener);
    if (last == LOOP_NO_ROOM)
        loop_set_accepting(loop, false); /* until the next tick, so that the loop does not spin */
}

/* Events ------------------------------------------------------------------------------------------------ */

void loop_log_books(struct loop *loop)
{
    if (loop->paused_since) { /* what has passed of this pause belongs to it */
        uint64_t now = process_clock_ms();
        loop->peers.paused_ms += now - loop->paused_since;
        loop->paused_since = now;
    }
    peers_log_books(&loop->peers, atomic_load(&loop->writer.troubles));
}

static void take_hup(struct loop *loop)
{
    if (loop->output_options.voice == VOICE_FSTRM)
        voice_flushing(); /* nothing is ever held back */
    else
        writer_rotate(&loop->writer);
}

static void take_usr1(struct loop *loop)
{
    if (loop->output_options.voice == VOICE_FSTRM) {
        voice_rotating(loop->output_options.pattern);
        writer_rotate(&loop->writer);
    } else {
        loop_log_books(loop);
    }
}

static void take_signals(struct loop *loop)
{
    struct signalfd_siginfo info;

    while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGTERM:
        case SIGINT: loop_begin_drain(loop); break;
        case SIGHUP: take_hup(loop); break;
        case SIGUSR1: take_usr1(loop); break;
        default: break;
        }
    }
}

/* Those who connected and do not begin. The time in which nothing was received is not theirs. */
static void close_silent(struct loop *loop, uint64_t now)
{
    if (loop->paused_since)
        return;
    for (uint32_t i = 0; i < loop->peers.highest; i++) {
        struct connection *connection = loop->peers.connections[i];
        if (!connection || connection->peer->has_started || loop_has_stopped(connection))
            continue;
        uint64_t since = connection->opened_ms > loop->resumed_ms ? connection->opened_ms : loop->resumed_ms;
        if (now > since + HANDSHAKE_MS)
            peers_remove(&loop->peers, connection, BOOKS_SKIPPED_REFUSED,
                         "was closed: no START for 10 seconds");
    }
}

static void tick(struct loop *loop, uint64_t now)
{
    uint64_t expirations;

    if (read(loop->tick_fd, &expirations, sizeof(expirations)) < 0)
        return;
    if (!loop->accepts && !loop->drain_until)
        loop_set_accepting(loop, true);
    if (!loop->is_finishing)
        close_silent(loop, now);
    loop_count(loop);
}

static void take_control_event(struct loop *loop, enum event_kind kind, uint64_t now)
{
    uint64_t count;

    if (kind == EVENT_SIGNAL)
        take_signals(loop);
    else if (kind == EVENT_TICK)
        tick(loop, now);
    else if (kind == EVENT_WRITER && read(loop->event_fd, &count, sizeof(count)) < 0)
        return; /* somebody read it before: fine, being woken is all it is for */
}

static void take_event(struct loop *loop, const struct epoll_event *event, uint64_t now)
{
    enum event_kind kind = (enum event_kind)(event->data.u64 >> 32);
    uint32_t index = (uint32_t)event->data.u64;

    if (kind == EVENT_LISTENER) {
        if (loop->accepts && loop->listeners[index].fd >= 0)
            accept_some(loop, &loop->listeners[index]);
    } else if (kind == EVENT_PEER) {
        struct connection *connection = loop->peers.connections[index];
        if (connection && !loop_has_stopped(connection) && !loop->paused_since && !loop->drain_until)
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

static void tell_writer(struct loop *loop)
{
    uint64_t pushed = atomic_load_explicit(&loop->queue.head->pushed, memory_order_relaxed);

    if (pushed == loop->told_pieces)
        return;
    loop->told_pieces = pushed;
    writer_wake(&loop->writer, loop->queue.out);
}

/* While the queue is crowded, receives are rarer and so longer: else senders of single frames would use up
 * all pieces long before the blocks are full. */
static int wait_for_events(struct loop *loop, struct epoll_event *events)
{
    int ready = 0;

    if (loop->paused_since || loop->is_finishing)
        return epoll_wait(loop->control_fd, events, EVENTS_MAX, loop->ack_wait);
    if (loop->drain_until)
        return epoll_wait(loop->all_fd, events, EVENTS_MAX, 1);
    if (queue_is_crowded(&loop->queue))
        ready = epoll_wait(loop->control_fd, events, EVENTS_MAX, CROWDED_MS);
    return ready ? ready : epoll_wait(loop->all_fd, events, EVENTS_MAX, loop->ack_wait);
}

void loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    int ready = wait_for_events(loop, events);
    uint64_t now = process_clock_ms();

    for (int i = 0; i < ready; i++)
        take_event(loop, &events[i], now);
    if (loop->drain_until && !loop->is_finishing)
        loop_drain(loop, now);
    if (loop->queue.free_count < loop->free_least)
        loop->free_least = loop->queue.free_count;
    queue_reclaim(&loop->queue);
    if (loop->paused_since) {
        /* Asked for before the last look, so that the writer's progress is either seen here or told. */
        atomic_store(&loop->writer.is_awaited, true);
        tell_writer(loop);
        resume_receiving(loop);
    }
    finish_stopped(loop);
    loop_acknowledge(loop, now);
    tell_writer(loop);
}

/* Setting up -------------------------------------------------------------------------------------------- */

static void raise_descriptor_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* Without descriptors to spare, a crowd of peers would take the one that the next output file needs, and then
 * nothing would be written, nor received once the queue is full, nor would anybody's leaving be noticed. */
static uint32_t most_peers(const struct loop *loop)
{
    struct rlimit files;
    int lowest = dup(loop->event_fd); /* the lowest free number: about so many are open */

    if (lowest < 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 1;
    close(lowest);
    rlim_t taken = (rlim_t)lowest + SPARE_FDS;
    if (files.rlim_cur <= taken)
        return 1;
    return files.rlim_cur - taken < QUEUE_PEERS ? (uint32_t)(files.rlim_cur - taken) : QUEUE_PEERS;
}

void loop_start(struct loop *loop)
{
    loop->peers_max = most_peers(loop);
    if (loop->options->connections_max && loop->options->connections_max < loop->peers_max)
        loop->peers_max = loop->options->connections_max;
    loop->free_least = loop->queue.free_count;
    loop_set_accepting(loop, true);
}

static int open_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error of write(2), like a full disk */
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int loop_open(struct loop *loop)
{
    struct itimerspec tick_time = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}};

    raise_descriptor_limit();
    loop->ack_wait = -1;
    loop->all_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->control_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->signal_fd = open_signals();
    loop->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->all_fd < 0 || loop->control_fd < 0 || loop->signal_fd < 0 || loop->event_fd < 0 ||
        loop->tick_fd < 0 || timerfd_settime(loop->tick_fd, 0, &tick_time, NULL) != 0)
        return -1;
    if (watch(loop->control_fd, loop->signal_fd, EVENT_SIGNAL, 0) != 0 ||
        watch(loop->control_fd, loop->event_fd, EVENT_WRITER, 0) != 0 ||
        watch(loop->control_fd, loop->tick_fd, EVENT_TICK, 0) != 0 ||
        watch(loop->all_fd, loop->control_fd, EVENT_CONTROL, 0) != 0)
        return -1;
    return 0;
}

void loop_close(struct loop *loop)
{
    const int fds[] = {loop->all_fd, loop->control_fd, loop->signal_fd, loop->event_fd, loop->tick_fd};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}
