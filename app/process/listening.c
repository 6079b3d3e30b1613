/* Why an endpoint cannot be listened on. Invariant: there is a text for every status and every errno, and it
 * says what to do where that is not plain. */
#include "process/listening.h"

#include <errno.h>
#include <string.h>

/* The kernel's words are about sockets; these are about the path. */
static const char *text_of_path(int error)
{
    switch (error) {
    case EEXIST:
        return "there is something at that path that is not a socket; it is left as it is: move it, or "
               "choose "
               "another path";
    case EADDRINUSE: return "something listens there already";
    case ENOENT: return "the folder for that socket does not exist";
    default: return strerror(error);
    }
}

const char *process_listening_text(enum tl_status status, const struct tl_endpoint *endpoint)
{
    int error = errno;

    if (status == TL_BAD_ARGUMENT)
        return "only unix:PATH and tcp:HOST:PORT can be listened on";
    if (status == TL_BAD_TEXT)
        return "no such host or port";
    return endpoint->kind == TL_ENDPOINT_UNIX ? text_of_path(error) : strerror(error);
}
