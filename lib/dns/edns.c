/* EDNS, RFC 6891: what the OPT record packs into its class and TTL, and its options. */
#include <tapline/dns.h>

#define TYPE_OPT 41

struct tl_dns_edns tl_dns_edns_of(const struct tl_dns_record *opt)
{
    struct tl_dns_edns edns = {
        .udp_size = opt->rclass,
        .extended_rcode = (uint8_t)(opt->ttl >> 24),
        .version = (uint8_t)(opt->ttl >> 16),
        .flags = (uint16_t)opt->ttl,
        .options = opt->rdata,
    };
    return edns;
}

enum tl_status tl_dns_edns(const struct tl_dns *message, struct tl_dns_edns *ret_edns)
{
    struct tl_dns_cursor cursor = tl_dns_records(message);
    struct tl_dns_record record;
    enum tl_status status;

    if (message->count[TL_DNS_ADDITIONAL] == 0)
        return TL_END;
    while ((status = tl_dns_next_record(&cursor, &record)) == TL_OK) {
        if (record.section == TL_DNS_ADDITIONAL && record.type == TYPE_OPT) {
            *ret_edns = tl_dns_edns_of(&record);
            return TL_OK;
        }
    }
    return status;
}

enum tl_status tl_dns_next_option(struct tl_bytes *options, uint16_t *ret_code, struct tl_bytes *ret_value)
{
    size_t size;

    if (options->size == 0)
        return TL_END;
    if (options->size < 4)
        return TL_TRUNCATED;
    size = tl_be16(options->data + 2);
    if (options->size - 4 < size)
        return TL_TRUNCATED;
    *ret_code = tl_be16(options->data);
    *ret_value = tl_bytes(options->data + 4, size);
    *options = tl_bytes(options->data + 4 + size, options->size - 4 - size);
    return TL_OK;
}
