/* Judges places in a byte stream. Invariant: a verdict other than PLAUSIBLE_MORE depends on the bytes from
 * the place on alone, and not on how many of them happen to have been read. */
#include "source/plausible.h"

#include <tapline/dnstap.h>
#include <tapline/frame.h>

#define LENGTH_SIZE  4 /* of a data frame's head */
#define CONTROL_HEAD 8 /* escape and length */

#define WIRE_BYTES   2    /* of protobuf */
#define TYPE_TAG     0x78 /* Dnstap.type, field 15, a varint */
#define TYPE_MESSAGE 1    /* which it is */

static enum plausible want(size_t size, size_t *ret_want)
{
    *ret_want = size;
    return PLAUSIBLE_MORE;
}

static enum plausible border_of_control(const struct plausible_place *place, size_t *ret_want)
{
    struct tl_bytes bytes = place->bytes;
    struct tl_control control;

    if (bytes.size < CONTROL_HEAD)
        return place->is_end ? PLAUSIBLE_NO : want(CONTROL_HEAD, ret_want);
    uint32_t size = tl_be32(bytes.data + 4);
    if (size < 4 || size > TL_CONTROL_SIZE_MAX)
        return PLAUSIBLE_NO;
    if (bytes.size < CONTROL_HEAD + size)
        return place->is_end ? PLAUSIBLE_NO : want(CONTROL_HEAD + size, ret_want);
    if (tl_control_decode(tl_bytes(bytes.data + CONTROL_HEAD, size), &control, NULL) != TL_OK)
        return PLAUSIBLE_NO;
    return tl_control_type_name(control.type) ? PLAUSIBLE_YES : PLAUSIBLE_NO;
}

/* Of a length that was cut off, `size` bytes: can it be within the limit? */
static bool can_be_within(const uint8_t *data, size_t size, uint32_t limit)
{
    uint32_t least = 0;

    for (size_t i = 0; i < size; i++)
        least |= (uint32_t)data[i] << (24 - 8 * i);
    return least <= limit;
}

/* A protobuf tag with a field number and a wire type that the schema's language still has. */
static bool can_be_tag(uint8_t byte)
{
    uint8_t wire_type = byte & 7;

    return byte >> 3 && wire_type != 3 && wire_type != 4 && wire_type < 6;
}

enum plausible plausible_border(const struct plausible_place *place, size_t *ret_want)
{
    struct tl_bytes bytes = place->bytes;

    if (bytes.size < LENGTH_SIZE) {
        if (!place->is_end)
            return want(LENGTH_SIZE, ret_want);
        return can_be_within(bytes.data, bytes.size, place->limit) ? PLAUSIBLE_YES : PLAUSIBLE_NO;
    }
    uint32_t size = tl_be32(bytes.data);
    if (size == 0)
        return border_of_control(place, ret_want);
    if (size > place->limit)
        return PLAUSIBLE_NO;
    if (bytes.size == LENGTH_SIZE)
        return place->is_end ? PLAUSIBLE_YES : want(LENGTH_SIZE + 1, ret_want);
    return can_be_tag(bytes.data[LENGTH_SIZE]) ? PLAUSIBLE_YES : PLAUSIBLE_NO;
}

/* Is the place `size` bytes further on a border? */
static enum plausible border_behind(const struct plausible_place *place, size_t size, size_t *ret_want)
{
    struct plausible_place behind = *place;

    behind.bytes = tl_bytes(place->bytes.data + size, place->bytes.size - size);
    enum plausible verdict = plausible_border(&behind, ret_want);
    if (verdict == PLAUSIBLE_MORE)
        *ret_want += size;
    return verdict;
}

/* Does the payload of the data frame here, of which `size` bytes are due, decode? The bytes at hand may show
 * that it does not before all are there; what is wrong with them stays wrong. */
static enum plausible decodes(const struct plausible_place *place, uint32_t size, size_t *ret_want,
                              uint64_t *ret_work, bool *ret_is_message)
{
    size_t had = place->bytes.size - LENGTH_SIZE;
    bool is_whole = had >= size;
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error;
    enum tl_status status =
        tl_dnstap_decode(tl_bytes(place->bytes.data + LENGTH_SIZE, is_whole ? size : had), &dnstap, &error);

    if (is_whole ? status == TL_OK
                 : status == TL_OK || status == TL_TRUNCATED || status == TL_MISSING_FIELD) {
        *ret_work = is_whole ? size : had;
        *ret_is_message = is_whole && tl_dnstap_has(&dnstap, TL_DNSTAP_F_MESSAGE);
        return is_whole        ? PLAUSIBLE_YES
               : place->is_end ? PLAUSIBLE_NO
                               : want((size_t)LENGTH_SIZE + size, ret_want);
    }
    *ret_work = error.offset;
    return PLAUSIBLE_NO;
}

enum plausible plausible_frame(const struct plausible_place *place, size_t *ret_want, uint64_t *ret_work)
{
    struct tl_bytes bytes = place->bytes;
    uint64_t work = 0;
    bool is_message = false;
    enum plausible verdict =
        bytes.size <= LENGTH_SIZE && place->is_end ? PLAUSIBLE_NO : plausible_border(place, ret_want);

    if (verdict == PLAUSIBLE_YES) {
        uint32_t size = tl_be32(bytes.data);
        if (size == 0)
            verdict = border_behind(place, CONTROL_HEAD + tl_be32(bytes.data + 4), ret_want);
        else if (size > PLAUSIBLE_FRAME_MAX)
            verdict = PLAUSIBLE_NO;
        else
            verdict = decodes(place, size, ret_want, &work, &is_message);
        if (verdict == PLAUSIBLE_YES && size && !is_message)
            verdict = border_behind(place, (size_t)LENGTH_SIZE + size, ret_want);
    }
    if (verdict != PLAUSIBLE_MORE)
        *ret_work = work;
    return verdict;
}

enum plausible plausible_successor(const struct plausible_place *place, size_t *ret_want)
{
    struct tl_bytes bytes = place->bytes;
    uint64_t work;
    bool is_message;
    enum plausible verdict = plausible_border(place, ret_want);

    if (verdict != PLAUSIBLE_YES || bytes.size <= LENGTH_SIZE || tl_be32(bytes.data) == 0)
        return verdict;
    size_t size = (size_t)LENGTH_SIZE + tl_be32(bytes.data);
    if (bytes.size < size)
        return place->is_end ? PLAUSIBLE_NO : want(size, ret_want);
    verdict = decodes(place, tl_be32(bytes.data), ret_want, &work, &is_message);
    return verdict == PLAUSIBLE_NO ? border_behind(place, size, ret_want) : verdict;
}

/* Do fields of one-byte tags, with values of less than 16 KiB, fill the payload, as in nearly every frame? */
static bool is_filled(struct tl_bytes payload)
{
    const uint8_t *at = payload.data, *end = payload.data + payload.size;
    bool has_type = false;

    while (end - at >= 2) {
        uint8_t tag = *at++;
        if (tag == TYPE_TAG) {
            if (*at++ != TYPE_MESSAGE)
                return false;
            has_type = true;
            continue;
        }
        if ((tag & 7) != WIRE_BYTES || tag <= 7 || tag >= 0x80)
            return false;
        size_t size = *at++;
        if (size >= 0x80) {
            if (at == end || *at >= 0x80)
                return false;
            size = (size & 0x7f) | (size_t)*at++ << 7;
        }
        if ((size_t)(end - at) < size)
            return false;
        at += size;
    }
    return at == end && has_type;
}

/* Dnstap.type has the highest number of all fields, so most servers write it last. That a place which is no
 * frame's end looks so happens once in 65,536 times. */
static bool ends_in_type(struct tl_bytes payload)
{
    return payload.size >= 2 && payload.data[payload.size - 1] == TYPE_MESSAGE &&
           payload.data[payload.size - 2] == TYPE_TAG;
}

bool plausible_payload(struct tl_bytes payload)
{
    struct tl_dnstap dnstap;

    return ends_in_type(payload) || (payload.size && is_filled(payload)) ||
           tl_dnstap_decode(payload, &dnstap, NULL) == TL_OK;
}
