/* faulty: preloaded into a program, makes system calls on the files of one folder fail or take long.
 * Invariant: calls on other files, and all calls while no fault is due, are the system's own.
 *
 *     FAULTY_FOLDER  the folder (a path prefix)
 *     FAULTY_CALLS   which calls, "write fsync rename open link unlink mkdir fallocate truncate": a set of
 *                    words; all of them if it is absent
 *     FAULTY_SWITCH  faults are due only while this file exists; always if it is absent
 *     FAULTY_NTH     only the n-th call is faulty
 *     FAULTY_CHANCE  each is faulty with this chance, in percent
 *     FAULTY_SEED    which ones those are; by default it differs from run to run
 *     FAULTY_ERRNO   the error, 28 (ENOSPC) or 5 (EIO); 0: the call is carried out
 *     FAULTY_SLEEP   milliseconds that a faulty call takes
 *     FAULTY_COUNT   a file that gets a byte for each faulty call */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#pragma GCC visibility push(default)

static atomic_ulong calls, state;

static unsigned long number_of(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : otherwise;
}

static bool is_of_folder(const char *path)
{
    const char *folder = getenv("FAULTY_FOLDER");

    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* The path of a name at a descriptor; of the descriptor itself without a name. */
static bool is_ours(int fd, const char *name)
{
    char link[64], path[PATH_MAX];

    if (name && *name == '/')
        return is_of_folder(name);
    if (fd == AT_FDCWD)
        return name && getcwd(path, sizeof(path)) && is_of_folder(path);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof(path) - 1);
    if (size < 0)
        return false;
    path[size] = '\0';
    return is_of_folder(path);
}

static bool is_due(void)
{
    const char *file = getenv("FAULTY_SWITCH");
    unsigned long nth = number_of("FAULTY_NTH", 0), chance = number_of("FAULTY_CHANCE", 100);

    if (file && syscall(SYS_faccessat, AT_FDCWD, file, F_OK) != 0)
        return false;
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    if (nth)
        return number == nth;
    /* Knuth's MMIX generator, with its high bits. */
    unsigned long random = atomic_load(&state);
    if (random == 0)
        random = number_of("FAULTY_SEED", (unsigned long)getpid());
    random = random * 6364136223846793005ul + 1442695040888963407ul;
    atomic_store(&state, random);
    return (random >> 33) % 100 < chance;
}

static void count(void)
{
    const char *path = getenv("FAULTY_COUNT");
    long fd =
        path ? syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;

    if (fd < 0)
        return;
    syscall(SYS_write, fd, ".", 1);
    syscall(SYS_close, fd);
}

/* Is the word in the list? ("link" is a part of "unlink".) */
static bool is_among(const char *list, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strstr(list, word); at; at = strstr(at + size, word)) {
        if ((at == list || at[-1] == ' ') && (!at[size] || at[size] == ' '))
            return true;
    }
    return false;
}

/* True if the call `what` on this file has to fail; errno says with what. */
static bool fails(const char *what, int fd, const char *name)
{
    const char *wanted = getenv("FAULTY_CALLS");
    struct timespec pause;
    int before = errno;

    if ((wanted && !is_among(wanted, what)) || !is_ours(fd, name) || !is_due()) {
        errno = before;
        return false;
    }
    count();
    unsigned long sleep = number_of("FAULTY_SLEEP", 0), error = number_of("FAULTY_ERRNO", ENOSPC);
    pause = (struct timespec){(time_t)(sleep / 1000), (long)(sleep % 1000 * 1000000)};
    if (sleep)
        syscall(SYS_nanosleep, &pause, NULL);
    errno = error ? (int)error : before;
    return error != 0;
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size)
{
    return fails("write", fd, NULL) ? -1 : REAL(write)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec *parts, int parts_count)
{
    return fails("write", fd, NULL) ? -1 : REAL(writev)(fd, parts, parts_count);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return fails("write", fd, NULL) ? -1 : REAL(pwrite)(fd, data, size, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int parts_count, off_t at)
{
    return fails("write", fd, NULL) ? -1 : REAL(pwritev)(fd, parts, parts_count, at);
}

int fsync(int fd)
{
    return fails("fsync", fd, NULL) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    return fails("fsync", fd, NULL) ? -1 : REAL(fdatasync)(fd);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fails("fallocate", fd, NULL) ? -1 : REAL(fallocate)(fd, mode, offset, size);
}

int ftruncate(int fd, off_t size)
{
    return fails("truncate", fd, NULL) ? -1 : REAL(ftruncate)(fd, size);
}

int rename(const char *from, const char *to)
{
    return fails("rename", AT_FDCWD, to) ? -1 : REAL(rename)(from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return fails("rename", to_fd, to) ? -1 : REAL(renameat)(from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    return fails("rename", to_fd, to) ? -1 : REAL(renameat2)(from_fd, from, to_fd, to, flags);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return fails("link", to_fd, to) ? -1 : REAL(linkat)(from_fd, from, to_fd, to, flags);
}

int unlinkat(int fd, const char *name, int flags)
{
    return fails("unlink", fd, name) ? -1 : REAL(unlinkat)(fd, name, flags);
}

int mkdirat(int fd, const char *name, mode_t mode)
{
    return fails("mkdir", fd, name) ? -1 : REAL(mkdirat)(fd, name, mode);
}

/* Of these only what makes a file. */
static int open_at(int fd, const char *name, int flags, mode_t mode)
{
    return (flags & O_CREAT) && fails("open", fd, name) ? -1 : REAL(openat)(fd, name, flags, mode);
}

int open(const char *name, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(AT_FDCWD, name, flags, mode);
}

int openat(int fd, const char *name, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(fd, name, flags, mode);
}
