/* Writers on TCP. Invariant: a host is an address and a port a number; nothing is looked up. */
#include "socket.h"
#include "text.h"

#include <arpa/inet.h>
#include <netinet/in.h>

struct fstrm_tcp_writer_options {
    char *address;
    char *port;
    unsigned answer_ms;
};

struct fstrm_tcp_writer_options *fstrm_tcp_writer_options_init(void)
{
    struct fstrm_tcp_writer_options *options = calloc(1, sizeof(*options));

    if (options)
        options->answer_ms = SOCKET_ANSWER_DEFAULT;
    return options;
}

void fstrm_tcp_writer_options_destroy(struct fstrm_tcp_writer_options **options)
{
    if (!*options)
        return;
    free((*options)->address);
    free((*options)->port);
    free(*options);
    *options = NULL;
}

void fstrm_tcp_writer_options_set_socket_address(struct fstrm_tcp_writer_options *options,
                                                 const char *address)
{
    text_set(&options->address, address);
}

void fstrm_tcp_writer_options_set_socket_port(struct fstrm_tcp_writer_options *options, const char *port)
{
    text_set(&options->port, port);
}

void fstrm_tcp_writer_options_set_read_timeout(struct fstrm_tcp_writer_options *options,
                                               unsigned milliseconds)
{
    options->answer_ms = milliseconds;
}

/* In any base that strtoul(3) takes. */
static bool parse_port(const char *text, in_port_t *ret_port)
{
    char *end;
    unsigned long port = strtoul(text, &end, 0);

    if (*end || port > UINT16_MAX)
        return false;
    *ret_port = htons((uint16_t)port);
    return true;
}

struct fstrm_writer *fstrm_tcp_writer_init(const struct fstrm_tcp_writer_options *options,
                                           const struct fstrm_writer_options *writer_options)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    in_port_t port;

    if (!options->address || !options->port || !parse_port(options->port, &port))
        return NULL;
    four.sin_port = six.sin6_port = port;
    if (inet_pton(AF_INET, options->address, &four.sin_addr) == 1)
        return socket_writer((const struct sockaddr *)&four, sizeof(four), options->answer_ms,
                             writer_options);
    if (inet_pton(AF_INET6, options->address, &six.sin6_addr) == 1)
        return socket_writer((const struct sockaddr *)&six, sizeof(six), options->answer_ms, writer_options);
    return NULL;
}
