/* Values of options. Invariant: a value that is wrong is named, with its option and what is right. */
#include "cli/options.h"

#include "process/log.h"
#include "record/units.h"

#include <errno.h>
#include <stdlib.h>

bool cli_refuse(const char *sentence)
{
    process_log("%s", sentence);
    return false;
}

bool cli_wrong(const char *option, const char *value, const char *expected)
{
    process_log("--%s %s: %s", option, value, expected);
    return false;
}

bool cli_parse_number(const char *option, const char *text, uint64_t least, uint64_t most,
                      const char *expected, uint64_t *ret_number)
{
    char *end;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number < least || number > most)
        return cli_wrong(option, text, expected);
    *ret_number = number;
    return true;
}

bool cli_parse_endpoint(const char *option, const char *text, struct tl_endpoint *ret_endpoint)
{
    struct tl_endpoint endpoint;
    enum tl_status status = tl_endpoint_parse(text, &endpoint);

    if (status == TL_BAD_LENGTH)
        return cli_wrong(option, text, "too long: a unix socket's path holds at most 107 bytes");
    if (status != TL_OK || (endpoint.kind != TL_ENDPOINT_UNIX && endpoint.kind != TL_ENDPOINT_TCP))
        return cli_wrong(option, text, "give unix:PATH or tcp:HOST:PORT");
    *ret_endpoint = endpoint;
    return true;
}

bool cli_add_endpoint(const char *text, struct tl_endpoint *endpoints, size_t *count)
{
    if (*count == CLI_LISTEN_MAX)
        return cli_wrong("listen", text, "there are 64 endpoints already, and more cannot be given");
    if (!cli_parse_endpoint("listen", text, &endpoints[*count]))
        return false;
    ++*count;
    return true;
}

bool cli_parse_frame_limit(const char *text, uint32_t *ret_limit)
{
    uint64_t size;

    if (!record_parse_size(text, &size) || size < CLI_FRAME_LIMIT_MIN || size > CLI_FRAME_LIMIT_MAX)
        return cli_wrong("frame-limit", text, "give a size from 512 to 16MiB, such as 4MiB");
    *ret_limit = (uint32_t)size;
    return true;
}
