/* DNS messages made for a test, and what print/bind makes of them. */
#ifndef PRINT_MADE_H
#define PRINT_MADE_H

#include "print/bind_text.h"
#include "proof/guarded.h"
#include "proof/test.h"

#include <stdio.h>
#include <stdlib.h>

#define RESPONSE       0x8180u /* qr rd ra */
#define UPDATE         (5u << 11)
#define BYTES(literal) tl_bytes(literal, sizeof(literal) - 1)

struct made {
    uint8_t bytes[1 << 20];
    struct tl_builder builder;
};

/* A header; the counts are raised by those that follow. */
static inline void made_begin(struct made *made, unsigned flags)
{
    made->builder = tl_builder(made->bytes, sizeof(made->bytes));
    tl_builder_put_be16(&made->builder, 4660);
    tl_builder_put_be16(&made->builder, (uint16_t)flags);
    for (int i = 0; i < TL_DNS_SECTIONS; i++)
        tl_builder_put_be16(&made->builder, 0);
}

static inline void made_count(struct made *made, enum tl_dns_section section)
{
    uint8_t *count = made->bytes + 4 + 2 * section;
    unsigned more = tl_be16(count) + 1u;

    count[0] = (uint8_t)(more >> 8);
    count[1] = (uint8_t)more;
}

static inline void made_name(struct made *made, const char *name)
{
    uint8_t wire[TL_DNS_NAME_SIZE_MAX];
    size_t size;

    assert_int_equal(tl_dns_name_parse(tl_bytes_of_text(name), wire, &size), TL_OK);
    tl_builder_put(&made->builder, tl_bytes(wire, size));
}

static inline void made_question(struct made *made, const char *name, uint16_t type, uint16_t rclass)
{
    made_count(made, TL_DNS_QUESTION);
    made_name(made, name);
    tl_builder_put_be16(&made->builder, type);
    tl_builder_put_be16(&made->builder, rclass);
}

static inline void made_record(struct made *made, enum tl_dns_section section, const char *name,
                               uint16_t type, uint16_t rclass, uint32_t ttl, struct tl_bytes rdata)
{
    made_count(made, section);
    made_name(made, name);
    tl_builder_put_be16(&made->builder, type);
    tl_builder_put_be16(&made->builder, rclass);
    tl_builder_put_be32(&made->builder, ttl);
    tl_builder_put_be16(&made->builder, (uint16_t)rdata.size);
    tl_builder_put(&made->builder, rdata);
}

static inline void made_a(struct made *made, enum tl_dns_section section, const char *name, uint32_t ttl,
                          uint8_t last)
{
    const uint8_t address[] = {192, 0, 2, last};
    made_record(made, section, name, 1, 1, ttl, tl_bytes(address, 4));
}

static inline struct tl_bytes made_wire(struct made *made)
{
    assert_int_equal(made->builder.status, TL_OK);
    return tl_builder_bytes(&made->builder);
}

/* The text that `put` makes of the message; the caller frees it. */
static inline char *made_text(struct tl_bytes wire, struct bind_style style,
                              void (*put)(const struct bind_style *style, struct bind_message *message))
{
    struct guarded guarded = guarded_new(wire.data, wire.size);
    struct bind_message message;
    struct print_output output;

    assert_true(bind_message_init(&message));
    assert_true(print_output_init(&output, -1));
    assert_int_equal(bind_message_parse(&message, tl_bytes(guarded.data, guarded.size), style.release),
                     BIND_GOOD);
    style.output = &output;
    put(&style, &message);
    assert_int_equal(output.status, TL_OK);
    char *text = strndup(output.start, (size_t)(output.at - output.start));
    print_output_done(&output);
    bind_message_done(&message);
    guarded_free(&guarded);
    return text;
}

#endif
