/* Control frames: bytes to struct and back, after fstrm/control.h and the limits of its implementation.
 * Invariant: what is encoded here decodes here, and nothing is taken that does not fill its payload exactly.
 */
#include <tapline/frame.h>

#define FIELD_CONTENT_TYPE 1

/* How many content types each control type may have. */
static const uint32_t content_types_max[] = {
    [TL_CONTROL_ACCEPT] = TL_CONTENT_TYPES_MAX, [TL_CONTROL_START] = 1,  [TL_CONTROL_STOP] = 0,
    [TL_CONTROL_READY] = TL_CONTENT_TYPES_MAX,  [TL_CONTROL_FINISH] = 0,
};

static bool is_known(uint32_t type)
{
    return type >= TL_CONTROL_ACCEPT && type <= TL_CONTROL_FINISH;
}

static void decode_field(struct tl_cursor *from, struct tl_control *control)
{
    const uint8_t *field = from->at;
    uint32_t type = tl_cursor_be32(from);
    uint32_t size = tl_cursor_be32(from);
    struct tl_bytes value = tl_cursor_take(from, size);
    enum tl_status fault = TL_OK;

    if (from->status != TL_OK || type != FIELD_CONTENT_TYPE ||
        control->content_type_count == content_types_max[control->type])
        fault = TL_BAD_CONTROL_FIELD;
    else if (value.size > TL_CONTENT_TYPE_SIZE_MAX)
        fault = TL_CONTENT_TYPE_TOO_LONG;
    else
        control->content_types[control->content_type_count++] = value;
    if (fault != TL_OK) {
        from->at = field;
        from->status = fault;
    }
}

enum tl_status tl_control_decode(struct tl_bytes payload, struct tl_control *ret_control, size_t *ret_offset)
{
    struct tl_cursor from = tl_cursor(payload);
    struct tl_control control;

    control.type = tl_cursor_be32(&from);
    control.content_type_count = 0;
    if (from.status != TL_OK || payload.size > TL_CONTROL_SIZE_MAX) {
        from.at = from.start; /* the payload as a whole is at fault */
        from.status = TL_BAD_CONTROL_LENGTH;
    }
    while (from.status == TL_OK && is_known(control.type) && tl_cursor_left(&from))
        decode_field(&from, &control);
    if (from.status != TL_OK) {
        if (ret_offset)
            *ret_offset = tl_cursor_offset(&from);
        return from.status;
    }
    ret_control->type = control.type;
    ret_control->content_type_count = control.content_type_count;
    memcpy(ret_control->content_types, control.content_types,
           control.content_type_count * sizeof(control.content_types[0]));
    return TL_OK;
}

enum tl_status tl_control_encode(const struct tl_control *control, uint8_t *buffer, size_t size,
                                 size_t *ret_size)
{
    struct tl_builder to = tl_builder(buffer, size);
    uint32_t payload = 4;

    if (!is_known(control->type) || control->content_type_count > content_types_max[control->type])
        return TL_BAD_CONTROL_FIELD;
    for (uint32_t i = 0; i < control->content_type_count; i++) {
        if (control->content_types[i].size > TL_CONTENT_TYPE_SIZE_MAX)
            return TL_CONTENT_TYPE_TOO_LONG;
        payload += 8 + (uint32_t)control->content_types[i].size;
    }
    if (payload > TL_CONTROL_SIZE_MAX)
        return TL_BAD_CONTROL_LENGTH;
    if (size < 8 + payload)
        return TL_FULL;
    tl_builder_put_be32(&to, 0);
    tl_builder_put_be32(&to, payload);
    tl_builder_put_be32(&to, control->type);
    for (uint32_t i = 0; i < control->content_type_count; i++) {
        tl_builder_put_be32(&to, FIELD_CONTENT_TYPE);
        tl_builder_put_be32(&to, (uint32_t)control->content_types[i].size);
        tl_builder_put(&to, control->content_types[i]);
    }
    *ret_size = tl_builder_size(&to);
    return to.status;
}

struct tl_control tl_control(enum tl_control_type type, struct tl_bytes content_type)
{
    struct tl_control control;

    control.type = type;
    control.content_type_count = content_type.size > 0;
    control.content_types[0] = content_type;
    return control;
}

const char *tl_control_type_name(uint32_t type)
{
    static const char *const names[] = {NULL, "ACCEPT", "START", "STOP", "READY", "FINISH"};

    return is_known(type) ? names[type] : NULL;
}
