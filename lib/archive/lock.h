/* archive: a file that is locked for writing as a whole, and says who has it. The lock is an open file
 * description lock (fcntl(2)): it ends with its descriptor, so with its process at the latest, and whoever
 * wants to know if it is held asks without taking it. The file is never removed while somebody may have it
 * open. */
#ifndef TAPLINE_ARCHIVE_LOCK_H
#define TAPLINE_ARCHIVE_LOCK_H

#include <tapline/archive.h>

#include <sys/types.h>

/* Takes the lock of the file, which is made if it is missing. TL_FULL: another has it, `*ret_pid` is its pid
 * or 0. TL_SYSTEM. */
enum tl_status tl__lock(int folder, const char *name, mode_t mode, int *ret_fd, uint64_t *ret_pid);
void tl__unlock(int fd);

/* The pid of who has it, UINT64_MAX if that is not known, 0 if nobody has it. */
uint64_t tl__lock_owner(int folder, const char *name);

#endif
