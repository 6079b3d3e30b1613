/* Property: what decodes as ACK or LOSS is plausible, encodes again, and that decodes to the same; what does
 * not decode leaves the result alone. The input is the payload of a control frame. */
#include <tapline/frame.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void check_ack(struct tl_bytes payload)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    uint64_t offset = 77, back = 0;
    size_t size = 0;

    if (tl_ack_decode(payload, &offset) != TL_OK) {
        demand(offset == 77);
        return;
    }
    demand(tl_ack_encode(offset, wire, sizeof(wire), &size) == TL_OK && size <= 8 + payload.size);
    demand(tl_ack_decode(tl_bytes(wire + 8, size - 8), &back) == TL_OK && back == offset);
}

static void check_loss(struct tl_bytes payload)
{
    uint8_t wire[TL_CONTROL_FRAME_MAX];
    struct tl_loss loss = {.count = 77}, back;
    size_t size = 0;

    if (tl_loss_decode(payload, &loss) != TL_OK) {
        demand(loss.count == 77);
        return;
    }
    demand(loss.count <= TL_LOSS_CAUSES_MAX);
    demand(tl_loss_encode(&loss, wire, sizeof(wire), &size) == TL_OK && size <= 8 + payload.size);
    demand(tl_loss_decode(tl_bytes(wire + 8, size - 8), &back) == TL_OK);
    demand(back.sender == loss.sender && back.count == loss.count);
    demand(memcmp(back.lost, loss.lost, sizeof(loss.lost)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_ack(tl_bytes(data, size));
    check_loss(tl_bytes(data, size));
    return 0;
}
