/* Records that are about a DNS message, and what their fields say, for the tests of this room. */
#ifndef RECORD_WIRE_H
#define RECORD_WIRE_H

#include "record/field.h"

#include "proof/guarded.h"
#include "proof/test.h"

#define WIRE(literal) tl_bytes(literal, sizeof(literal) - 1)

/* A message header of a response: how many questions, answers, authority and additional records. */
#define HEADER(qd, an, ns, ar) "\x12\x34\x85\x80\0" qd "\0" an "\0" ns "\0" ar

/* www.example.test/IN/A at offset 12, 22 bytes. */
#define QUESTION "\3wWw\7example\4test\0\0\1\0\1"

/* An AUTH_RESPONSE with this message. */
static inline struct record record_of(struct tl_bytes wire)
{
    struct record record = {.status = TL_OK};

    record.dnstap.type = TL_DNSTAP_TYPE_MESSAGE;
    record.dnstap.message_type = TL_DNSTAP_AUTH_RESPONSE;
    record.dnstap.present = 1u << TL_DNSTAP_F_TYPE | 1u << TL_DNSTAP_F_MESSAGE |
                            1u << TL_DNSTAP_F_MESSAGE_TYPE | 1u << TL_DNSTAP_F_RESPONSE_MESSAGE;
    record.dnstap.response_message = wire;
    return record;
}

/* The numbers of a field, as "1 2 3 "; of bytes, as hexadecimal. */
static inline void values_of(const struct record *record, enum field field, char *ret_text, size_t size)
{
    struct tl_builder builder = tl_builder(ret_text, size - 1);
    struct field_value value;
    struct field_at at;
    struct look look;

    memset(&look, 0xee, sizeof(look));
    memset(&at, 0xee, sizeof(at));
    look_at(&look, record);
    field_begin(&at);
    while (field_next(&look, field, &at, &value)) {
        switch (field_describe(field)->kind) {
        case FIELD_KIND_NAME:
        case FIELD_KIND_ADDRESS: tl_builder_put_hex(&builder, value.bytes); break;
        case FIELD_KIND_TEXT: tl_builder_put(&builder, value.bytes); break;
        case FIELD_KIND_RDATA: tl_builder_put_hex(&builder, value.rdata->rdata); break;
        case FIELD_KIND_TIME:
            tl_builder_put_decimal(&builder, value.time.seconds, 0);
            tl_builder_put_u8(&builder, '.');
            tl_builder_put_decimal(&builder, value.time.nanoseconds, 9);
            break;
        default: tl_builder_put_decimal(&builder, value.number, 0);
        }
        tl_builder_put_u8(&builder, ' ');
    }
    for (int i = 0; i < 3; i++)
        assert_false(field_next(&look, field, &at, &value)); /* once over, over */
    assert_int_equal(builder.status, TL_OK);
    *builder.at = '\0';
}

#define assert_values(record, field, expected)                                                               \
    do {                                                                                                     \
        char found[4096];                                                                                    \
        values_of(record, field, found, sizeof(found));                                                      \
        assert_string_equal(found, expected);                                                                \
    } while (0)

/* The same of a message in memory that ends at an unreadable page. */
#define assert_wire_values(wire, field, expected)                                                            \
    do {                                                                                                     \
        struct guarded in = guarded_new((wire).data, (wire).size);                                           \
        struct record of_wire = record_of(tl_bytes(in.data, in.size));                                       \
        assert_values(&of_wire, field, expected);                                                            \
        guarded_free(&in);                                                                                   \
    } while (0)

#endif
