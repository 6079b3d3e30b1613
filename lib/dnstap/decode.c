/* A frame to struct tl_dnstap: for each protobuf message one loop with one `switch` over the tag, made from
 * fields.def. A `take_` function returns the byte behind its value, or NULL when there is no such value; only
 * then is it asked why, so that good frames do not pay for reasons. Invariant: nothing outside the current
 * message's bytes is read, and the result leaves only when it is whole. */
#include "varint.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct decoding {
    struct tl_dnstap *to;
    struct explanation why; /* status TL_OK until something fails */
};

static inline const uint8_t *take_UINT64(const uint8_t *at, const uint8_t *end, uint64_t *ret_value)
{
    struct varint varint = take_varint(at, end);
    *ret_value = varint.value;
    return varint.behind;
}

static inline const uint8_t *take_UINT32(const uint8_t *at, const uint8_t *end, uint32_t *ret_value)
{
    struct varint varint = take_varint(at, end);
    *ret_value = (uint32_t)varint.value;
    return varint.behind;
}

static inline const uint8_t *take_ENUM(const uint8_t *at, const uint8_t *end, int32_t *ret_value)
{
    struct varint varint = take_varint(at, end);
    *ret_value = (int32_t)(uint32_t)varint.value;
    return varint.behind;
}

static inline const uint8_t *take_FIXED32(const uint8_t *at, const uint8_t *end, uint32_t *ret_value)
{
    if (end - at < 4)
        return NULL;
    *ret_value = le32(at);
    return at + 4;
}

static inline const uint8_t *take_BYTES(const uint8_t *at, const uint8_t *end, struct tl_bytes *ret_bytes)
{
    struct varint size = take_varint(at, end);
    if (!LIKELY(size.behind && (uint64_t)(end - size.behind) >= size.value))
        return NULL;
    *ret_bytes = tl_bytes(size.behind, (size_t)size.value);
    return size.behind + size.value;
}

static void keep(struct tl_dnstap_unknown *unknown, struct tl_bytes field)
{
    struct tl_bytes *last = unknown->count ? &unknown->fields[unknown->count - 1] : NULL;

    if (last && last->data + last->size == field.data)
        last->size += field.size;
    else if (unknown->count < TL_DNSTAP_UNKNOWN_MAX)
        unknown->fields[unknown->count++] = field;
    else if (field.size < UINT32_MAX - unknown->omitted)
        unknown->omitted += (uint32_t)field.size;
    else
        unknown->omitted = UINT32_MAX;
}

/* Where a loop over the fields of one message is. All in registers, `present` too: bits set in memory one
 * after the other would chain all fields of a frame to each other. */
struct run {
    const uint8_t *start; /* of the field that is being read */
    const uint8_t *at;    /* NULL when there is no good field at `start` */
    const uint8_t *end;
    uint32_t present;
};

/* A field whose tag is none of the owner's; `known` has a bit for each number that the owner does have. */
static __attribute__((noinline)) const uint8_t *take_unknown(struct run run, uint64_t tag, uint32_t known,
                                                             struct tl_dnstap_unknown *unknown)
{
    const uint8_t *at = run.at, *end = run.end;
    uint64_t number = tag >> 3;
    struct tl_bytes bytes;

    if (number == 0 || number > FIELD_NUMBER_MAX || (number < 32 && known >> number & 1))
        return NULL;
    switch (tag & 7) {
    case WIRE_VARINT: at = take_varint(at, end).behind; break;
    case WIRE_FIXED64: at = end - at < 8 ? NULL : at + 8; break;
    case WIRE_BYTES: at = take_BYTES(at, end, &bytes); break;
    case WIRE_FIXED32: at = end - at < 4 ? NULL : at + 4; break;
    default: return NULL;
    }
    if (at)
        keep(unknown, tl_bytes(run.start, (size_t)(at - run.start)));
    return at;
}

/* Takes the field whose tag has just been read, and those behind it as long as their numbers ascend. */
typedef struct run take_fields(struct decoding *decoding, struct run run, uint64_t tag);

/* The loop over one message's fields. Inlined with its take_fields, so that each message has a loop of its
 * own. */
ALWAYS_INLINE bool decode_fields(struct decoding *decoding, enum owner owner, take_fields *take,
                                 struct tl_bytes message)
{
    const uint8_t *end = message.size ? message.data + message.size : message.data;
    struct run run = {message.data, message.data, end, 0};

    while (run.at < run.end) {
        struct varint tag = take_varint(run.at, run.end);
        run.start = run.at;
        run.at = tag.behind;
        if (LIKELY(run.at))
            run = take(decoding, run, tag.value);
        if (!LIKELY(run.at)) {
            if (decoding->why.status == TL_OK)
                decoding->why = tl__dnstap_explain(owner, tl_bytes(run.start, (size_t)(run.end - run.start)));
            return false;
        }
    }
    decoding->to->present |= run.present;
    return true;
}

typedef bool decode_submessage(struct decoding *decoding, struct tl_bytes submessage);

ALWAYS_INLINE const uint8_t *take_submessage(struct decoding *decoding, struct run run,
                                             decode_submessage *decode)
{
    struct tl_bytes submessage;
    const uint8_t *behind = take_BYTES(run.at, run.end, &submessage);
    return behind && decode(decoding, submessage) ? behind : NULL;
}

/* One field of a `switch` over the tag. Behind its value the next tag is looked at, and the code walks on
 * down the list of fields, since encoders write them in this order: its branches are easier to foresee than a
 * jump for each field. */
#define FIELD(number, kind, field, member, word)                                                             \
    if (tag == TAG(number, kind) && (number) < 16) {                                                         \
        run.start = run.at++;                                                                                \
    case TAG(number, kind):                                                                                  \
        TAKE_##kind(kind, member);                                                                           \
        if (!LIKELY(run.at))                                                                                 \
            return run;                                                                                      \
        run.present |= PRESENT(field);                                                                       \
        tag = run.at < run.end ? *run.at : 0;                                                                \
    }
#define TAKE_SCALAR(kind, member)     run.at = take_##kind(run.at, run.end, &to->member)
#define TAKE_SUBMESSAGE(kind, member) run.at = take_submessage(decoding, run, decode_##member)
#define TAKE_BYTES                    TAKE_SCALAR
#define TAKE_ENUM                     TAKE_SCALAR
#define TAKE_UINT32                   TAKE_SCALAR
#define TAKE_UINT64                   TAKE_SCALAR
#define TAKE_FIXED32                  TAKE_SCALAR

#define NUMBER(number, kind, field, member, word) | 1u << (number)

static const uint32_t dnstap_numbers = 0
#define DNSTAP NUMBER
#include "fields.def"
    ;
static const uint32_t message_numbers = 0
#define MESSAGE NUMBER
#include "fields.def"
    ;
static const uint32_t policy_numbers = 0
#define POLICY NUMBER
#include "fields.def"
    ;

ALWAYS_INLINE struct run take_policy_fields(struct decoding *decoding, struct run run, uint64_t tag)
{
    struct tl_dnstap *to = decoding->to;

    switch (tag) {
    default: run.at = take_unknown(run, tag, policy_numbers, &to->policy_unknown); break;
#define POLICY FIELD
#include "fields.def"
    }
    return run;
}

static __attribute__((noinline)) bool decode_policy(struct decoding *decoding, struct tl_bytes policy)
{
    return decode_fields(decoding, OWNER_POLICY, take_policy_fields, policy);
}

ALWAYS_INLINE struct run take_message_fields(struct decoding *decoding, struct run run, uint64_t tag)
{
    struct tl_dnstap *to = decoding->to;

    switch (tag) {
    default: run.at = take_unknown(run, tag, message_numbers, &to->message_unknown); break;
#define MESSAGE FIELD
#include "fields.def"
    }
    return run;
}

static bool decode_message(struct decoding *decoding, struct tl_bytes message)
{
    return decode_fields(decoding, OWNER_MESSAGE, take_message_fields, message);
}

ALWAYS_INLINE struct run take_dnstap_fields(struct decoding *decoding, struct run run, uint64_t tag)
{
    struct tl_dnstap *to = decoding->to;

    switch (tag) {
    default: run.at = take_unknown(run, tag, dnstap_numbers, &to->unknown); break;
#define DNSTAP FIELD
#include "fields.def"
    }
    return run;
}

/* The required field that is missing, or TL_DNSTAP_FIELDS. Known only at the end of the frame, since a
 * repeated `message` adds to the one before. */
static enum tl_dnstap_field missing_field(uint32_t present)
{
    if (!(present & PRESENT(TYPE)))
        return TL_DNSTAP_F_TYPE;
    if (present & PRESENT(MESSAGE) && !(present & PRESENT(MESSAGE_TYPE)))
        return TL_DNSTAP_F_MESSAGE_TYPE;
    return TL_DNSTAP_FIELDS;
}

static enum tl_status fail(struct explanation why, size_t offset, struct tl_dnstap_error *ret_error)
{
    if (ret_error) {
        ret_error->offset = offset;
        ret_error->what = why.what;
    }
    return why.status;
}

/* What is copied of a struct: all but the lists of unknown fields, which are long, at the end and nearly
 * always empty. Copying from `nothing` clears; compilers do it in a few vector moves, and either as a slow
 * string instruction if it is a whole struct. */
#define KNOWN_SIZE offsetof(struct tl_dnstap, unknown)

static const struct tl_dnstap nothing;

static void clear(struct tl_dnstap *dnstap)
{
    memcpy(dnstap, &nothing, KNOWN_SIZE);
    dnstap->unknown.count = dnstap->unknown.omitted = 0;
    dnstap->message_unknown.count = dnstap->message_unknown.omitted = 0;
    dnstap->policy_unknown.count = dnstap->policy_unknown.omitted = 0;
}

static inline void copy_unknown(struct tl_dnstap_unknown *to, const struct tl_dnstap_unknown *from)
{
    to->count = from->count;
    to->omitted = from->omitted;
    for (uint32_t i = 0; i < from->count; i++)
        to->fields[i] = from->fields[i];
}

static void copy(struct tl_dnstap *to, const struct tl_dnstap *from)
{
    memcpy(to, from, KNOWN_SIZE);
    copy_unknown(&to->unknown, &from->unknown);
    copy_unknown(&to->message_unknown, &from->message_unknown);
    copy_unknown(&to->policy_unknown, &from->policy_unknown);
}

enum tl_status tl_dnstap_decode(struct tl_bytes frame, struct tl_dnstap *ret_dnstap,
                                struct tl_dnstap_error *ret_error)
{
    struct tl_dnstap dnstap;
    struct decoding decoding = {&dnstap, {TL_OK, NULL, NULL}};

    clear(&dnstap);
    if (!decode_fields(&decoding, OWNER_DNSTAP, take_dnstap_fields, frame))
        return fail(decoding.why, (size_t)(decoding.why.at - frame.data), ret_error);

    enum tl_dnstap_field missing = missing_field(dnstap.present);
    if (missing != TL_DNSTAP_FIELDS)
        return fail((struct explanation){TL_MISSING_FIELD, NULL, tl_dnstap_field_name(missing)}, frame.size,
                    ret_error);
    copy(ret_dnstap, &dnstap);
    return TL_OK;
}
