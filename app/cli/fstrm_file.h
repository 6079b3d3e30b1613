/* cli/fstrm_file: a Frame Streams file of any content type, frame by frame, for the programs with the
 * incumbents' names. Memory grows with what is read, never with what a length says. */
#ifndef CLI_FSTRM_FILE_H
#define CLI_FSTRM_FILE_H

#include <tapline/frame.h>

#define FSTRM_FILE_FRAME_MAX (256u << 20)

struct fstrm_file {
    int fd;
    uint8_t *buffer;
    size_t size; /* of the buffer */
    size_t from; /* the bytes that were read and not given out yet */
    size_t to;
    uint64_t at;       /* where in the file the frame begins that was given out last, or could not be */
    bool ends_at_long; /* set by the caller: a frame above the limit is the end, and is not passed over */
    struct tl_frame_decoder decoder;
};

/* "-" is standard input. `limit`: of a data frame, in bytes. 0, or -1 with errno. */
int fstrm_file_open(struct fstrm_file *file, const char *path, uint32_t limit);
void fstrm_file_close(struct fstrm_file *file);

/* The next frame, valid until the next call. TL_END: the file ends between two frames. TL_TRUNCATED: it ends
 * inside one; `at` says where that begins. TL_BAD_CONTROL_LENGTH, TL_FRAME_TOO_LONG (`ends_at_long`),
 * TL_SYSTEM, TL_NO_MEMORY. */
enum tl_status fstrm_file_next(struct fstrm_file *file, struct tl_frame *ret_frame);

/* True if the next frame is a data frame that was read already: asking for it does not wait. */
bool fstrm_file_has_data(const struct fstrm_file *file);

#endif
