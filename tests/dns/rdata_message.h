/* Rdata for tests: the samples of each form, and a message that ends with some. */
#ifndef DNS_RDATA_MESSAGE_H
#define DNS_RDATA_MESSAGE_H

#include "dns/wire.h"

static const struct sample {
    const char *type;
    const char *wire;
    size_t size;
    const char *text;
} samples[] = {
#define RDATA(type, wire, text) {type, wire, sizeof(wire) - 1, text},
#include "rdata_samples.def"
#undef RDATA
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A message whose question is "a.test" and whose last bytes, at an unreadable page, are the rdata. */
struct message {
    struct guarded wire;
    struct tl_dns dns;
    struct tl_dns_record record;
};

static inline uint16_t type_of(const char *name)
{
    uint16_t type;
    assert_int_equal(tl_dns_type_parse(tl_bytes_of_text(name), &type), TL_OK);
    return type;
}

static inline struct message message_of(const char *type_name, uint16_t rclass, uint16_t flags,
                                        struct tl_bytes rdata)
{
    static const char question[] = "\0\0\0\0\0\1\0\1\0\0\0\0\1a\4test\0\0\1\0\1\xc0\x0c";
    static uint8_t wire[70000];
    struct message message;
    struct tl_builder builder = tl_builder(wire, sizeof(wire));

    tl_builder_put(&builder, tl_bytes(question, sizeof(question) - 1));
    tl_builder_put_be16(&builder, type_of(type_name));
    tl_builder_put_be16(&builder, rclass);
    tl_builder_put_be32(&builder, 0);
    tl_builder_put_be16(&builder, (uint16_t)rdata.size);
    tl_builder_put(&builder, rdata);
    wire[2] = (uint8_t)(flags >> 8);
    wire[3] = (uint8_t)flags;
    message.wire = guarded_new(wire, tl_builder_size(&builder));
    assert_int_equal(tl_dns_open(guarded_bytes(&message.wire), &message.dns), TL_OK);
    struct tl_dns_cursor cursor = tl_dns_records(&message.dns);
    assert_int_equal(tl_dns_next_record(&cursor, &message.record), TL_OK);
    assert_int_equal(tl_dns_next_record(&cursor, &message.record), TL_OK);
    return message;
}

#endif
