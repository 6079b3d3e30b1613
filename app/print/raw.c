/* A stream of the frames as they came. Invariant: what stands between START and STOP are whole frames. */
#include "print/raw.h"

#include <tapline/frame.h>

static void put_control(struct print_output *output, enum tl_control_type type, struct tl_bytes content_type)
{
    struct tl_control control = tl_control(type, content_type);
    uint8_t *to = (uint8_t *)print_room(output, TL_CONTROL_FRAME_MAX);
    size_t size = 0;

    tl_control_encode(&control, to, TL_CONTROL_FRAME_MAX, &size);
    output->at += size;
}

void print_raw_begin(struct print_output *output)
{
    put_control(output, TL_CONTROL_START, tl_bytes_of_text(TL_DNSTAP_CONTENT_TYPE));
}

void print_raw_put(struct print_output *output, const struct record *record)
{
    struct tl_builder builder = tl_builder(print_room(output, 4), 4);

    tl_builder_put_be32(&builder, (uint32_t)record->frame.size);
    output->at += 4;
    print_bytes(output, record->frame);
}

void print_raw_end(struct print_output *output)
{
    put_control(output, TL_CONTROL_STOP, tl_bytes(NULL, 0));
}
