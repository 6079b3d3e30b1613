/* capture/output_state: what the kinds of output files share - the state that is entered in the queue's head
 * before each step, and the control frames. For capture/output alone. */
#ifndef CAPTURE_OUTPUT_STATE_H
#define CAPTURE_OUTPUT_STATE_H

#include "capture/output.h"

#include <tapline/frame.h>

#define OUTPUT_FILE_MODE   0640
#define OUTPUT_CONTROL_MAX TL_CONTROL_FRAME_MAX /* bytes of our START and STOP frames, at most */
#define OUTPUT_START_ROOM  64                   /* left for the START frame of a file that is not open yet */
#define OUTPUT_STOP_SIZE   12

/* Our START or STOP, in a buffer of OUTPUT_CONTROL_MAX. */
struct tl_bytes output_control_frame(const struct output *output, enum tl_control_type type, uint8_t *buffer);

/* The state that is valid. */
static inline struct queue_file *output_file(const struct output *output)
{
    return &output->head->files[output->head->file];
}

/* Enters a whole new state: into the slot that is not valid, then makes that one valid. */
void output_enter_file(struct output *output, const struct queue_file *file);

/* Changes the state of the one that is valid. */
void output_enter_state(struct output *output, enum queue_file_state state);

/* Closes the descriptor; errno stays. */
void output_close_keeping_errno(struct output *output);

/* The file that was begun is none; errno stays. A segment that cannot be removed is begun anew the next time.
 */
void output_remove(struct output *output);

/* output_plain.c: a file of the user's, called NAME.part until it is complete, or `in_place`. `ret_path`
 * holds the name that is wanted. 0 or a descriptor, or -1 with errno; to complete it may be tried again. */
int output_plain_open(struct output *output, uint64_t start_out, char *ret_path);
int output_plain_reopen(const struct queue_file *file);
int output_plain_complete(struct output *output, bool sync);

/* output_segment.c: the same for a hot segment of an archive and its ledger. */
int output_segment_open(struct output *output, uint64_t start_out, char *ret_path);
int output_segment_reopen(const struct output *output, const struct queue_file *file);
int output_segment_reopen_ledger(struct output *output, const struct queue *queue,
                                 const struct queue_file *file);
int output_segment_complete(struct output *output, bool sync);
int output_segment_remove(struct output *output, const struct queue_file *file);

#endif
