/* Control frames on a transport. */
#ifndef COMPAT_WIRE_H
#define COMPAT_WIRE_H

#include "control.h"
#include "rdwr.h"

/* Writes it whole, in one piece. */
fstrm_res wire_write_control(struct fstrm_rdwr *rdwr, const struct fstrm_control *control);

/* Reads the next control frame that is of known type; data frames are a failure. */
fstrm_res wire_read_control(struct fstrm_rdwr *rdwr, struct fstrm_control *control);

/* As above, when the escape was already read. `control` is left without type if the frame is of unknown type,
 * which is then passed over. */
fstrm_res wire_read_escaped(struct fstrm_rdwr *rdwr, struct fstrm_control *control);

/* A big endian number of 4 bytes. */
fstrm_res wire_read_number(struct fstrm_rdwr *rdwr, uint32_t *number);

#endif
