/* cli/status_sender: what a sender in some program did, from the file of statistics that it writes every
 * second. Nothing is asked of that program. */
#ifndef CLI_STATUS_SENDER_H
#define CLI_STATUS_SENDER_H

#include <tapline/sender.h>

enum status_sender_state {
    STATUS_SENDER_RUNNING,
    STATUS_SENDER_STOPPED, /* it ended in order */
    STATUS_SENDER_GONE,    /* its process ended without that */
    STATUS_SENDER_SILENT,  /* there is a process with that number, but the file is not written any more */
    STATUS_SENDER_UNSEEN,  /* the file is written, but there is no process with that number */
};

struct status_sender {
    uint64_t now_ms; /* since 1970 */
    enum status_sender_state state;
    struct tl_sender_file file;
};

/* True if the path is that of a file, and not of an archive. */
bool status_sender_is_file(const char *path);

/* Reads it. Returns NULL, or why that cannot be done, for the user; then `ret_sender` is untouched. Static
 * memory, or that of strerror(3). */
const char *status_sender_take(const char *path, struct status_sender *ret_sender);

/* What is known from a file that was read at `now_ms`. */
enum status_sender_state status_sender_state_of(const struct tl_sender_file *file, uint64_t now_ms);

/* "running", and what that means for a person. Static memory. */
const char *status_sender_state_name(enum status_sender_state state);
const char *status_sender_state_text(enum status_sender_state state);

/* Milliseconds since 1970. */
static inline uint64_t status_sender_ms(struct tl_time time)
{
    return time.seconds * 1000 + time.nanoseconds / 1000000;
}

/* Frames that were lost on the way, for whatever cause; those that were sent and never confirmed among them.
 */
uint64_t status_sender_lost(const struct tl_sender_file *file);

#endif
