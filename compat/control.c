/* Control frames as objects. Invariant: the type is 0 or one of the five; content types that do not count in
 * the type are kept all the same, because the type may be set later. */
#include "control.h"

#include <tapline/frame.h>

#include <stdlib.h>

const char *fstrm_control_type_to_str(fstrm_control_type type)
{
    switch (type) {
    case FSTRM_CONTROL_ACCEPT: return "FSTRM_CONTROL_ACCEPT";
    case FSTRM_CONTROL_START: return "FSTRM_CONTROL_START";
    case FSTRM_CONTROL_STOP: return "FSTRM_CONTROL_STOP";
    case FSTRM_CONTROL_READY: return "FSTRM_CONTROL_READY";
    case FSTRM_CONTROL_FINISH: return "FSTRM_CONTROL_FINISH";
    }
    return "FSTRM_CONTROL_UNKNOWN";
}

const char *fstrm_control_field_type_to_str(fstrm_control_field type)
{
    return type == FSTRM_CONTROL_FIELD_CONTENT_TYPE ? "FSTRM_CONTROL_FIELD_CONTENT_TYPE"
                                                    : "FSTRM_CONTROL_FIELD_UNKNOWN";
}

struct fstrm_control *fstrm_control_init(void)
{
    return calloc(1, sizeof(struct fstrm_control));
}

void fstrm_control_destroy(struct fstrm_control **control)
{
    if (!*control)
        return;
    fstrm_control_reset(*control);
    free(*control);
    *control = NULL;
}

void fstrm_control_reset(struct fstrm_control *control)
{
    content_types_done(&control->content_types);
    control->type = 0;
}

bool control_is_type(uint32_t type)
{
    return type >= FSTRM_CONTROL_ACCEPT && type <= FSTRM_CONTROL_FINISH;
}

fstrm_res fstrm_control_get_type(const struct fstrm_control *control, fstrm_control_type *type)
{
    if (!control_is_type(control->type))
        return fstrm_res_failure;
    *type = (fstrm_control_type)control->type;
    return fstrm_res_success;
}

fstrm_res fstrm_control_set_type(struct fstrm_control *control, fstrm_control_type type)
{
    if (!control_is_type(type))
        return fstrm_res_failure;
    control->type = type;
    return fstrm_res_success;
}

size_t control_count(const struct fstrm_control *control)
{
    size_t count = control->content_types.count;

    if (control->type == FSTRM_CONTROL_STOP || control->type == FSTRM_CONTROL_FINISH)
        return 0;
    return control->type == FSTRM_CONTROL_START && count > 1 ? 1 : count;
}

bool control_make(struct fstrm_control *control, fstrm_control_type type, const struct content_types *types)
{
    fstrm_control_reset(control);
    control->type = type;
    return content_types_add_all(&control->content_types, types);
}

fstrm_res fstrm_control_get_num_field_content_type(const struct fstrm_control *control, size_t *count)
{
    *count = control_count(control);
    return fstrm_res_success;
}

fstrm_res fstrm_control_get_field_content_type(const struct fstrm_control *control, const size_t index,
                                               const uint8_t **content_type, size_t *size)
{
    if (index >= control->content_types.count)
        return fstrm_res_failure;
    *content_type = control->content_types.items[index].data;
    *size = control->content_types.items[index].size;
    return fstrm_res_success;
}

fstrm_res fstrm_control_add_field_content_type(struct fstrm_control *control, const uint8_t *content_type,
                                               size_t size)
{
    return content_types_add(&control->content_types, tl_bytes(content_type, size)) ? fstrm_res_success
                                                                                    : fstrm_res_failure;
}

fstrm_res fstrm_control_match_field_content_type(const struct fstrm_control *control,
                                                 const uint8_t *content_type, const size_t size)
{
    size_t count = control_count(control);

    if (control->type == FSTRM_CONTROL_STOP || control->type == FSTRM_CONTROL_FINISH)
        return fstrm_res_failure;
    if (count == 0)
        return fstrm_res_success;
    if (content_type && content_types_have(&control->content_types, count, tl_bytes(content_type, size)))
        return fstrm_res_success;
    return fstrm_res_failure;
}

/* The payload of a control frame that begins with its header; nothing else may be there. */
static bool take_header(struct tl_bytes *bytes)
{
    struct tl_cursor from = tl_cursor(*bytes);
    uint32_t escape = tl_cursor_be32(&from);
    uint32_t size = tl_cursor_be32(&from);

    if (from.status != TL_OK || escape != 0 || size != tl_cursor_left(&from))
        return false;
    *bytes = tl_cursor_take(&from, size);
    return true;
}

fstrm_res fstrm_control_decode(struct fstrm_control *control, const void *bytes, size_t size,
                               const uint32_t flags)
{
    struct tl_bytes payload = tl_bytes(bytes, size);
    struct tl_control decoded;

    fstrm_control_reset(control);
    if ((flags & FSTRM_CONTROL_FLAG_WITH_HEADER) && !take_header(&payload))
        return fstrm_res_failure;
    if (tl_control_decode(payload, &decoded, NULL) != TL_OK || !control_is_type(decoded.type))
        return fstrm_res_failure;
    for (uint32_t i = 0; i < decoded.content_type_count; i++) {
        if (!content_types_add(&control->content_types, decoded.content_types[i])) {
            fstrm_control_reset(control);
            return fstrm_res_failure;
        }
    }
    control->type = decoded.type;
    return fstrm_res_success;
}

static size_t header_size(uint32_t flags)
{
    return flags & FSTRM_CONTROL_FLAG_WITH_HEADER ? 8 : 0;
}

fstrm_res fstrm_control_encoded_size(const struct fstrm_control *control, size_t *size, const uint32_t flags)
{
    size_t needed = header_size(flags) + 4;

    for (size_t i = 0; i < control_count(control); i++) {
        if (control->content_types.items[i].size > FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX)
            return fstrm_res_failure;
        needed += 8 + control->content_types.items[i].size;
        /* The header counts as well, where it is asked for: programs that reserve so much rely on it. */
        if (needed > FSTRM_CONTROL_FRAME_LENGTH_MAX)
            return fstrm_res_failure;
    }
    *size = needed;
    return fstrm_res_success;
}

fstrm_res fstrm_control_encode(const struct fstrm_control *control, void *bytes, size_t *size,
                               const uint32_t flags)
{
    size_t needed;

    if (fstrm_control_encoded_size(control, &needed, flags) != fstrm_res_success || needed > *size)
        return fstrm_res_failure;
    struct tl_builder to = tl_builder(bytes, needed);
    if (header_size(flags)) {
        tl_builder_put_be32(&to, 0);
        tl_builder_put_be32(&to, (uint32_t)(needed - header_size(flags)));
    }
    tl_builder_put_be32(&to, control->type);
    for (size_t i = 0; i < control_count(control); i++) {
        tl_builder_put_be32(&to, FSTRM_CONTROL_FIELD_CONTENT_TYPE);
        tl_builder_put_be32(&to, (uint32_t)control->content_types.items[i].size);
        tl_builder_put(&to, control->content_types.items[i]);
    }
    *size = needed;
    return fstrm_res_success;
}
