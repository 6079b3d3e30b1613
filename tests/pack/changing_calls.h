/* The calls by which a program changes a file system, one by one: at the n-th of them the process dies as by
 * kill -9, or the call fails. Included by one file of a test that is linked with `changing_calls_args`. */
#ifndef PACK_CHANGING_CALLS_H
#define PACK_CHANGING_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHANGING_CALLS_DIED 99 /* exit status */

static unsigned long changing_calls_left; /* until the one; 0: never */
static int changing_calls_error;          /* what it fails with; 0: the process dies */
static bool changing_calls_stay;          /* and all that follow fail, too */

static inline bool changing_calls_fail(void)
{
    if (changing_calls_left == 0 || --changing_calls_left > 0)
        return false;
    if (!changing_calls_error)
        _exit(CHANGING_CALLS_DIED);
    if (changing_calls_stay)
        changing_calls_left = 1;
    errno = changing_calls_error;
    return true;
}

#define CHANGING_CALL(type, name, parameters, arguments)                                                     \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        return changing_calls_fail() ? -1 : __real_##name arguments;                                         \
    }

CHANGING_CALL(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
CHANGING_CALL(int, fsync, (int fd), (fd))
CHANGING_CALL(int, fchmod, (int fd, mode_t mode), (fd, mode))
CHANGING_CALL(int, mkdirat, (int folder, const char *name, mode_t mode), (folder, name, mode))
CHANGING_CALL(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags))
CHANGING_CALL(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
CHANGING_CALL(int, linkat, (int from, const char *old, int to, const char *new, int flags),
              (from, old, to, new, flags))

int __real_openat64(int folder, const char *name, int flags, ...);
int __wrap_openat64(int folder, const char *name, int flags, ...);
int __wrap_openat64(int folder, const char *name, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return flags & O_CREAT && changing_calls_fail() ? -1 : __real_openat64(folder, name, flags, mode);
}

#endif
