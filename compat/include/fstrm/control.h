/* Control frames. All numbers are 32 bits wide and big endian:
 *
 *     header    0, length of the payload
 *     payload   type, { field type, field length, field }*
 *
 * READY (writer to reader) offers content types, ACCEPT (back) says which are taken, START says which
 * follows; then come data frames, STOP, and FINISH as the reader's answer. A stream in one direction only is
 * START, data frames, STOP. Included by <fstrm.h>. */
#ifndef FSTRM_CONTROL_H
#define FSTRM_CONTROL_H

#define FSTRM_CONTROL_FRAME_LENGTH_MAX              512 /* bytes of payload */
#define FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX 256 /* bytes */

typedef enum {
    FSTRM_CONTROL_ACCEPT = 1,
    FSTRM_CONTROL_START = 2,
    FSTRM_CONTROL_STOP = 3,
    FSTRM_CONTROL_READY = 4,
    FSTRM_CONTROL_FINISH = 5,
} fstrm_control_type;

typedef enum {
    FSTRM_CONTROL_FIELD_CONTENT_TYPE = 1,
} fstrm_control_field;

typedef enum {
    FSTRM_CONTROL_FLAG_WITH_HEADER = 1, /* the bytes begin with the header, otherwise with the payload */
} fstrm_control_flag;

/* "FSTRM_CONTROL_START", or "FSTRM_CONTROL_UNKNOWN". Static memory. */
const char *fstrm_control_type_to_str(fstrm_control_type type);

/* "FSTRM_CONTROL_FIELD_CONTENT_TYPE", or "FSTRM_CONTROL_FIELD_UNKNOWN". Static memory. */
const char *fstrm_control_field_type_to_str(fstrm_control_field type);

/* One without type and fields. */
struct fstrm_control *fstrm_control_init(void);
void fstrm_control_destroy(struct fstrm_control **control);

/* Makes it as it was in the beginning. */
void fstrm_control_reset(struct fstrm_control *control);

/* Both fail if the type is none of the five. */
fstrm_res fstrm_control_get_type(const struct fstrm_control *control, fstrm_control_type *type);
fstrm_res fstrm_control_set_type(struct fstrm_control *control, fstrm_control_type type);

/* How many content types count: none for STOP and FINISH, at most one for START. */
fstrm_res fstrm_control_get_num_field_content_type(const struct fstrm_control *control, size_t *count);

/* The content type number `index`, counted from 0; borrowed, and not ended by a NUL. Fails if there are no so
 * many. */
fstrm_res fstrm_control_get_field_content_type(const struct fstrm_control *control, const size_t index,
                                               const uint8_t **content_type, size_t *size);

/* Adds a copy. One that is too long is found out when the control frame is encoded. */
fstrm_res fstrm_control_add_field_content_type(struct fstrm_control *control, const uint8_t *content_type,
                                               size_t size);

/* Success if `content_type` is among those that count, or if there are none, which means any; always failure
 * for STOP and FINISH, which have no content. NULL only matches where there are none. */
fstrm_res fstrm_control_match_field_content_type(const struct fstrm_control *control,
                                                 const uint8_t *content_type, const size_t size);

/* Takes a whole control frame and nothing behind it. `flags`: 0 or FSTRM_CONTROL_FLAG_WITH_HEADER. After a
 * failure the object is as it was in the beginning. */
fstrm_res fstrm_control_decode(struct fstrm_control *control, const void *bytes, size_t size,
                               const uint32_t flags);

/* The bytes that fstrm_control_encode will write. Fails if there is no type, if one of the content types is
 * too long, or if it were more than FSTRM_CONTROL_FRAME_LENGTH_MAX, the header included if it is asked for.
 */
fstrm_res fstrm_control_encoded_size(const struct fstrm_control *control, size_t *size, const uint32_t flags);

/* `*size` is the room in `bytes` before the call, and what was used of it afterwards. */
fstrm_res fstrm_control_encode(const struct fstrm_control *control, void *bytes, size_t *size,
                               const uint32_t flags);

#endif
