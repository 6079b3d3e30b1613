/* One connection to a collector. Invariant: a lane counts as confirmed only behind the FINISH that answers
 * the STOP which followed all its frames; a connection that ends earlier takes nothing with it. */
#include "send/link.h"

#include "process/log.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WRITE_MAX ((size_t)1 << 20) /* at once; then the other links have their turn, */
#define READS_MAX 16                /* also if a collector says more than it need */

void link_init(struct link *link, struct destination *to, const struct lane *lane)
{
    *link = (struct link){.to = to, .lane = lane, .fd = -1, .delay_ms = LINK_RETRY_MIN};
}

void link_begin_batch(struct link *link)
{
    link->is_closing = false;
    if (link->state == LINK_SETTLED) {
        link->state = LINK_DOWN;
        link->due_ms = 0;
    }
}

bool link_is_settled(const struct link *link)
{
    return link->state == LINK_SETTLED || link->state == LINK_GIVEN_UP ||
           (link->state == LINK_DOWN && !link->lane->frames);
}

static void close_connection(struct link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
    link->sent = link->out_size = link->out_done = 0;
}

void link_give_up(struct link *link)
{
    close_connection(link);
    if (link->state != LINK_SETTLED)
        link->state = LINK_GIVEN_UP;
}

/* Failure ------------------------------------------------------------------------------------------------ */

static void say_broken(const struct link *link, const char *why, uint64_t frames)
{
    struct destination *to = link->to;

    if (to->before_log)
        to->before_log();
    if (link->state == LINK_GIVEN_UP && !to->is_given_up)
        process_log("%s: %s", to->name, why);
    else if (link->state == LINK_DOWN && !to->is_away)
        process_log(frames ? "%s: %s; what it did not confirm is sent again"
                           : "%s: %s; trying again until it works",
                    to->name, why);
    to->is_away = true;
    to->is_given_up = to->is_given_up || link->state == LINK_GIVEN_UP;
}

/* The connection has come to its end, or could not be had. */
static void fail(struct link *link, uint64_t now_ms, const char *why)
{
    struct destination *to = link->to;
    uint64_t frames = lane_frames_within(link->lane, link->sent);
    bool is_silent = link->state == LINK_STOPPING && link->out_done == link->out_size;

    if (link->state == LINK_SENDING || link->state == LINK_STOPPING)
        to->breaks++;
    if (is_silent && to->confirmed == 0 && ++link->silent >= LINK_SILENT_MAX)
        why = "it ends every connection without FINISH, and so never says what it has received (see "
              "--unidirectional)";
    close_connection(link);
    link->state = to->once || link->silent >= LINK_SILENT_MAX ? LINK_GIVEN_UP : LINK_DOWN;
    if (link->state == LINK_DOWN)
        to->repeated += frames;
    say_broken(link, why, frames);
    link->due_ms = now_ms + link->delay_ms;
    link->delay_ms = link->delay_ms * 2 < LINK_RETRY_MAX ? link->delay_ms * 2 : LINK_RETRY_MAX;
}

static void fail_by_errno(struct link *link, uint64_t now_ms, const char *what)
{
    int error = errno;
    char why[256];

    snprintf(why, sizeof(why), "%s: %s", what,
             error == EAGAIN ? "too many connections wait there to be accepted" : strerror(error));
    fail(link, now_ms, error == EPIPE || error == ECONNRESET ? "it closed the connection" : why);
}

/* Connecting --------------------------------------------------------------------------------------------- */

/* A control frame is to go out. */
static void put_control(struct link *link, const struct tl_control *control)
{
    link->out_done = 0;
    if (tl_control_encode(control, link->out, sizeof(link->out), &link->out_size) != TL_OK)
        link->out_size = 0; /* cannot happen: they are ours */
}

static void begin_sending(struct link *link)
{
    link->state = LINK_SENDING;
    link->to->sessions++;
    if (link->to->is_away && link->to->before_log)
        link->to->before_log();
    if (link->to->is_away)
        process_log("%s: connected", link->to->name);
    link->to->is_away = false;
}

/* It is connected. */
static void greet(struct link *link, uint64_t now_ms)
{
    struct tl_control first;

    if (link->to->endpoint.kind == TL_ENDPOINT_TCP)
        setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* STOP shall not wait */
    tl_frame_decoder_init(&link->decoder, 0);
    tl_sender_end_init(&link->end, !link->to->unidirectional, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE),
                       &first);
    put_control(link, &first);
    link->due_ms = now_ms + link->to->timeout_ms;
    link->state = LINK_GREETING;
    if (link->to->unidirectional)
        begin_sending(link);
}

/* TL_OK: connected. TL_MORE: link_fd will say when to go on. */
static enum tl_status begin_to_connect(struct link *link, uint64_t now_ms)
{
    struct destination *to = link->to;

    if (to->endpoint.kind == TL_ENDPOINT_TCP) {
        enum tl_status status = look_up_addresses(&to->look_up, &to->endpoint, now_ms, &link->addresses);
        if (status != TL_OK)
            return status;
        link->connected_by_ms = now_ms + to->timeout_ms; /* whatever time the name took */
    }
    return tl_connect_begin(&to->endpoint, &link->addresses, &link->fd);
}

static void take_connect(struct link *link, uint64_t now_ms, enum tl_status status)
{
    switch (status) {
    case TL_OK: greet(link, now_ms); break;
    case TL_MORE:
        link->state = LINK_CONNECTING;
        link->due_ms = link->fd < 0 ? link->connected_by_ms
                                    : tl_connect_due(&link->addresses, now_ms, link->connected_by_ms);
        break;
    case TL_TIME_UP: fail(link, now_ms, "cannot connect: it does not answer"); break;
    case TL_BAD_TEXT: fail(link, now_ms, "no such host or port"); break;
    case TL_NO_MEMORY: fail(link, now_ms, "cannot connect: out of memory"); break;
    default: fail_by_errno(link, now_ms, "cannot connect"); break;
    }
}

static void open_link(struct link *link, uint64_t now_ms)
{
    link->connected_by_ms = now_ms + link->to->timeout_ms;
    take_connect(link, now_ms, begin_to_connect(link, now_ms));
}

static void go_on_connecting(struct link *link, uint64_t now_ms)
{
    bool is_late = now_ms >= link->due_ms;
    enum tl_status status;

    if (link->fd >= 0) {
        size_t tried = link->addresses.tried;
        status = tl_connect_next(&link->addresses, is_late, &link->fd);
        if (status != TL_MORE || link->addresses.tried != tried)
            take_connect(link, now_ms, status);
        return;
    }
    status = begin_to_connect(link, now_ms);
    if (status == TL_MORE && link->fd < 0 && is_late)
        fail(link, now_ms, "its name is looked up, and nobody answers");
    else
        take_connect(link, now_ms, status);
}

/* Sending ------------------------------------------------------------------------------------------------ */

static void settle(struct link *link)
{
    struct destination *to = link->to;

    *(to->unidirectional ? &to->unasked : &to->confirmed) += link->lane->frames;
    link->silent = 0;
    link->delay_ms = LINK_RETRY_MIN;
    close_connection(link);
    link->state = LINK_SETTLED;
}

/* Writes from `bytes`. True if all of it went; false if the rest must wait, or after a failure. */
static bool write_some(struct link *link, uint64_t now_ms, const uint8_t *bytes, size_t size, size_t *done)
{
    while (*done < size) {
        ssize_t written = send(link->fd, bytes + *done, size - *done, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno != EAGAIN)
            fail_by_errno(link, now_ms, "sending failed");
        if (written < 0)
            return false;
        *done += (size_t)written;
        link->due_ms = now_ms + link->to->timeout_ms;
    }
    return true;
}

/* The frames, and STOP behind the last one. */
static void send_frames(struct link *link, uint64_t now_ms)
{
    struct tl_control stop;
    size_t rest = link->lane->used - link->sent;
    size_t upto = link->sent + (rest < WRITE_MAX ? rest : WRITE_MAX);

    if (rest && link->due_ms == UINT64_MAX)
        link->due_ms = now_ms + link->to->timeout_ms;
    if (!write_some(link, now_ms, link->lane->bytes, upto, &link->sent) || link->sent < link->lane->used)
        return;
    if (!link->is_closing) {
        link->due_ms = UINT64_MAX; /* nothing is asked of the collector */
        return;
    }
    tl_sender_end_stop(&link->end, &stop);
    put_control(link, &stop);
    link->state = LINK_STOPPING;
    link->due_ms = now_ms + link->to->timeout_ms;
}

static void write_out(struct link *link, uint64_t now_ms)
{
    if (!write_some(link, now_ms, link->out, link->out_size, &link->out_done))
        return;
    if (link->state == LINK_SENDING)
        send_frames(link, now_ms);
    if (link->state == LINK_STOPPING &&
        write_some(link, now_ms, link->out, link->out_size, &link->out_done) && link->to->unidirectional)
        settle(link);
}

/* Answers ------------------------------------------------------------------------------------------------ */

static const char foreign[] = "it does not speak Frame Streams";

/* A control frame of the collector. NULL, or what is wrong with it. */
static const char *take_control(struct link *link, struct tl_bytes payload)
{
    struct tl_control control, reply;

    if (tl_control_decode(payload, &control, NULL) != TL_OK)
        return foreign;
    enum tl_status status = tl_sender_end_control(&link->end, &control, &reply);
    if (status != TL_OK)
        return status == TL_BAD_CONTENT_TYPE ? "it does not take dnstap"
                                             : "it sent a control frame out of turn";
    if (reply.type) {
        put_control(link, &reply);
        begin_sending(link);
    } else if (link->end.state == TL_SENDER_DONE) {
        settle(link);
    }
    return NULL;
}

/* Takes what was received. NULL, or what is wrong with it. */
static const char *take(struct link *link, struct tl_bytes in)
{
    enum tl_status status = TL_OK;
    const char *fault = NULL;
    struct tl_frame frame;

    /* Behind FINISH the connection is closed. */
    while (!fault && link->fd >= 0 && (status = tl_frame_skim(&link->decoder, &in, &frame)) == TL_OK)
        fault = frame.kind == TL_FRAME_CONTROL ? take_control(link, frame.payload) : foreign;
    if (fault || link->fd < 0)
        return fault;
    /* No control frame begins with a length. */
    return status != TL_MORE || link->decoder.skip ? foreign : NULL;
}

/* Reads what has come; also while sending, to learn early that the collector is gone. */
static void read_in(struct link *link, uint64_t now_ms)
{
    uint8_t buffer[TL_CONTROL_FRAME_MAX];

    for (unsigned turn = 0; turn < READS_MAX && link->fd >= 0; turn++) {
        ssize_t size = recv(link->fd, buffer, sizeof(buffer), 0);
        const char *fault = NULL;
        if (size > 0)
            fault = take(link, tl_bytes(buffer, (size_t)size));
        else if (size == 0)
            fault = "it closed the connection";
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            fail_by_errno(link, now_ms, "receiving failed");
        if (fault)
            fail(link, now_ms, fault);
    }
}

static const char *what_is_late(const struct link *link)
{
    return link->state == LINK_SENDING ? "it takes no more" : "it does not answer";
}

static bool is_connected(const struct link *link)
{
    return link->fd >= 0 && link->state != LINK_CONNECTING;
}

void link_step(struct link *link, uint64_t now_ms)
{
    if (link->state == LINK_DOWN && link->lane->frames && now_ms >= link->due_ms)
        open_link(link, now_ms);
    else if (link->state == LINK_CONNECTING)
        go_on_connecting(link, now_ms);
    if (!is_connected(link))
        return;
    write_out(link, now_ms);
    if (link->fd >= 0)
        read_in(link, now_ms);
    if (link->fd >= 0 && link->out_done < link->out_size)
        write_out(link, now_ms); /* what was read has an answer */
    if (link->fd >= 0 && now_ms >= link->due_ms)
        fail(link, now_ms, what_is_late(link));
}

int link_fd(const struct link *link)
{
    return link->state == LINK_CONNECTING && link->fd < 0 ? look_up_fd(&link->to->look_up) : link->fd;
}

short link_events(const struct link *link)
{
    bool writes = link->out_done < link->out_size ||
                  (link->state == LINK_SENDING && (link->sent < link->lane->used || link->is_closing));

    if (link->state == LINK_CONNECTING)
        return link->fd < 0 ? POLLIN : POLLOUT;
    return link->fd < 0 ? 0 : (short)(POLLIN | (writes ? POLLOUT : 0));
}
