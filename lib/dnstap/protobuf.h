/* The protobuf wire format (https://protobuf.dev/programming-guides/encoding/) as far as dnstap needs it,
 * shared by the .c files of this room. */
#ifndef TL_DNSTAP_PROTOBUF_H
#define TL_DNSTAP_PROTOBUF_H

#include <tapline/dnstap.h>

enum {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
};

/* What a field's kind looks like on the wire. */
enum {
    WIRE_OF_BYTES = WIRE_BYTES,
    WIRE_OF_SUBMESSAGE = WIRE_BYTES,
    WIRE_OF_ENUM = WIRE_VARINT,
    WIRE_OF_UINT32 = WIRE_VARINT,
    WIRE_OF_UINT64 = WIRE_VARINT,
    WIRE_OF_FIXED32 = WIRE_FIXED32,
};

#define TAG(number, kind) ((number) << 3 | WIRE_OF_##kind)

#define FIELD_NUMBER_MAX ((1u << 29) - 1)
#define VARINT_SIZE_MAX  10

#define PRESENT(field) (1u << TL_DNSTAP_F_##field)

/* The messages of the schema, from the outside in. */
enum owner { OWNER_DNSTAP, OWNER_MESSAGE, OWNER_POLICY };

/* Why a field cannot be decoded. */
struct explanation {
    enum tl_status status;
    const uint8_t *at;
    const char *what;
};

/* Looks again at the field that `rest`, the bytes of a message of kind `owner` from a tag on, begins with and
 * that could not be decoded. */
struct explanation tl__dnstap_explain(enum owner owner, struct tl_bytes rest);

#endif
