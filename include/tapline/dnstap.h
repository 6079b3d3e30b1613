/* dnstap: one data frame of a dnstap stream (content type "protobuf:dnstap.Dnstap") to a struct of slices and
 * numbers, and back. Schema: https://github.com/dnstap/dnstap.pb/blob/master/dnstap.proto, 26 fields as of
 * 2025-02; encoding: https://protobuf.dev/programming-guides/encoding/.
 *
 * Decoding allocates nothing and copies nothing: every slice points into the caller's frame and lives as long
 * as it. Unknown fields are kept (as slices) and enums keep any number. Threads: pure functions. */
#ifndef TAPLINE_DNSTAP_H
#define TAPLINE_DNSTAP_H

#include <tapline/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_DNSTAP_CONTENT_TYPE "protobuf:dnstap.Dnstap"

/* Dnstap.Type */
#define TL_DNSTAP_TYPE_MESSAGE 1

/* Message.Type; odd numbers are queries, even ones responses. */
enum tl_dnstap_message_type {
    TL_DNSTAP_AUTH_QUERY = 1,
    TL_DNSTAP_AUTH_RESPONSE = 2,
    TL_DNSTAP_RESOLVER_QUERY = 3,
    TL_DNSTAP_RESOLVER_RESPONSE = 4,
    TL_DNSTAP_CLIENT_QUERY = 5,
    TL_DNSTAP_CLIENT_RESPONSE = 6,
    TL_DNSTAP_FORWARDER_QUERY = 7,
    TL_DNSTAP_FORWARDER_RESPONSE = 8,
    TL_DNSTAP_STUB_QUERY = 9,
    TL_DNSTAP_STUB_RESPONSE = 10,
    TL_DNSTAP_TOOL_QUERY = 11,
    TL_DNSTAP_TOOL_RESPONSE = 12,
    TL_DNSTAP_UPDATE_QUERY = 13,
    TL_DNSTAP_UPDATE_RESPONSE = 14,
};

enum tl_dnstap_protocol {
    TL_DNSTAP_UDP = 1,
    TL_DNSTAP_TCP = 2,
    TL_DNSTAP_DOT = 3,
    TL_DNSTAP_DOH = 4,
    TL_DNSTAP_DNSCRYPT_UDP = 5,
    TL_DNSTAP_DNSCRYPT_TCP = 6,
    TL_DNSTAP_DOQ = 7,
};

/* The fields of the schema, in the order of this struct; a bit (1 << field) of `present` says that it was
 * there. */
enum tl_dnstap_field {
    TL_DNSTAP_F_IDENTITY,
    TL_DNSTAP_F_VERSION,
    TL_DNSTAP_F_EXTRA,
    TL_DNSTAP_F_TYPE,
    TL_DNSTAP_F_MESSAGE,
    TL_DNSTAP_F_MESSAGE_TYPE,
    TL_DNSTAP_F_SOCKET_FAMILY,
    TL_DNSTAP_F_SOCKET_PROTOCOL,
    TL_DNSTAP_F_QUERY_ADDRESS,
    TL_DNSTAP_F_RESPONSE_ADDRESS,
    TL_DNSTAP_F_QUERY_PORT,
    TL_DNSTAP_F_RESPONSE_PORT,
    TL_DNSTAP_F_QUERY_TIME_SEC,
    TL_DNSTAP_F_QUERY_TIME_NSEC,
    TL_DNSTAP_F_QUERY_MESSAGE,
    TL_DNSTAP_F_QUERY_ZONE,
    TL_DNSTAP_F_RESPONSE_TIME_SEC,
    TL_DNSTAP_F_RESPONSE_TIME_NSEC,
    TL_DNSTAP_F_RESPONSE_MESSAGE,
    TL_DNSTAP_F_POLICY,
    TL_DNSTAP_F_POLICY_TYPE,
    TL_DNSTAP_F_POLICY_RULE,
    TL_DNSTAP_F_POLICY_ACTION,
    TL_DNSTAP_F_POLICY_MATCH,
    TL_DNSTAP_F_POLICY_VALUE,
    TL_DNSTAP_F_HTTP_PROTOCOL,
    TL_DNSTAP_FIELDS /* how many */
};

/* Unknown fields of one protobuf message: the slices of the frame that hold them, tags included, in their
 * order. Contiguous ones are one slice. When there are more than fit, `omitted` counts the bytes that are not
 * listed. What `fields` holds from `count` on means nothing. */
#define TL_DNSTAP_UNKNOWN_MAX 4
struct tl_dnstap_unknown {
    struct tl_bytes fields[TL_DNSTAP_UNKNOWN_MAX];
    uint32_t count;
    uint32_t omitted;
};

/* One decoded frame. A field that is not in `present` is zero or empty. Numbers are as protobuf says: an enum
 * is the low 32 bits of its varint. Times are not checked here: `nsec` may be above 999,999,999. */
struct tl_dnstap {
    uint32_t present; /* bits 1 << enum tl_dnstap_field */

    /* Dnstap */
    struct tl_bytes identity;
    struct tl_bytes version;
    struct tl_bytes extra;
    int32_t type; /* TL_DNSTAP_TYPE_MESSAGE is the only one defined */

    /* Dnstap.message */
    int32_t message_type;    /* enum tl_dnstap_message_type, or any number */
    int32_t socket_family;   /* 1 INET, 2 INET6, or any number */
    int32_t socket_protocol; /* enum tl_dnstap_protocol, or any number */
    int32_t http_protocol;   /* 1 HTTP1, 2 HTTP2, 3 HTTP3, or any number */
    struct tl_bytes query_address;
    struct tl_bytes response_address;
    uint32_t query_port;
    uint32_t response_port;
    uint64_t query_time_sec;
    uint64_t response_time_sec;
    uint32_t query_time_nsec;
    uint32_t response_time_nsec;
    struct tl_bytes query_message;
    struct tl_bytes query_zone; /* a name in wire form */
    struct tl_bytes response_message;

    /* Dnstap.message.policy */
    struct tl_bytes policy_type; /* text */
    struct tl_bytes policy_rule;
    int32_t policy_action; /* 1 NXDOMAIN, 2 NODATA, 3 PASS, 4 DROP, 5 TRUNCATE, 6 LOCAL_DATA, or any number */
    int32_t policy_match;  /* 1 QNAME, 2 CLIENT_IP, 3 RESPONSE_IP, 4 NS_NAME, 5 NS_IP, or any number */
    struct tl_bytes policy_value;

    struct tl_dnstap_unknown unknown;         /* of Dnstap */
    struct tl_dnstap_unknown message_unknown; /* of Message */
    struct tl_dnstap_unknown policy_unknown;  /* of Policy */
};

static inline bool tl_dnstap_has(const struct tl_dnstap *dnstap, enum tl_dnstap_field field)
{
    return dnstap->present >> field & 1;
}

/* Where and why a frame could not be decoded. */
struct tl_dnstap_error {
    size_t offset; /* of the field's tag from the start of the frame; of a missing field: the frame's end */
    const char *
        what; /* the field's full name, such as "message.query_port"; of a field that the schema does not know
               * "unknown field", "unknown field of message" or "... of message.policy"; static memory */
};

/* Decodes one frame. A scalar that is repeated: the last wins; `message` and `policy` repeated: merged, field
 * by field, as protobuf demands. A known field with the wrong wire type, a group (wire types 3 and 4), a
 * field cut off, or the absence of a required field (`type`, and `message.type` if there is a `message`)
 * fails: TL_TRUNCATED, TL_BAD_VARINT, TL_BAD_TAG, TL_BAD_WIRE_TYPE, TL_MISSING_FIELD. `ret_error` may be
 * NULL; it is filled on failure only. */
TL_API enum tl_status tl_dnstap_decode(struct tl_bytes frame, struct tl_dnstap *ret_dnstap,
                                       struct tl_dnstap_error *ret_error);

/* Bytes that tl_dnstap_encode will write. */
TL_API size_t tl_dnstap_size(const struct tl_dnstap *dnstap);

/* Writes the fields that are `present` (a field of a sub-message makes the sub-message present), those of
 * each message by ascending number, unknown ones behind them. TL_FULL if `size` is less than
 * tl_dnstap_size(). What it writes decodes to an equal struct, save that the unknown fields of a message have
 * become one slice, without those that were omitted. */
TL_API enum tl_status tl_dnstap_encode(const struct tl_dnstap *dnstap, uint8_t *buffer, size_t size);

/* The schema's word for a number ("CLIENT_QUERY", "UDP", "INET6", "HTTP2", "NXDOMAIN", "CLIENT_IP"), or NULL.
 * Static memory. */
TL_API const char *tl_dnstap_message_type_name(int32_t type);
TL_API const char *tl_dnstap_family_name(int32_t family);
TL_API const char *tl_dnstap_protocol_name(int32_t protocol);
TL_API const char *tl_dnstap_http_name(int32_t protocol);
TL_API const char *tl_dnstap_action_name(int32_t action);
TL_API const char *tl_dnstap_match_name(int32_t match);

/* The field's full name in the schema: "identity", "message.query_time_sec", "message.policy.rule". Static
 * memory. */
TL_API const char *tl_dnstap_field_name(enum tl_dnstap_field field);

/* True for the message types that are queries (odd numbers 1 to 13); false for responses and unknown ones. */
static inline bool tl_dnstap_is_query(int32_t message_type)
{
    return message_type >= 1 && message_type <= 14 && (message_type & 1);
}

#ifdef __cplusplus
}
#endif

#endif
