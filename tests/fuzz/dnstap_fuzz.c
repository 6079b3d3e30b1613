/* Property: what decodes also encodes, to exactly tl_dnstap_size() bytes, and what was written decodes to an
 * equal struct and encodes to the same bytes again. What does not decode has a named reason inside the frame.
 */
#include "dnstap/sample.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static uint8_t *encoded(const struct tl_dnstap *dnstap, size_t size)
{
    uint8_t *frame = malloc(size + !size);

    demand(frame != NULL);
    demand(size == 0 || tl_dnstap_encode(dnstap, frame, size - 1) == TL_FULL);
    demand(tl_dnstap_encode(dnstap, frame, size) == TL_OK);
    return frame;
}

static void check_round_trip(const struct tl_dnstap *dnstap)
{
    struct tl_dnstap back;
    size_t size = tl_dnstap_size(dnstap);
    uint8_t *frame = encoded(dnstap, size);

    demand(tl_dnstap_decode(tl_bytes(frame, size), &back, NULL) == TL_OK);
    demand(dnstap_equal(dnstap, &back));
    demand(back.unknown.count <= 1 && back.message_unknown.count <= 1 && back.policy_unknown.count <= 1);
    demand(tl_dnstap_size(&back) == size);
    uint8_t *again = encoded(&back, size);
    demand(memcmp(frame, again, size) == 0);
    free(again);
    free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_dnstap dnstap;
    struct tl_dnstap_error error = {SIZE_MAX, NULL};

    if (tl_dnstap_decode(tl_bytes(data, size), &dnstap, &error) == TL_OK)
        check_round_trip(&dnstap);
    else
        demand(error.offset <= size && error.what && error.what[0]);
    return 0;
}
