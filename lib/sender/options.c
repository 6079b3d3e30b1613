/* Options. Invariant: nothing of the caller's memory is used after tl_sender_new. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

static void set_default(unsigned *value, unsigned otherwise)
{
    if (!*value)
        *value = otherwise;
}

static enum tl_status take_endpoint(const struct tl_sender_endpoint *from, struct endpoint *to)
{
    to->given_fd = from->connected ? from->fd : -1;
    to->watch = -1;
    to->unidirectional = from->unidirectional;
    if (from->transport) {
        if (from->address || from->connected || !from->transport->write)
            return TL_BAD_ARGUMENT;
        to->transport = *from->transport;
        to->has_transport = true;
        return TL_OK;
    }
    enum tl_status status = tl_endpoint_parse(from->address, &to->address);
    if (status == TL_OK && to->address.kind != TL_ENDPOINT_UNIX && to->address.kind != TL_ENDPOINT_TCP)
        status = TL_BAD_ARGUMENT;
    return status;
}

static enum tl_status take_endpoints(struct tl_sender *sender, const struct tl_sender_options *options)
{
    for (size_t i = 0; i < TL_SENDER_ENDPOINTS_MAX; i++) {
        const struct tl_sender_endpoint *from = &options->endpoints[i];
        if (!from->address && !from->transport)
            break;
        enum tl_status status = take_endpoint(from, &sender->endpoints[i]);
        if (status != TL_OK)
            return status;
        sender->endpoint_count++;
    }
    return sender->endpoint_count ? TL_OK : TL_BAD_ARGUMENT;
}

static enum tl_status take_content_type(struct tl_sender *sender, struct tl_bytes type)
{
    if (!type.size)
        type = tl_bytes_of_text(TL_SENDER_CONTENT_DEFAULT);
    if (type.size > sizeof(sender->content_type))
        return TL_CONTENT_TYPE_TOO_LONG;
    memcpy(sender->content_type, type.data, type.size);
    sender->options.content_type = tl_bytes(sender->content_type, type.size);
    return TL_OK;
}

static size_t power_of_two_from(size_t size)
{
    size_t power = TL_SENDER_RING_MIN;

    while (power < size)
        power *= 2;
    return power;
}

/* The rings, the shared one among them, fit into the budget: by being smaller, then by being fewer. */
static enum tl_status size_rings(struct tl_sender *sender, const struct tl_sender_options *options)
{
    size_t budget = options->budget ? options->budget : TL_SENDER_BUDGET_DEFAULT;
    size_t size = options->ring_size ? options->ring_size : TL_SENDER_RING_DEFAULT;
    size_t lanes = options->lanes ? options->lanes : TL_SENDER_LANES_DEFAULT;

    if (size > TL_SENDER_RING_MAX || lanes > TL_SENDER_LANES_MAX)
        return TL_BAD_ARGUMENT;
    size = power_of_two_from(size);
    while (size > TL_SENDER_RING_MIN && budget / size < lanes + 1)
        size /= 2;
    if (budget / size < lanes + 1)
        lanes = budget / size > 1 ? budget / size - 1 : 0;
    sender->ring_size = size;
    sender->lane_count = lanes;
    return TL_OK;
}

static enum tl_status take_path(struct tl_sender *sender, const char *path)
{
    if (!path)
        return TL_OK;
    size_t size = strlen(path) + sizeof(".new");
    sender->statistics_path = malloc(size);
    sender->statistics_new_path = malloc(size);
    if (!sender->statistics_path || !sender->statistics_new_path)
        return TL_NO_MEMORY;
    snprintf(sender->statistics_path, size, "%s", path);
    snprintf(sender->statistics_new_path, size, "%s.new", path);
    return TL_OK;
}

enum tl_status options_take(struct tl_sender *sender, const struct tl_sender_options *options)
{
    struct tl_sender_options *to = &sender->options;

    *to = *options;
    memset(to->endpoints, 0, sizeof(to->endpoints));
    to->statistics_path = NULL;
    set_default(&to->delay_ms, TL_SENDER_DELAY_DEFAULT);
    set_default(&to->retry_ms, TL_SENDER_RETRY_DEFAULT);
    set_default(&to->answer_ms, TL_SENDER_ANSWER_DEFAULT);
    set_default(&to->stall_ms, TL_SENDER_STALL_DEFAULT);
    set_default(&to->close_ms, TL_SENDER_CLOSE_DEFAULT);
    if (to->mode > TL_SENDER_FAILOVER || to->drop > TL_SENDER_DROP_OLDEST)
        return TL_BAD_ARGUMENT;
    enum tl_status status = take_endpoints(sender, options);
    if (status == TL_OK)
        status = take_content_type(sender, options->content_type);
    if (status == TL_OK)
        status = size_rings(sender, options);
    return status == TL_OK ? take_path(sender, options->statistics_path) : status;
}
