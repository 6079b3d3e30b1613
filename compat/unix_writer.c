/* Writers on unix sockets. Invariant: a path that does not fit into the address is refused, not cut. */
#include "socket.h"
#include "text.h"

#include <sys/un.h>

struct fstrm_unix_writer_options {
    char *path;
    unsigned answer_ms;
};

struct fstrm_unix_writer_options *fstrm_unix_writer_options_init(void)
{
    struct fstrm_unix_writer_options *options = calloc(1, sizeof(*options));

    if (options)
        options->answer_ms = SOCKET_ANSWER_DEFAULT;
    return options;
}

void fstrm_unix_writer_options_destroy(struct fstrm_unix_writer_options **options)
{
    if (!*options)
        return;
    free((*options)->path);
    free(*options);
    *options = NULL;
}

void fstrm_unix_writer_options_set_socket_path(struct fstrm_unix_writer_options *options, const char *path)
{
    text_set(&options->path, path);
}

void fstrm_unix_writer_options_set_read_timeout(struct fstrm_unix_writer_options *options,
                                                unsigned milliseconds)
{
    options->answer_ms = milliseconds;
}

struct fstrm_writer *fstrm_unix_writer_init(const struct fstrm_unix_writer_options *options,
                                            const struct fstrm_writer_options *writer_options)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!options->path || strlen(options->path) >= sizeof(address.sun_path))
        return NULL;
    memcpy(address.sun_path, options->path, strlen(options->path));
    return socket_writer((const struct sockaddr *)&address, sizeof(address), options->answer_ms,
                         writer_options);
}
