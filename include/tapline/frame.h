/* frame: the Frame Streams protocol (https://farsightsec.github.io/fstrm/, header comment of fstrm/control.h)
 * as state machines without I/O: bytes in, frames out.
 *
 * On the wire, all numbers 32 bits big endian:
 *     data frame     length (1 to 2^32-1), payload
 *     control frame  0, length, payload = type, { field type, field length, field }*
 *
 * Nothing here allocates or makes a system call. Slices point into the caller's bytes unless a function says
 * otherwise. Objects belong to one thread at a time. */
#ifndef TAPLINE_FRAME_H
#define TAPLINE_FRAME_H

#include <tapline/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TL_CONTROL_SIZE_MAX      512 /* of a control frame's payload (FSTRM_CONTROL_FRAME_LENGTH_MAX) */
#define TL_CONTROL_FRAME_MAX     (8 + TL_CONTROL_SIZE_MAX)
#define TL_CONTENT_TYPE_SIZE_MAX 256 /* FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX */
#define TL_CONTENT_TYPES_MAX     63  /* empty ones that fit into 512 bytes behind the type */
#define TL_FRAME_LIMIT_DEFAULT   1048576u
#define TL_EXTENSION             ";tapline=1" /* behind a content type: see Acknowledgements */

/* Control frames -------------------------------------------------------------------------------------- */

enum tl_control_type {
    TL_CONTROL_ACCEPT = 1, /* reader to writer: the content types it takes */
    TL_CONTROL_START = 2,  /* writer to reader: the content type that follows */
    TL_CONTROL_STOP = 3,   /* writer to reader: no more data frames */
    TL_CONTROL_READY = 4,  /* writer to reader: the content types it offers */
    TL_CONTROL_FINISH = 5, /* reader to writer: the answer to STOP */
};

struct tl_control {
    uint32_t type; /* enum tl_control_type, or any other number */
    uint32_t content_type_count;
    struct tl_bytes content_types[TL_CONTENT_TYPES_MAX];
};

/* Decodes the payload of a control frame. An unknown type succeeds, with no content types: skip it. START may
 * have one content type, STOP and FINISH none. TL_BAD_CONTROL_LENGTH, TL_BAD_CONTROL_FIELD,
 * TL_CONTENT_TYPE_TOO_LONG; then `*ret_offset` (may be NULL) is where in the payload. */
TL_API enum tl_status tl_control_decode(struct tl_bytes payload, struct tl_control *ret_control,
                                        size_t *ret_offset);

/* Writes the whole control frame (escape and length included) and its size, at most TL_CONTROL_FRAME_MAX.
 * TL_FULL, TL_CONTENT_TYPE_TOO_LONG, TL_BAD_CONTROL_LENGTH (over 512 bytes), TL_BAD_CONTROL_FIELD (not
 * allowed in this type). */
TL_API enum tl_status tl_control_encode(const struct tl_control *control, uint8_t *buffer, size_t size,
                                        size_t *ret_size);

/* A control frame of `type` with `content_type`, or with none if that is empty. */
TL_API struct tl_control tl_control(enum tl_control_type type, struct tl_bytes content_type);

/* "READY"; NULL for an unknown number. Static memory. */
TL_API const char *tl_control_type_name(uint32_t type);

/* Decoder --------------------------------------------------------------------------------------------- */

enum tl_frame_kind {
    TL_FRAME_DATA,
    TL_FRAME_CONTROL,
    TL_FRAME_OVERSIZED, /* a data frame above the limit, now skipped */
};

/* One frame of the stream. */
struct tl_frame {
    enum tl_frame_kind kind;
    uint64_t offset;         /* of its first byte (of the length word) from the start of the stream */
    uint64_t size;           /* of the whole frame on the wire, length words included */
    struct tl_bytes payload; /* of a data or control frame; from tl_frame_skim only of a control frame */
};

/* Where the decoder stands between two calls. Zero, then tl_frame_decoder_init. */
struct tl_frame_decoder {
    uint32_t limit;        /* largest payload of a data frame that is not skipped */
    uint64_t offset;       /* of the next byte to come, from the start of the stream */
    uint64_t frame_offset; /* of the frame that byte belongs to */
    uint64_t skip;         /* bytes of the current frame still to be passed over */
    bool oversized;        /* the current frame is above the limit */
    uint32_t held;         /* bytes in `head` (tl_frame_skim only) */
    uint8_t head[TL_CONTROL_FRAME_MAX];
};

/* `limit`: largest payload of a data frame in bytes; 0 means TL_FRAME_LIMIT_DEFAULT. */
TL_API void tl_frame_decoder_init(struct tl_frame_decoder *decoder, uint32_t limit);

/* The next whole frame of `*in`, which is moved behind it. TL_MORE: `*in` does not hold a whole frame; what
 * is left of it must be presented again, with more bytes behind (a buffer of TL_CONTROL_FRAME_MAX or limit +
 * 4 bytes, whichever is larger, is always enough). An oversized frame is passed over as it comes and then
 * reported. TL_BAD_CONTROL_LENGTH:
 * `*in` stays at the frame, whose place is decoder->frame_offset. Any split of the input gives the same
 * frames. */
TL_API enum tl_status tl_frame_next(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                                    struct tl_frame *ret_frame);

/* As tl_frame_next, for who moves data frames without looking into them: every byte of `*in` is consumed,
 * nothing has to be presented twice, and a data frame is reported, without its payload, when its last byte
 * has passed. The payload of a control frame is held in the decoder and valid until the next call. One object
 * uses either this function or tl_frame_next. */
TL_API enum tl_status tl_frame_skim(struct tl_frame_decoder *decoder, struct tl_bytes *in,
                                    struct tl_frame *ret_frame);

/* For who uses tl_frame_skim: passes over the data frames that lie whole at the beginning of `*in`, and
 * returns how many. It stops, without a fault, before whatever is anything else: tl_frame_skim goes on there.
 */
TL_API uint64_t tl_frame_skim_data(struct tl_frame_decoder *decoder, struct tl_bytes *in);

/* Acknowledgements ------------------------------------------------------------------------------------ */

/* Between two taplines (tapline-sender(3), PROTOCOL): a sender offers its content type and, as one more, the
 * same with TL_EXTENSION behind it; a receiver that takes part accepts both. Then, behind START, the receiver
 * sends ACK, at once the first, and the sender LOSS. They are control frames of these types; like all fields,
 * theirs are { type, length, value }, and unknown ones are passed over. */
#define TL_CONTROL_ACK  0x80u /* receiver to sender */
#define TL_CONTROL_LOSS 0x81u /* sender to receiver, between two data frames */

#define TL_LOSS_CAUSE_MAX   255u
#define TL_LOSS_CAUSES_MAX  16u /* in one LOSS */
#define TL_LOSS_TOTAL_LIMIT ((uint64_t)1 << 48)

/* Why a sender dropped frames, as numbers on the wire. 0 is none. */
enum tl_loss_cause {
    TL_LOSS_FULL = 1, /* its memory was full */
    TL_LOSS_TOO_LONG, /* the frame could never have fitted */
    TL_LOSS_CONTENDED,
    TL_LOSS_NO_MEMORY,
    TL_LOSS_STOPPED, /* it was stopping */
    TL_LOSS_OLDEST,  /* to make room for newer ones */
    TL_LOSS_LAGGING, /* this receiver was slower than another one */
};

/* How many frames a sender has dropped for one cause since it began: `before` when it last knew that the
 * receiver has been told, and `total` now. Whoever has heard of more than `before` takes that instead, so
 * that a LOSS that is sent twice counts once. */
struct tl_lost {
    uint32_t cause; /* 1 to TL_LOSS_CAUSE_MAX */
    uint64_t before, total;
};

struct tl_loss {
    uint64_t sender; /* a number that it took by chance when it began */
    uint32_t count;
    struct tl_lost lost[TL_LOSS_CAUSES_MAX];
};

/* Write a whole control frame (escape and length included). TL_FULL; TL_BAD_CONTROL_FIELD (of LOSS: a cause
 * out of range, `before` above `total`, a total above the limit, too many). `offset`: of the sender's bytes
 * on this connection, counted from the first one of READY, up to which every data frame and LOSS that ends
 * there is stored, or is counted as not kept. */
TL_API enum tl_status tl_ack_encode(uint64_t offset, uint8_t *buffer, size_t size, size_t *ret_size);
TL_API enum tl_status tl_loss_encode(const struct tl_loss *loss, uint8_t *buffer, size_t size,
                                     size_t *ret_size);

/* Decode the payload of a control frame of that type. TL_BAD_CONTROL_LENGTH, TL_BAD_CONTROL_FIELD (cut off,
 * missing, twice, or as above), TL_UNEXPECTED_CONTROL (another type). */
TL_API enum tl_status tl_ack_decode(struct tl_bytes payload, uint64_t *ret_offset);
TL_API enum tl_status tl_loss_decode(struct tl_bytes payload, struct tl_loss *ret_loss);

/* "too long"; NULL for an unknown number. Static memory. */
TL_API const char *tl_loss_cause_name(uint32_t cause);

/* Handshakes ------------------------------------------------------------------------------------------ */

/* The receiving end of one stream, either way of opening it:
 *     bidirectional   READY in, ACCEPT out, START in, data, STOP in, FINISH out
 *     unidirectional  START in, data, STOP in */
enum tl_receiver_state {
    TL_RECEIVER_OPENING,  /* nothing came yet: READY or START is due */
    TL_RECEIVER_ACCEPTED, /* ACCEPT was given out: START is due */
    TL_RECEIVER_DATA,     /* data frames, then STOP */
    TL_RECEIVER_STOPPED,  /* STOP has come */
};

struct tl_receiver {
    enum tl_receiver_state state;
    bool bidirectional;           /* the peer opened with READY, and awaits FINISH after STOP */
    struct tl_bytes content_type; /* the only one taken; borrowed, must outlive the object */
    bool may_acknowledge;         /* set after tl_receiver_init: the extension is accepted if it is offered */
    bool acknowledges;            /* it was: the peer awaits ACK from START on, and sends LOSS */
};

TL_API void tl_receiver_init(struct tl_receiver *receiver, struct tl_bytes content_type);

/* A control frame came. `ret_reply->type` is the control frame to be sent now (ACCEPT), or 0. FINISH is not
 * given out here: whoever has stored the frames sends it, if `bidirectional`, once the state is
 * TL_RECEIVER_STOPPED. Unknown control types, LOSS among them, are passed over. A READY or START without any
 * content type is taken. The reply may borrow from `control`'s slices. TL_BAD_CONTENT_TYPE,
 * TL_UNEXPECTED_CONTROL; the state is then unchanged. */
TL_API enum tl_status tl_receiver_control(struct tl_receiver *receiver, const struct tl_control *control,
                                          struct tl_control *ret_reply);

/* May a data frame come now? TL_OK or TL_UNEXPECTED_DATA. */
TL_API enum tl_status tl_receiver_data(const struct tl_receiver *receiver);

/* The sending end of one stream. */
enum tl_sender_state {
    TL_SENDER_OPENING,  /* READY was given out: ACCEPT is due */
    TL_SENDER_DATA,     /* START was given out: data frames may be sent */
    TL_SENDER_STOPPING, /* STOP was given out: FINISH is due */
    TL_SENDER_DONE,
};

struct tl_sender_end {
    enum tl_sender_state state;
    bool bidirectional;
    struct tl_bytes content_type; /* borrowed, must outlive the object */
    bool acknowledged;            /* the receiver has accepted the extension */
    uint32_t extended_size;       /* of the extended content type; 0: it is not offered */
    uint8_t extended[TL_CONTENT_TYPE_SIZE_MAX];
};

/* `ret_first` is the control frame to be sent first: READY or START. */
TL_API void tl_sender_end_init(struct tl_sender_end *sender, bool bidirectional, struct tl_bytes content_type,
                               struct tl_control *ret_first);

/* Adds the extension to READY, behind the plain content type: `first` is what tl_sender_end_init gave out,
 * and borrows from the object then. Nothing is added to START, or if it does not fit. */
TL_API void tl_sender_end_offer(struct tl_sender_end *sender, struct tl_control *first);

/* A control frame came from the receiver. `ret_reply->type` is what to send now (START), or 0. An ACCEPT
 * without any content type takes everything. Unknown control types, ACK among them, are passed over.
 * TL_BAD_CONTENT_TYPE, TL_UNEXPECTED_CONTROL. */
TL_API enum tl_status tl_sender_end_control(struct tl_sender_end *sender, const struct tl_control *control,
                                            struct tl_control *ret_reply);

/* No more data frames: gives out STOP. TL_BAD_ARGUMENT if the state is not TL_SENDER_DATA. */
TL_API enum tl_status tl_sender_end_stop(struct tl_sender_end *sender, struct tl_control *ret_stop);

#ifdef __cplusplus
}
#endif

#endif
