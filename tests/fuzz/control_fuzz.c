/* Property: what decodes as a known control frame also encodes, to exactly the bytes it came from, and
 * decodes to the same again; every smaller buffer is too small. What does not decode has its reason inside
 * the payload. */
#include <tapline/frame.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void check_round_trip(const struct tl_control *control, struct tl_bytes payload)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    struct tl_control back;
    size_t size = 0;

    demand(tl_control_encode(control, wire, sizeof(wire), &size) == TL_OK);
    demand(size == 8 + payload.size && tl_be32(wire) == 0 && tl_be32(wire + 4) == payload.size);
    demand(memcmp(wire + 8, payload.data, payload.size) == 0);
    demand(tl_control_decode(tl_bytes(wire + 8, size - 8), &back, NULL) == TL_OK);
    demand(back.type == control->type && back.content_type_count == control->content_type_count);
    for (uint32_t i = 0; i < back.content_type_count; i++)
        demand(tl_bytes_equal(back.content_types[i], control->content_types[i]));
    size_t untouched = 77;
    for (size_t room = 0; room < size; room += 7)
        demand(tl_control_encode(control, wire, room, &untouched) == TL_FULL && untouched == 77);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_control control;
    size_t offset = SIZE_MAX;
    enum tl_status status = tl_control_decode(tl_bytes(data, size), &control, &offset);

    if (status != TL_OK) {
        demand(offset <= size);
        demand(status == TL_BAD_CONTROL_LENGTH || status == TL_BAD_CONTROL_FIELD ||
               status == TL_CONTENT_TYPE_TOO_LONG);
    } else if (tl_control_type_name(control.type)) {
        check_round_trip(&control, tl_bytes(data, size));
    } else {
        demand(control.content_type_count == 0);
    }
    return 0;
}
