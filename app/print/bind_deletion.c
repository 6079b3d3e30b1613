/* The rdata of records that an UPDATE deletes. BIND reads it as of the zone's class and writes it as of class
 * NONE, so that of the types of class IN alone hexadecimal is left: with the names in it as BIND has them
 * then, uncompressed. Invariant: only rdata that was found sound in the zone's class is looked into. */
#include "print/bind_message.h"

#define CLASS_IN   1
#define CLASS_NONE 254

enum {
    TYPE_NSAP_PTR = 23,
    TYPE_PX = 26,
    TYPE_SRV = 33,
    TYPE_KX = 36,
    TYPE_A6 = 38,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65
};

/* The names in the rdata, behind so many bytes. */
struct names {
    size_t skip;
    int count;
};

static struct names names_in(const struct tl_dns_record *record)
{
    unsigned prefix;

    switch (record->type) {
    case TYPE_NSAP_PTR: return (struct names){0, 1};
    case TYPE_PX: return (struct names){2, 2};
    case TYPE_SRV: return (struct names){6, 1};
    case TYPE_KX:
    case TYPE_SVCB:
    case TYPE_HTTPS: return (struct names){2, 1};
    case TYPE_A6: /* RFC 2874 section 3.1 */
        prefix = record->rdata.data[0];
        return (struct names){17 - prefix / 8, prefix > 0};
    default: return (struct names){0, 0};
    }
}

bool bind_is_deletion(const struct tl_dns *dns, const struct tl_dns_record *record)
{
    return bind_is_update(dns) && record->section == TL_DNS_AUTHORITY && record->rclass == CLASS_NONE;
}

static void expand(const struct tl_dns *dns, const struct tl_dns_record *record, struct names names,
                   struct tl_builder *builder)
{
    size_t at = (size_t)(record->rdata.data - dns->wire.data), end = at + record->rdata.size;
    uint8_t name[TL_DNS_NAME_SIZE_MAX];
    size_t size = 0;

    tl_builder_put(builder, tl_bytes(dns->wire.data + at, names.skip));
    at += names.skip;
    for (int i = 0; i < names.count && tl_dns_name(dns->wire, at, name, &size, &at) == TL_OK; i++)
        tl_builder_put(builder, tl_bytes(name, size));
    tl_builder_put(builder, tl_bytes(dns->wire.data + at, end - at));
}

/* Of its own, for the sake of its memory: no other record needs as much stack. */
static __attribute__((noinline)) enum tl_status print_expanded(const struct bind_message *message,
                                                               const struct tl_dns_record *record,
                                                               struct names names, struct tl_builder *builder)
{
    uint8_t memory[UINT16_MAX + 2 * TL_DNS_NAME_SIZE_MAX];
    struct tl_builder expanded = tl_builder(memory, sizeof(memory));
    struct tl_dns_record copy = *record;
    struct tl_dns dns = message->dns;

    expand(&message->dns, record, names, &expanded);
    dns.wire = copy.rdata = tl_builder_bytes(&expanded);
    return tl_dns_bind_rdata_print(&dns, &copy, message->now, builder);
}

enum tl_status bind_rdata_print(const struct bind_message *message, const struct tl_dns_record *record,
                                struct tl_builder *builder)
{
    struct names names = {0, 0};

    if (message->rclass == CLASS_IN && bind_is_deletion(&message->dns, record))
        names = names_in(record);
    if (names.count)
        return print_expanded(message, record, names, builder);
    return tl_dns_bind_rdata_print(&message->dns, record, message->now, builder);
}
