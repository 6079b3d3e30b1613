/* source/plausible: could a frame stand here? What recovery from damage is decided by; pure functions over
 * bytes that were read and, where that does not suffice, the wish for more. */
#ifndef SOURCE_PLAUSIBLE_H
#define SOURCE_PLAUSIBLE_H

#include <tapline/core.h>

/* The largest frame that framing is found again by: two DNS messages of 65,535 bytes and room for the rest.
 */
#define PLAUSIBLE_FRAME_MAX 139264u

enum plausible {
    PLAUSIBLE_NO,
    PLAUSIBLE_YES,
    PLAUSIBLE_MORE, /* it takes `*ret_want` bytes to tell */
};

/* What is asked about: the bytes from a place on as far as they were read, and whether that is all there is.
 */
struct plausible_place {
    struct tl_bytes bytes;
    bool is_end;
    uint32_t limit; /* largest payload of a data frame */
};

/* Does a frame, or the end, stand here? Looks at its head (of a control frame: at all of it). A weak sign:
 * for a place behind something that is one already. */
enum plausible plausible_border(const struct plausible_place *place, size_t *ret_want);

/* Is this a dnstap frame that holds a message, or another one or a control frame with a border behind it? A
 * strong sign. `*ret_work` is by how many bytes of reading it was found out (untouched by PLAUSIBLE_MORE). */
enum plausible plausible_frame(const struct plausible_place *place, size_t *ret_want, uint64_t *ret_work);

/* Is the payload of a data frame that stands where one is due beyond doubt? It ends as frames do, or its
 * fields fill it exactly and Dnstap.type is among them: so its length is right, whatever is wrong inside the
 * message in it. Or it decodes. Takes about a nanosecond of a frame as name servers write them. */
bool plausible_payload(struct tl_bytes payload);

/* Is the place behind a frame that could not be decoded a border? The data frame there must itself decode, or
 * have a border behind it. */
enum plausible plausible_successor(const struct plausible_place *place, size_t *ret_want);

#endif
