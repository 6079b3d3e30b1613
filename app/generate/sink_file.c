/* Messages into a file. Invariant: a file that exists is not touched. */
#include "generate/framed.h"
#include "generate/sink.h"
#include "process/log.h"

#include <tapline/dnstap.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sink_file {
    struct sink sink;
    struct framed framed;
    const char *path; /* borrowed */
};

static bool failed(const struct sink_file *file)
{
    process_log("%s: writing failed: %s", file->path, strerror(errno));
    return false;
}

static bool put(struct sink *sink, const struct traffic_message *message, uint64_t time_ms)
{
    struct sink_file *file = (struct sink_file *)sink;

    (void)time_ms;
    return framed_put(&file->framed, message->frame) == TL_OK || failed(file);
}

static bool flush(struct sink *sink)
{
    struct sink_file *file = (struct sink_file *)sink;

    return framed_flush(&file->framed) == TL_OK || failed(file);
}

static bool finish(struct sink *sink)
{
    struct sink_file *file = (struct sink_file *)sink;
    struct tl_control stop = tl_control(TL_CONTROL_STOP, tl_bytes(NULL, 0));

    if (framed_control(&file->framed, &stop) != TL_OK)
        return failed(file);
    process_log("%" PRIu64 " messages, %" PRIu64 " bytes of frames, written to %s", file->framed.frames,
                file->framed.bytes, file->path);
    return true;
}

static void release(struct sink *sink)
{
    struct sink_file *file = (struct sink_file *)sink;

    if (file->framed.fd > STDOUT_FILENO)
        close(file->framed.fd);
    framed_done(&file->framed);
    free(file);
}

/* A new file, or what is no regular file. -1 after a failure. */
static int open_path(const char *path)
{
    struct stat about;

    if (strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 && errno == EEXIST && stat(path, &about) == 0 && S_ISREG(about.st_mode)) {
        process_log("%s exists already: remove it, or choose another name", path);
        return -1;
    }
    if (fd < 0 && errno == EEXIST)
        fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        process_log("cannot open %s: %s", path, strerror(errno));
    return fd;
}

struct sink *sink_open_file(const char *path)
{
    struct tl_control start = tl_control(TL_CONTROL_START, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
    int fd = open_path(path);

    if (fd < 0)
        return NULL;
    struct sink_file *file = calloc(1, sizeof(*file));
    if (!file || !framed_init(&file->framed, fd)) {
        process_log("out of memory");
        free(file);
        return NULL;
    }
    file->sink = (struct sink){put, flush, finish, release};
    file->path = strcmp(path, "-") == 0 ? "standard output" : path;
    if (framed_control(&file->framed, &start) == TL_OK)
        return &file->sink;
    failed(file);
    release(&file->sink);
    return NULL;
}
