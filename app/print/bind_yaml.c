/* The fields of a record, as BIND's YAML has them. Identity and version are put as they are, whatever bytes
 * they hold, up to a NUL: BIND does so. Invariant: all else is printable. */
#include "print/bind_yaml.h"

#define HEAD_ROOM 4096

static char *put_raw(struct print_output *output, char *to, const char *key, struct tl_bytes bytes)
{
    const void *nul = bytes.size ? memchr(bytes.data, 0, bytes.size) : NULL;

    if (nul)
        bytes.size = (size_t)((const uint8_t *)nul - bytes.data);
    output->at = put_word(to, key);
    print_bytes(output, bytes);
    to = print_room(output, HEAD_ROOM);
    *to++ = '\n';
    return to;
}

static char *put_type(char *to, int32_t type)
{
    to = PUT(to, "  type: ");
    to = put_word(to, tl_dnstap_message_type_name(type));
    *to++ = '\n';
    return to;
}

static char *put_time(char *to, struct print_date *date, const struct tl_dnstap *dnstap, bool is_query,
                      bool long_times)
{
    uint32_t seconds = (uint32_t)(is_query ? dnstap->query_time_sec : dnstap->response_time_sec);
    uint32_t nanoseconds = is_query ? dnstap->query_time_nsec : dnstap->response_time_nsec;
    bool is_there =
        tl_dnstap_has(dnstap, is_query ? TL_DNSTAP_F_QUERY_TIME_SEC : TL_DNSTAP_F_RESPONSE_TIME_SEC) &&
        tl_dnstap_has(dnstap, is_query ? TL_DNSTAP_F_QUERY_TIME_NSEC : TL_DNSTAP_F_RESPONSE_TIME_NSEC);
    const char *text;

    if (!is_there || (!seconds && !nanoseconds) || !(text = print_date_json(date, seconds)))
        return to;
    to = is_query ? PUT(to, "  query_time: !!timestamp ") : PUT(to, "  response_time: !!timestamp ");
    to = put_text(to, text, PRINT_DATE_SIZE - 1);
    if (long_times)
        to = put_three(PUT(to, "."), nanoseconds / 1000000);
    return PUT(to, "Z\n");
}

static char *put_socket(char *to, const struct bind_style *style, const struct tl_dnstap *dnstap)
{
    int32_t protocol = dnstap->socket_protocol;
    bool is_tcp = protocol == TL_DNSTAP_TCP;

    if (dnstap->socket_family == 1)
        to = PUT(to, "  socket_family: INET\n");
    else if (dnstap->socket_family == 2)
        to = PUT(to, "  socket_family: INET6\n");
    if (style->release != PRINT_BIND_9_18)
        is_tcp = is_tcp || protocol == TL_DNSTAP_DOT || protocol == TL_DNSTAP_DOH ||
                 protocol == TL_DNSTAP_DNSCRYPT_TCP || !tl_dnstap_has(dnstap, TL_DNSTAP_F_SOCKET_PROTOCOL);
    return is_tcp ? PUT(to, "  socket_protocol: TCP\n") : PUT(to, "  socket_protocol: UDP\n");
}

/* 9.18 takes every address that has not four bytes for one of 16; what it reads behind a shorter one cannot
 * be said, so there is no line then, as in 9.20. */
static char *put_address(char *to, const struct bind_style *style, const char *key, struct tl_bytes address)
{
    if (style->release == PRINT_BIND_9_18 && address.size > 16)
        address.size = 16;
    if (address.size != 4 && address.size != 16)
        return to;
    to = put_word(to, key);
    to += tl_address_print(address, to);
    return PUT(to, "\"\n");
}

static char *put_zone(char *to, struct tl_bytes zone)
{
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length;

    if (!zone.size || tl_dns_name_print(zone, 0, text, &length, NULL) != TL_OK)
        return to;
    to = bind_put_name(PUT(to, "  query_zone: "), zone, 0);
    *to++ = '\n';
    return to;
}

void bind_yaml_put(const struct bind_style *style, struct print_date *date, const struct record *record,
                   bool long_times)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    bool is_query = record_is_query(record);
    char *to = PUT(print_room(style->output, HEAD_ROOM), "type: MESSAGE\n");

    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_IDENTITY))
        to = put_raw(style->output, to, "identity: ", dnstap->identity);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_VERSION))
        to = put_raw(style->output, to, "version: ", dnstap->version);
    to = put_type(PUT(to, "message:\n"), dnstap->message_type);
    to = put_time(to, date, dnstap, is_query, long_times);
    to = PUT(put_decimal(PUT(to, "  message_size: "), record_wire(record).size), "b\n");
    to = put_socket(to, style, dnstap);
    to = put_address(to, style, "  query_address: \"", dnstap->query_address);
    to = put_address(to, style, "  response_address: \"", dnstap->response_address);
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_QUERY_PORT))
        to = PUT(put_decimal(PUT(to, "  query_port: "), dnstap->query_port), "\n");
    if (tl_dnstap_has(dnstap, TL_DNSTAP_F_RESPONSE_PORT))
        to = PUT(put_decimal(PUT(to, "  response_port: "), dnstap->response_port), "\n");
    style->output->at = put_zone(to, dnstap->query_zone);
}
