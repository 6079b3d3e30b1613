/* `fstrm_replay`, by the incumbent's name: files to a receiver, over one connection, as fast as that takes
 * them. Invariant: the exit status is 0 only if every frame of every file was sent and the receiver has
 * answered STOP with FINISH. */
#include "cli/commands.h"

#include "cli/fstrm_file.h"
#include "cli/fstrm_options.h"
#include "cli/fstrm_peer.h"
#include "process/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP, TYPE, UNIX, TCP, PORT, FILES, OPTIONS };

/* How far it has come. */
struct replay {
    const char *path;
    struct fstrm_file file;
    struct fstrm_peer peer;
    struct tl_bytes content_type;
    bool is_taken; /* the stream is of that content type: its frames are sent */
    bool is_inside;
    bool is_faulty; /* something was not sent, and was said */
};

static void say_fault(struct replay *replay, const char *text)
{
    process_log("%s: %s (frame at byte %" PRIu64 ")", replay->path, text, replay->file.at);
    replay->is_faulty = true;
}

/* The incumbent's words for the file. */
static void warn(struct replay *replay, const char *trouble)
{
    fprintf(stderr, "Warning: %s %s, skipping\n", trouble, replay->path);
    replay->is_faulty = true;
}

static void take_control(struct replay *replay, struct tl_bytes payload)
{
    struct tl_control control;
    enum tl_status status = tl_control_decode(payload, &control, NULL);

    if (status != TL_OK) {
        say_fault(replay, tl_status_text(status));
        return;
    }
    if (control.type == TL_CONTROL_STOP)
        replay->is_inside = false;
    if (control.type != TL_CONTROL_START)
        return;
    replay->is_inside = true;
    replay->is_taken =
        !control.content_type_count || tl_bytes_equal(control.content_types[0], replay->content_type);
    if (!replay->is_taken)
        warn(replay, "content type mismatch for");
}

/* What lies ready in a file need not go out at once; what comes through a pipe must not wait for more. */
static const char *send_frame(struct replay *replay, struct tl_bytes payload)
{
    const char *fault = fstrm_peer_put(&replay->peer, payload);

    if (fault || replay->file.from != replay->file.to)
        return fault;
    return fstrm_peer_flush(&replay->peer);
}

/* False if there is no use in going on with this file; `*ret_fault` if not with any. */
static bool take_frame(struct replay *replay, const struct tl_frame *frame, const char **ret_fault)
{
    if (frame->kind == TL_FRAME_CONTROL) {
        take_control(replay, frame->payload);
    } else if (!replay->is_inside) {
        say_fault(replay, "what follows belongs to no stream, and is not sent");
        return false;
    } else if (frame->kind == TL_FRAME_OVERSIZED) {
        say_fault(replay, "a frame of more than 256 MiB is not sent");
    } else if (replay->is_taken) {
        *ret_fault = send_frame(replay, frame->payload);
    }
    return !*ret_fault;
}

static void tell_end(struct replay *replay, enum tl_status status)
{
    if (status == TL_END && !replay->is_inside)
        return;
    if (status == TL_END)
        say_fault(replay, "ends without STOP");
    else if (status == TL_TRUNCATED)
        say_fault(replay, "ends inside a frame, which is not sent");
    else
        say_fault(replay, status == TL_SYSTEM ? strerror(errno) : tl_status_text(status));
    fprintf(stderr, "Error: unable to read STOP frame from %s.\n", replay->path);
}

/* NULL, or why the connection is of no more use. */
static const char *send_opened(struct replay *replay)
{
    const char *fault = NULL;
    struct tl_frame frame;
    enum tl_status status = fstrm_file_next(&replay->file, &frame);

    if (status != TL_OK || frame.kind != TL_FRAME_CONTROL) {
        warn(replay, "failed to read control frame from");
        return NULL;
    }
    replay->is_inside = false;
    while (status == TL_OK && take_frame(replay, &frame, &fault))
        status = fstrm_file_next(&replay->file, &frame);
    if (status != TL_OK)
        tell_end(replay, status);
    return fault;
}

static const char *send_file(struct replay *replay, const char *path)
{
    const char *fault = NULL;

    replay->path = path;
    if (fstrm_file_open(&replay->file, path, FSTRM_FILE_FRAME_MAX) != 0) {
        process_log("%s: %s", path, strerror(errno));
        warn(replay, "failed to read control frame from");
    } else {
        fault = send_opened(replay);
    }
    fstrm_file_close(&replay->file);
    return fault;
}

static int run(struct replay *replay, const struct tl_endpoint *endpoint, const char *const *paths,
               size_t count)
{
    const char *fault = fstrm_peer_open(&replay->peer, endpoint, replay->content_type);

    if (fault) {
        process_log("%s", fault);
        fputs("Error: fstrm_writer_open() failed.\n", stderr);
        return CLI_TROUBLE;
    }
    for (size_t i = 0; i < count && !fault; i++)
        fault = send_file(replay, paths[i]);
    if (!fault)
        fault = fstrm_peer_finish(&replay->peer);
    if (fault)
        process_log("%s; of the %" PRIu64 " frames sent nobody knows how many were received", fault,
                    replay->peer.frames);
    return fault || replay->is_faulty ? CLI_TROUBLE : CLI_OK;
}

static const char *find_endpoint(const struct fstrm_option *options, struct tl_endpoint *ret_endpoint)
{
    if (options[TCP].last && !options[PORT].last)
        return "--tcp requires --port";
    if (options[UNIX].last && options[PORT].last)
        fputs("Warning: Ignoring --port with --unix.\n", stderr);
    return fstrm_endpoint(options[UNIX].last, options[TCP].last, options[PORT].last, ret_endpoint);
}

static int replay_files(const struct fstrm_option *options, const char *program)
{
    struct replay replay = {.content_type = tl_bytes_of_text(options[TYPE].last)};
    struct tl_endpoint endpoint;
    const char *fault = find_endpoint(options, &endpoint);

    if (fault) {
        fprintf(stderr, "%s: Usage error: %s\n", program, fault);
        fstrm_options_usage(options, OPTIONS, program);
        return CLI_TROUBLE;
    }
    int status = run(&replay, &endpoint, options[FILES].all, options[FILES].value_count);
    fstrm_peer_close(&replay.peer);
    return status;
}

int cli_fstrm_replay(int argc, char **argv)
{
    const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
    struct fstrm_option options[OPTIONS] = {
        [HELP] = {'h', "help", NULL, "display this help text and exit"},
        [TYPE] = {'t', "type", "STRING", "Frame Streams content type", .is_needed = true},
        [UNIX] = {'u', "unix", "FILENAME", "Unix socket path to write to", .is_one_of = true},
        [TCP] = {'a', "tcp", "ADDRESS", "TCP socket address to write to", .is_one_of = true},
        [PORT] = {'p', "port", "PORT", "TCP socket port to write to"},
        [FILES] = {'r', "read-file", "FILE", "Files to read Frame Streams data from", .is_needed = true,
                   .all = paths},
    };
    const char *program = fstrm_program(argv[0]);
    int status = CLI_TROUBLE;

    process_log_init("fstrm_replay");
    signal(SIGPIPE, SIG_IGN);
    enum fstrm_parsed parsed =
        paths ? fstrm_options_parse(options, OPTIONS, FSTRM_VERSION, argc, argv) : FSTRM_WRONG;
    if (parsed == FSTRM_SHOWN)
        status = CLI_OK;
    else if (parsed == FSTRM_PARSED)
        status = replay_files(options, program);
    free(paths);
    return status;
}
