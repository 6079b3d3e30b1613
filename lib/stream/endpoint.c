/* Endpoints as users write them. Invariant: what is printed parses back to the same endpoint. */
#include <tapline/stream.h>

#include <stdio.h>
#include <sys/un.h>

static enum tl_status copy(char *to, size_t room, const char *text, size_t length)
{
    if (length >= room)
        return TL_BAD_LENGTH;
    memcpy(to, text, length);
    to[length] = '\0';
    return TL_OK;
}

static enum tl_status parse_path(const char *path, size_t room, struct tl_endpoint *to)
{
    if (!*path)
        return TL_BAD_TEXT;
    return copy(to->path, room, path, strlen(path));
}

/* A number to 65535, or the name of a service. getaddrinfo(3) alone would take 65536 for 0, and "-1" for
 * 65535. */
static bool is_port(const char *text)
{
    unsigned long number = 0;

    if (text[strspn(text, "0123456789")])
        return strpbrk(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
    for (; *text && number <= 65535; text++)
        number = number * 10 + (unsigned long)(*text - '0');
    return number <= 65535;
}

/* HOST:PORT with the port behind the last colon; an address with colons stands in brackets. */
static enum tl_status parse_tcp(const char *text, struct tl_endpoint *to)
{
    const char *colon = strrchr(text, ':');
    const char *host = text;
    size_t length = colon ? (size_t)(colon - text) : 0;

    if (!colon || !colon[1] || !is_port(colon + 1))
        return TL_BAD_TEXT;
    if (*host == '[') {
        if (length < 3 || host[length - 1] != ']')
            return TL_BAD_TEXT;
        host++;
        length -= 2;
        if (memchr(host, '[', length) || memchr(host, ']', length))
            return TL_BAD_TEXT;
    } else if (memchr(host, ':', length)) {
        return TL_BAD_TEXT;
    }
    if (length == 1 && *host == '*')
        length = 0;
    enum tl_status status = copy(to->host, sizeof(to->host), host, length);
    return status == TL_OK ? copy(to->port, sizeof(to->port), colon + 1, strlen(colon + 1)) : status;
}

enum tl_status tl_endpoint_parse(const char *text, struct tl_endpoint *ret_endpoint)
{
    struct tl_endpoint endpoint;
    enum tl_status status = TL_OK;

    memset(&endpoint, 0, sizeof(endpoint));
    if (strncmp(text, "unix:", 5) == 0) {
        endpoint.kind = TL_ENDPOINT_UNIX;
        status = parse_path(text + 5, sizeof(((struct sockaddr_un *)0)->sun_path), &endpoint);
    } else if (strncmp(text, "tcp:", 4) == 0) {
        endpoint.kind = TL_ENDPOINT_TCP;
        status = parse_tcp(text + 4, &endpoint);
    } else if (strcmp(text, "-") == 0) {
        endpoint.kind = TL_ENDPOINT_STANDARD;
    } else {
        endpoint.kind = TL_ENDPOINT_FILE;
        status =
            parse_path(strncmp(text, "file:", 5) == 0 ? text + 5 : text, sizeof(endpoint.path), &endpoint);
    }
    if (status == TL_OK)
        *ret_endpoint = endpoint;
    return status;
}

size_t tl_endpoint_print(const struct tl_endpoint *endpoint, char *buffer, size_t size)
{
    int length = 0;

    switch (endpoint->kind) {
    case TL_ENDPOINT_UNIX: length = snprintf(buffer, size, "unix:%s", endpoint->path); break;
    case TL_ENDPOINT_TCP:
        length = snprintf(buffer, size, strchr(endpoint->host, ':') ? "tcp:[%s]:%s" : "tcp:%s:%s",
                          endpoint->host, endpoint->port);
        break;
    case TL_ENDPOINT_FILE: length = snprintf(buffer, size, "file:%s", endpoint->path); break;
    case TL_ENDPOINT_STANDARD: length = snprintf(buffer, size, "-"); break;
    }
    return length > 0 ? (size_t)length : 0;
}
