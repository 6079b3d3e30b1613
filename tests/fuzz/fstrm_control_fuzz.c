/* Property: what libfstrm's interface decodes as a control frame is what the library decodes, and encodes to
 * exactly the bytes it came from, with and without the header; what it refuses leaves nothing in the object.
 */
#include <fstrm.h>
#include <tapline/frame.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void check_same(const struct fstrm_control *control, const struct tl_control *expected)
{
    fstrm_control_type type;
    const uint8_t *bytes;
    size_t count, size;

    demand(fstrm_control_get_type(control, &type) == fstrm_res_success && type == expected->type);
    demand(fstrm_control_get_num_field_content_type(control, &count) == fstrm_res_success);
    demand(count == expected->content_type_count);
    for (size_t i = 0; i < count; i++) {
        demand(fstrm_control_get_field_content_type(control, i, &bytes, &size) == fstrm_res_success);
        demand(tl_bytes_equal(tl_bytes(bytes, size), expected->content_types[i]));
        demand(fstrm_control_match_field_content_type(control, bytes, size) == fstrm_res_success);
    }
    demand(fstrm_control_get_field_content_type(control, count, &bytes, &size) == fstrm_res_failure);
}

static void check_encoding(const struct fstrm_control *control, struct tl_bytes payload)
{
    uint8_t wire[FSTRM_CONTROL_FRAME_LENGTH_MAX];
    size_t size = 0, used = sizeof(wire);

    demand(fstrm_control_encoded_size(control, &size, 0) == fstrm_res_success && size == payload.size);
    demand(fstrm_control_encode(control, wire, &used, 0) == fstrm_res_success && used == size);
    demand(memcmp(wire, payload.data, size) == 0);
    used = size - 1;
    demand(fstrm_control_encode(control, wire, &used, 0) == fstrm_res_failure && used == size - 1);
    used = sizeof(wire);
    fstrm_res result = fstrm_control_encode(control, wire, &used, FSTRM_CONTROL_FLAG_WITH_HEADER);
    demand((result == fstrm_res_success) == (size + 8 <= sizeof(wire)));
    if (result != fstrm_res_success)
        return;
    struct fstrm_control *back = fstrm_control_init();
    demand(fstrm_control_decode(back, wire, used, FSTRM_CONTROL_FLAG_WITH_HEADER) == fstrm_res_success);
    fstrm_control_destroy(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fstrm_control *control = fstrm_control_init();
    struct tl_control expected;
    fstrm_control_type type;
    size_t count = 1;
    bool is_good = tl_control_decode(tl_bytes(data, size), &expected, NULL) == TL_OK &&
                   tl_control_type_name(expected.type);
    fstrm_res result = fstrm_control_decode(control, data, size, 0);

    demand((result == fstrm_res_success) == is_good);
    if (is_good) {
        check_same(control, &expected);
        check_encoding(control, tl_bytes(data, size));
    } else {
        demand(fstrm_control_get_type(control, &type) == fstrm_res_failure);
        fstrm_control_get_num_field_content_type(control, &count);
        demand(count == 0);
    }
    fstrm_control_decode(control, data, size, FSTRM_CONTROL_FLAG_WITH_HEADER);
    fstrm_control_destroy(&control);
    return 0;
}
