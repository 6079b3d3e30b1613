/* Control frames on a transport. */
#ifndef COMPAT_WIRE_H
#define COMPAT_WIRE_H

#include "control.h"
#include "rdwr.h"

#define SHOWN_TYPES (FSTRM_CONTROL_FINISH + 1)

/* The control frames of a stream that a reader or writer shows, each at the place of its type. All zero: none
 * yet. */
struct shown {
    struct fstrm_control frames[SHOWN_TYPES];
    bool is_there[SHOWN_TYPES];
};

/* Gives back the memory of all. */
void shown_done(struct shown *shown);

/* The one of a type, which is one of the five; NULL if there was none. */
struct fstrm_control *shown_get(struct shown *shown, fstrm_control_type type);

/* Writes it whole, in one piece. */
fstrm_res wire_write_control(struct fstrm_rdwr *rdwr, const struct fstrm_control *control);

/* Reads the next control frame that is of known type. It is shown, and anything else than `type`, also a data
 * frame, is a failure. */
fstrm_res wire_expect_control(struct fstrm_rdwr *rdwr, struct shown *shown, fstrm_control_type type);

/* Reads a control frame whose escape was already read. `control` is left without type if the frame is of
 * unknown type, which is then passed over. */
fstrm_res wire_read_escaped(struct fstrm_rdwr *rdwr, struct fstrm_control *control);

/* A big endian number of 4 bytes. */
fstrm_res wire_read_number(struct fstrm_rdwr *rdwr, uint32_t *number);

#endif
