/* Entries of a ledger: struct to protobuf message and back, driven by one table of the fields and one of
 * which kind has which. Invariant: what is decoded has only the fields of its kind, and encodes and decodes
 * again to the same. */
#include <tapline/archive.h>

#include "varint.h"

#define TEXT_MAX         1000
#define LENGTH_SIZE      4
#define FIELD_NUMBER_MAX ((1u << 29) - 1)

enum {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
};

/* Numbers of the message's fields; tapline-archive(5) has them as a schema. */
enum {
    F_KIND = 1,
    F_SEGMENT,
    F_AT,
    F_RUN,
    F_TEXT,
    F_LISTENER,
    F_CONNECTION,
    F_FRAMES,
    F_BYTES,
    F_SKIPPED,
    F_AT_MOST,
    F_THROUGH,
    F_PACKED,
    F_SENDER,
    F_TOTAL,
    F_COUNT,
};

enum form { FORM_NUMBER = 1, FORM_BOOL, FORM_TEXT, FORM_PACKED };

struct field {
    enum form form;
    size_t offset; /* of the member in struct tl_ledger_entry */
};

static const struct field fields[F_COUNT] = {
#define MEMBER(form, member)                                                                                 \
    {                                                                                                        \
        FORM_##form, offsetof(struct tl_ledger_entry, member)                                                \
    }
    [F_SEGMENT] = MEMBER(NUMBER, segment), [F_AT] = MEMBER(NUMBER, at_ms),
    [F_RUN] = MEMBER(NUMBER, run_ms),      [F_TEXT] = MEMBER(TEXT, text),
    [F_LISTENER] = MEMBER(TEXT, listener), [F_CONNECTION] = MEMBER(NUMBER, connection),
    [F_FRAMES] = MEMBER(NUMBER, frames),   [F_BYTES] = MEMBER(NUMBER, bytes),
    [F_SKIPPED] = MEMBER(NUMBER, skipped), [F_AT_MOST] = MEMBER(BOOL, is_at_most),
    [F_THROUGH] = MEMBER(NUMBER, through), [F_PACKED] = MEMBER(PACKED, packed),
    [F_SENDER] = MEMBER(NUMBER, sender),   [F_TOTAL] = MEMBER(NUMBER, total),
#undef MEMBER
};

#define HAS(field) (1u << (field))

static const uint32_t fields_of[] = {
    [TL_LEDGER_UNKNOWN] = 0,
    [TL_LEDGER_SEGMENT] = HAS(F_SEGMENT) | HAS(F_AT) | HAS(F_RUN) | HAS(F_TEXT),
    [TL_LEDGER_CONNECTION] = HAS(F_AT) | HAS(F_TEXT) | HAS(F_LISTENER) | HAS(F_CONNECTION),
    [TL_LEDGER_RUNS] = HAS(F_PACKED),
    [TL_LEDGER_LOSS] = HAS(F_AT) | HAS(F_TEXT) | HAS(F_CONNECTION) | HAS(F_FRAMES) | HAS(F_BYTES) |
                       HAS(F_AT_MOST) | HAS(F_SENDER) | HAS(F_TOTAL),
    [TL_LEDGER_CLOSED] = HAS(F_AT) | HAS(F_TEXT) | HAS(F_CONNECTION) | HAS(F_FRAMES) | HAS(F_BYTES),
    [TL_LEDGER_MARK] = HAS(F_THROUGH),
    [TL_LEDGER_END] = HAS(F_SEGMENT) | HAS(F_FRAMES) | HAS(F_BYTES) | HAS(F_SKIPPED),
    [TL_LEDGER_BLOCKS] = HAS(F_BYTES) | HAS(F_PACKED),
};

#define KINDS (sizeof(fields_of) / sizeof(fields_of[0]))

/* Encoding ---------------------------------------------------------------------------------------------- */

static void put_number(struct tl_builder *to, uint32_t number, uint64_t value)
{
    put_varint(to, number << 3 | WIRE_VARINT);
    put_varint(to, value);
}

static void put_bytes(struct tl_builder *to, uint32_t number, struct tl_bytes bytes)
{
    put_varint(to, number << 3 | WIRE_BYTES);
    put_varint(to, bytes.size);
    tl_builder_put(to, bytes);
}

/* A field that is zero or empty is left out. */
static void put_field(struct tl_builder *to, uint32_t number, const struct tl_ledger_entry *entry)
{
    const void *member = (const char *)entry + fields[number].offset;
    uint64_t value = 0;
    struct tl_bytes bytes = {NULL, 0};

    switch (fields[number].form) {
    case FORM_NUMBER: value = *(const uint64_t *)member; break;
    case FORM_BOOL: value = *(const bool *)member; break;
    case FORM_PACKED: bytes = *(const struct tl_bytes *)member; break;
    case FORM_TEXT:
        bytes = *(const struct tl_bytes *)member;
        bytes.size = bytes.size < TEXT_MAX ? bytes.size : TEXT_MAX;
        break;
    }
    if (value)
        put_number(to, number, value);
    if (bytes.size)
        put_bytes(to, number, bytes);
}

enum tl_status tl_ledger_encode(const struct tl_ledger_entry *entry, uint8_t *buffer, size_t size,
                                size_t *ret_size)
{
    size_t room = size < TL_LEDGER_ENTRY_MAX + LENGTH_SIZE ? size : TL_LEDGER_ENTRY_MAX + LENGTH_SIZE;
    struct tl_builder to = tl_builder(buffer, room);
    uint8_t *length = tl_builder_take(&to, LENGTH_SIZE);

    if (entry->kind == TL_LEDGER_UNKNOWN || (size_t)entry->kind >= KINDS)
        return TL_BAD_ARGUMENT;
    put_number(&to, F_KIND, entry->kind);
    for (uint32_t number = F_KIND + 1; number < F_COUNT; number++) {
        if (fields_of[entry->kind] & HAS(number))
            put_field(&to, number, entry);
    }
    if (to.status != TL_OK)
        return to.status;
    struct tl_builder head = tl_builder(length, LENGTH_SIZE);
    tl_builder_put_be32(&head, (uint32_t)(tl_builder_size(&to) - LENGTH_SIZE));
    *ret_size = tl_builder_size(&to);
    return TL_OK;
}

/* Decoding ---------------------------------------------------------------------------------------------- */

static void pass_over(struct tl_cursor *from, unsigned wire)
{
    switch (wire) {
    case WIRE_VARINT: take_varint(from); break;
    case WIRE_FIXED64: tl_cursor_take(from, 8); break;
    case WIRE_BYTES: take_bytes(from); break;
    case WIRE_FIXED32: tl_cursor_take(from, 4); break;
    default: tl_cursor_fail(from, TL_BAD_WIRE_TYPE);
    }
}

static void take_field(struct tl_cursor *from, uint32_t number, unsigned wire, struct tl_ledger_entry *entry)
{
    bool is_bytes = fields[number].form == FORM_TEXT || fields[number].form == FORM_PACKED;
    void *member = (char *)entry + fields[number].offset;

    if (wire != (is_bytes ? WIRE_BYTES : WIRE_VARINT)) {
        tl_cursor_fail(from, TL_BAD_WIRE_TYPE);
        return;
    }
    if (is_bytes)
        *(struct tl_bytes *)member = take_bytes(from);
    else if (fields[number].form == FORM_BOOL)
        *(bool *)member = take_varint(from) != 0;
    else
        *(uint64_t *)member = take_varint(from);
}

static uint64_t take_kind(struct tl_cursor *from, unsigned wire)
{
    if (wire != WIRE_VARINT)
        tl_cursor_fail(from, TL_BAD_WIRE_TYPE);
    return take_varint(from);
}

/* What belongs to another kind is no more than an unknown field. */
static void copy_fields(uint32_t present, const struct tl_ledger_entry *from, struct tl_ledger_entry *to)
{
    for (uint32_t number = F_KIND + 1; number < F_COUNT; number++) {
        static const size_t size_of[] = {
            [FORM_NUMBER] = sizeof(uint64_t),
            [FORM_BOOL] = sizeof(bool),
            [FORM_TEXT] = sizeof(struct tl_bytes),
            [FORM_PACKED] = sizeof(struct tl_bytes),
        };
        size_t offset = fields[number].offset;
        if (present & HAS(number))
            memcpy((char *)to + offset, (const char *)from + offset, size_of[fields[number].form]);
    }
}

enum tl_status tl_ledger_decode(struct tl_bytes payload, struct tl_ledger_entry *ret_entry)
{
    struct tl_cursor from = tl_cursor(payload);
    struct tl_ledger_entry all = {0}, entry = {0};
    uint64_t kind = TL_LEDGER_UNKNOWN;

    while (from.status == TL_OK && tl_cursor_left(&from)) {
        uint64_t tag = take_varint(&from), number = tag >> 3;
        unsigned wire = tag & 7;
        if (number == 0 || number > FIELD_NUMBER_MAX)
            tl_cursor_fail(&from, TL_BAD_TAG);
        else if (number == F_KIND)
            kind = take_kind(&from, wire);
        else if (number < F_COUNT)
            take_field(&from, (uint32_t)number, wire, &all);
        else
            pass_over(&from, wire);
    }
    if (from.status != TL_OK)
        return from.status;
    if (kind < KINDS) {
        entry.kind = (enum tl_ledger_kind)kind;
        copy_fields(fields_of[kind], &all, &entry);
    }
    *ret_entry = entry;
    return TL_OK;
}

/* Runs -------------------------------------------------------------------------------------------------- */

void tl_ledger_put_run(struct tl_builder *packed, const struct tl_ledger_run *run, uint64_t *last_ms)
{
    uint8_t memory[3 * VARINT_SIZE_MAX];
    struct tl_builder whole = tl_builder(memory, sizeof(memory));

    put_varint(&whole, run->connection);
    put_varint(&whole, run->frames);
    put_varint(&whole, zigzag_of(run->arrival_ms, *last_ms));
    tl_builder_put(packed, tl_builder_bytes(&whole));
    if (packed->status == TL_OK)
        *last_ms = run->arrival_ms;
}

enum tl_status tl_ledger_next_run(struct tl_bytes *packed, uint64_t *last_ms, struct tl_ledger_run *ret_run)
{
    struct tl_cursor from = tl_cursor(*packed);
    struct tl_ledger_run run;

    if (packed->size == 0)
        return TL_END;
    run.connection = take_varint(&from);
    run.frames = take_varint(&from);
    run.arrival_ms = zigzag_apply(take_varint(&from), *last_ms);
    if (from.status != TL_OK)
        return from.status;
    *last_ms = run.arrival_ms;
    *packed = tl_bytes(from.at, tl_cursor_left(&from));
    *ret_run = run;
    return TL_OK;
}
