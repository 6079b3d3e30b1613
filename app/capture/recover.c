/* Finishing what another run left behind. Everything that it had received goes, in one fixed order, through
 * recovery_emit(): first the pieces in their order, then what each connection had received and not pushed
 * yet, by arrival of the connections. A ledger knows the pieces by number, and behind them the connections,
 * as if each were one more. Invariant: the file's size says how much of that sequence is written, and the
 * ledger's last mark how much is entered, so being killed here and beginning again neither repeats nor loses
 * any of it. */
#include "capture/recover.h"

#include "capture/queue_owner.h"
#include "capture/recovery.h"

#include "process/log.h"

#include <tapline/frame.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int recovery_open_output(struct recovery *recovery)
{
    char path[PATH_MAX];

    if (recovery->output.fd >= 0)
        return 0;
    if (output_open(&recovery->output, recovery->written, path) == 0)
        return 0;
    process_log("cannot open %s: %s", path, output_trouble_text(errno));
    return -1;
}

int recovery_emit(struct recovery *recovery, struct tl_bytes bytes)
{
    uint64_t end = recovery->position + bytes.size;

    recovery->position = end;
    if (end <= recovery->written)
        return 0;
    size_t missing = (size_t)(end - recovery->written);
    missing = missing < bytes.size ? missing : bytes.size;
    if (recovery_open_output(recovery) != 0)
        return -1;
    const uint8_t *at = bytes.data + bytes.size - missing;
    while (missing) {
        struct iovec stretch = {(void *)(uintptr_t)at, missing};
        ssize_t size = output_write(&recovery->output, &stretch, 1);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            process_log("cannot write %s: %s", recovery->queue.head->files[recovery->queue.head->file].part,
                        strerror(errno));
            return -1;
        }
        at += size;
        missing -= (size_t)size;
        recovery->written += (uint64_t)size;
        recovery->bytes += (uint64_t)size;
    }
    return 0;
}

/* A receive that the kernel had finished and the loop had not looked at. One that found nothing says nothing,
 * and entering it behind the other would take back what that brought into the same block. */
static void fold_last(struct queue *queue)
{
    for (int i = 0; i < 2; i++) {
        const struct queue_receive *receive = &queue->head->receives[i];
        if (receive->sequence > queue->head->folded && receive->message.msg_len)
            queue_fold(queue, receive);
    }
}

bool recovery_has_ledger(const struct recovery *recovery)
{
    const struct output *output = &recovery->output;

    return output->ledger && (output->fd < 0 || output_is_segment(output));
}

int recovery_log_ledger_trouble(const struct recovery *recovery)
{
    process_log("cannot write the ledger of %s: %s",
                recovery->queue.head->files[recovery->queue.head->file].part, strerror(errno));
    return -1;
}

/* Enters the pieces that the ledger does not have yet. */
static int enter_pieces(struct recovery *recovery)
{
    struct hot_ledger *ledger = recovery->output.ledger;
    uint64_t pushed = recovery->queue.head->pushed;

    recovery->pieces = pushed;
    while (recovery_has_ledger(recovery) && ledger->noted < pushed) {
        uint64_t through = ledger->noted + LEDGER_PIECES_MAX;
        if (recovery_open_output(recovery) != 0)
            return -1;
        if (output_enter(&recovery->output, &recovery->queue, through < pushed ? through : pushed) != 0)
            return recovery_log_ledger_trouble(recovery);
    }
    return 0;
}

static struct tl_bytes piece_bytes(const struct queue *queue, const struct queue_piece *piece)
{
    if (piece->kind != QUEUE_DATA)
        return tl_bytes(NULL, 0);
    return tl_bytes(queue->data + (size_t)piece->block * QUEUE_BLOCK_SIZE + piece->from,
                    piece->to - piece->from);
}

static int emit_pieces(struct recovery *recovery)
{
    struct queue *queue = &recovery->queue;

    for (uint64_t at = queue->head->written_pieces; at < queue->head->pushed; at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        struct tl_bytes bytes = piece_bytes(queue, piece);
        if (piece->kind != QUEUE_DATA)
            continue;
        recovery->position = piece->out_end - bytes.size;
        if (recovery_emit(recovery, bytes) != 0)
            return -1;
    }
    return 0;
}

/* The first frame's border at or behind what is known to be written. */
static uint64_t border_behind(const struct queue *queue)
{
    const struct queue_head *head = queue->head;
    uint64_t at = head->written_pieces;
    bool is_known = at == 0 || queue_piece(queue, at - 1)->is_whole; /* where frames begin */
    struct tl_frame_decoder decoder;
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, (uint32_t)head->frame_limit);
    for (; at < head->pushed && !queue_is_at_border(queue); at++) {
        const struct queue_piece *piece = queue_piece(queue, at);
        if (piece->kind != QUEUE_DATA)
            continue;
        struct tl_bytes bytes = piece_bytes(queue, piece);
        while (is_known && tl_frame_skim(&decoder, &bytes, &frame) == TL_OK) {
            if (piece->out_end - bytes.size >= head->written_bytes)
                return piece->out_end - bytes.size;
        }
        if (piece->is_whole)
            return piece->out_end;
    }
    return head->written_bytes;
}

/* Of the frames that were pushed only those from `border` on will be in a file: the pieces say so from here
 * on. */
static void forget_frames(struct queue *queue, uint64_t border)
{
    struct tl_frame_decoder decoder;
    struct tl_frame frame;
    uint32_t frames = 0;

    tl_frame_decoder_init(&decoder, (uint32_t)queue->head->frame_limit);
    for (uint64_t at = queue->head->written_pieces; at < queue->head->pushed; at++) {
        struct queue_piece *piece = queue_piece(queue, at);
        struct tl_bytes bytes = piece_bytes(queue, piece);
        bool is_first = piece->out_end - bytes.size <= border;
        if (piece->kind != QUEUE_DATA)
            continue;
        if (is_first && piece->out_end > border)
            bytes = tl_bytes(bytes.data + bytes.size - (piece->out_end - border), piece->out_end - border);
        while (piece->out_end > border && tl_frame_skim(&decoder, &bytes, &frame) == TL_OK)
            frames++;
        if (piece->is_whole || piece->out_end <= border)
            piece->frames = frames;
        if (piece->is_whole && piece->out_end > border)
            return;
    }
}

/* The file that was open is not there any more, or is another one. What was written is lost with it, and the
 * next one must not begin inside a frame. */
static void leave_lost_file(struct recovery *recovery, const struct queue_file *file)
{
    uint64_t border = border_behind(&recovery->queue);

    if (recovery->queue.head->written_bytes > file->start_out)
        process_log("%s is not what the run before wrote, or is not there any more: what was in it is not "
                    "written again, nor are the %llu bytes before the next known beginning of a frame",
                    file->part, (unsigned long long)(border - recovery->written));
    recovery->written = border;
    forget_frames(&recovery->queue, border);
}

/* Everything ------------------------------------------------------------------------------------------- */

static int complete_file(struct recovery *recovery)
{
    const struct queue_head *head = recovery->queue.head;
    bool was_special = recovery->output.is_special;

    if (recovery->output.fd < 0)
        return 0;
    if (output_is_segment(&recovery->output) && !output_has_content(&recovery->output)) {
        output_discard(&recovery->output);
        return 0;
    }
    if (output_close(&recovery->output, recovery->written, recovery->pieces, true) != 0) {
        process_log("cannot complete %s: %s", head->files[head->file].part, strerror(errno));
        return -1;
    }
    if (!was_special)
        process_log("completed %s", output_name(&head->files[head->file]));
    return 0;
}

static void log_books(const struct recovery *recovery, const char *queue_path)
{
    char text[BOOKS_TEXT_SIZE];

    books_print(&recovery->total, text, sizeof(text));
    process_log("the run before (pid %llu) did not end by itself: %llu bytes were written from its queue %s",
                (unsigned long long)recovery->queue.head->pid, (unsigned long long)recovery->bytes,
                queue_path);
    process_log("its books: %s; unknown, at most %llu bytes in the sockets of the %llu connections that were "
                "open",
                text, (unsigned long long)recovery->hidden, (unsigned long long)recovery->connections);
}

/* False, and logged, if the file that was open lies in an archive that is not the one to be written now. One
 * that was moved is. */
static bool belongs(const struct queue_file *file, const struct output_options *options)
{
    if (!file->segment)
        return true;
    if (options->archive && !queue_owner_is_other(options->archive, file->path))
        return true;
    process_log(
        "what is in that queue belongs into the archive %s: start the capture of that one again, or use "
        "\"tapline pack\" on it",
        file->path);
    return false;
}

/* Brings everything into files. 0, or -1 with the reason logged. */
static int recover_all(struct recovery *recovery, const struct output_options *options)
{
    struct queue_head *head = recovery->queue.head;
    struct queue_file file = head->files[head->file];

    recovery->written = head->written_bytes;
    recovery->position = head->written_bytes;
    if (!belongs(&file, options))
        return -1;
    if (output_init(&recovery->output, options, head) != 0) {
        process_log("cannot recover: %s", strerror(errno));
        return -1;
    }
    enum output_resumed resumed = output_resume(&recovery->output, &recovery->queue, &recovery->written);
    if (resumed == OUTPUT_TROUBLE) {
        process_log("cannot go on with %s: %s", file.part, strerror(errno));
        return -1;
    }
    if (resumed == OUTPUT_NONE && (file.state == QUEUE_FILE_OPENING || file.state == QUEUE_FILE_OPEN))
        leave_lost_file(recovery, &file);
    fold_last(&recovery->queue);
    queue_complete_push(&recovery->queue);
    recovery->total = *queue_closed_books(&recovery->queue);
    if (enter_pieces(recovery) != 0 || emit_pieces(recovery) != 0 || recovery_emit_peers(recovery) != 0)
        return -1;
    return complete_file(recovery);
}

int recover_queue(int fd, const char *queue_path, const struct output_options *options)
{
    struct recovery recovery = {.output.fd = -1};

    if (queue_attach(&recovery.queue, fd) != 0) {
        process_log("%s: %s; to start without what it may hold, move it away", queue_path,
                    errno == EPROTO
                        ? "this queue was left by another version of tapline: start that one, and it "
                          "will complete its files"
                        : "this is not a sound queue of tapline");
        return -1;
    }
    int result = recover_all(&recovery, options);
    if (result == 0)
        log_books(&recovery, queue_path);
    else
        process_log("what the run before had received stays in its queue %s; mend that, and start again",
                    queue_path);
    output_done(&recovery.output);
    recovery.queue.fd = -1; /* the caller's */
    queue_done(&recovery.queue);
    return result;
}

/* Another user's file is not to be trusted, and may hold what nobody else has. */
static void log_foreign_queue(const char *path)
{
    struct stat about;

    if (lstat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid != geteuid())
        process_log(
            "cannot use %s as queue: it belongs to another user (uid %u); if that one captures to the "
            "same place, run this as that user, for the file may hold what was received; otherwise "
            "remove it, or choose another path with --queue",
            path, (unsigned)about.st_uid);
    else
        process_log(
            "cannot use %s as queue: it is no plain file; remove it, or choose another path with --queue",
            path);
}

/* Why queue_open_file() failed; the reason is in errno. */
static void log_queue_trouble(const char *path, uint64_t pid)
{
    if (errno == EWOULDBLOCK)
        process_log("another capture (pid %llu) writes there: it has the queue %s", (unsigned long long)pid,
                    path);
    else if (errno == EEXIST)
        process_log("cannot use %s as queue: there is something else in that file, and it is left as it is; "
                    "choose another path",
                    path);
    else if (errno == EPERM || errno == ELOOP)
        log_foreign_queue(path);
    else
        process_log("cannot open the queue %s: %s", path ? path : "in memory", strerror(errno));
}

int recover_open_queue(const char *path, const struct output_options *options)
{
    uint64_t pid = 0;
    bool is_old = false;
    int fd;

    if (queue_open_file(path, &fd, &is_old, &pid) != 0) {
        log_queue_trouble(path, pid);
        return -1;
    }
    if (!is_old || recover_queue(fd, path, options) == 0)
        return fd;
    close(fd);
    return -1;
}
