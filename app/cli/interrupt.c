/* Signals that end reading. Invariant: who waits for the descriptor misses none. */
#include "cli/interrupt.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

volatile sig_atomic_t interrupt_flag;
volatile sig_atomic_t interrupt_hangup;
static int stop_fd = -1;

static void stop(int signal)
{
    int error = errno;
    uint64_t one = 1;

    (void)signal;
    interrupt_flag = 1;
    if (write(stop_fd, &one, sizeof(one)) < 0)
        interrupt_flag = 1; /* the flag alone must do */
    errno = error;
}

/* A descriptor that becomes readable when waiting for more has become pointless: after a signal, or when
 * nobody reads standard output any more. -1 with errno. */
static int open_end(void)
{
    struct epoll_event signalled = {.events = EPOLLIN}, unread = {.events = 0}; /* EPOLLERR is always told */
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, stop_fd, &signalled) != 0)
        return -1;
    epoll_ctl(fd, EPOLL_CTL_ADD, STDOUT_FILENO, &unread); /* a file cannot be added, and has no reader */
    return fd;
}

int interrupt_catch(bool watches_output)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};

    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop_fd < 0 || sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0)
        return -1;
    return watches_output ? open_end() : stop_fd;
}

static void note_hangup(int signal)
{
    (void)signal;
    interrupt_hangup = 1;
}

bool interrupt_catch_hangup(void)
{
    struct sigaction action = {.sa_handler = note_hangup};

    return sigaction(SIGHUP, &action, NULL) == 0;
}
