/* Control frames on a transport. Invariant: what fails or ends comes back as the transport said it, so that
 * the end of a stream (fstrm_res_stop) is told from a fault. */
#include "wire.h"

#include <tapline/frame.h>

void shown_done(struct shown *shown)
{
    for (int type = 0; type < SHOWN_TYPES; type++)
        fstrm_control_reset(&shown->frames[type]);
}

struct fstrm_control *shown_get(struct shown *shown, fstrm_control_type type)
{
    return shown->is_there[type] ? &shown->frames[type] : NULL;
}

fstrm_res wire_write_control(struct fstrm_rdwr *rdwr, const struct fstrm_control *control)
{
    uint8_t frame[FSTRM_CONTROL_FRAME_LENGTH_MAX];
    size_t size = sizeof(frame);

    if (fstrm_control_encode(control, frame, &size, FSTRM_CONTROL_FLAG_WITH_HEADER) != fstrm_res_success)
        return fstrm_res_failure;
    struct iovec piece = {frame, size};
    return fstrm_rdwr_write(rdwr, &piece, 1);
}

fstrm_res wire_read_number(struct fstrm_rdwr *rdwr, uint32_t *number)
{
    uint8_t bytes[4];
    fstrm_res result = fstrm_rdwr_read(rdwr, bytes, sizeof(bytes));

    if (result == fstrm_res_success)
        *number = tl_be32(bytes);
    return result;
}

/* A type that is not known is no fault: the protocol wants such frames to be passed over. */
static fstrm_res decode(struct fstrm_control *control, const uint8_t *payload, uint32_t size)
{
    uint32_t type = size < 4 ? 0 : tl_be32(payload);

    if (size >= 4 && !control_is_type(type)) {
        fstrm_control_reset(control);
        return fstrm_res_success;
    }
    return fstrm_control_decode(control, payload, size, 0);
}

fstrm_res wire_read_escaped(struct fstrm_rdwr *rdwr, struct fstrm_control *control)
{
    uint8_t payload[FSTRM_CONTROL_FRAME_LENGTH_MAX];
    uint32_t size = 0;
    fstrm_res result = wire_read_number(rdwr, &size);

    if (result != fstrm_res_success)
        return result;
    if (size > sizeof(payload))
        return fstrm_res_failure;
    result = fstrm_rdwr_read(rdwr, payload, size);
    return result == fstrm_res_success ? decode(control, payload, size) : result;
}

static fstrm_res read_known(struct fstrm_rdwr *rdwr, struct fstrm_control *control)
{
    uint32_t escape = 0;

    do {
        fstrm_res result = wire_read_number(rdwr, &escape);
        if (result == fstrm_res_success)
            result = escape == 0 ? wire_read_escaped(rdwr, control) : fstrm_res_failure;
        if (result != fstrm_res_success)
            return result;
    } while (control->type == 0);
    return fstrm_res_success;
}

fstrm_res wire_expect_control(struct fstrm_rdwr *rdwr, struct shown *shown, fstrm_control_type type)
{
    shown->is_there[type] = true;
    fstrm_res result = read_known(rdwr, &shown->frames[type]);
    if (result == fstrm_res_success && shown->frames[type].type != type)
        return fstrm_res_failure;
    return result;
}
