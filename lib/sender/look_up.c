/* Names looked up in a thread: getaddrinfo(3) takes as long as it likes and cannot be interrupted. Invariant:
 * a look-up belongs to its owner and to its thread, and whoever is done with it last frees it; in the child
 * of a fork there is no thread, and so it is the owner's alone. */
#include <tapline/sender.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct tl_look_up {
    struct tl_endpoint endpoint;
    int fd; /* an eventfd */
    pid_t pid;
    unsigned users; /* owner and thread */
    bool is_done;   /* then what follows is the owner's */
    enum tl_status status;
    int error;
    struct tl_addresses addresses;
};

static void leave(struct tl_look_up *look_up)
{
    if (__atomic_sub_fetch(&look_up->users, 1, __ATOMIC_ACQ_REL))
        return;
    close(look_up->fd);
    free(look_up);
}

static void *run(void *argument)
{
    struct tl_look_up *look_up = argument;
    uint64_t one = 1;

    pthread_setname_np(pthread_self(), "tapline-look-up");
    look_up->status = tl_endpoint_look_up(&look_up->endpoint, true, &look_up->addresses);
    look_up->error = errno;
    __atomic_store_n(&look_up->is_done, true, __ATOMIC_RELEASE);
    ssize_t put = write(look_up->fd, &one, sizeof(one));
    (void)put; /* there is room */
    leave(look_up);
    return NULL;
}

static int create_thread(struct tl_look_up *look_up)
{
    sigset_t all, before;
    pthread_t thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, run, look_up);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        pthread_detach(thread);
    return error;
}

enum tl_status tl_look_up_start(const struct tl_endpoint *endpoint, struct tl_look_up **ret_look_up)
{
    struct tl_look_up *look_up = calloc(1, sizeof(*look_up));

    if (!look_up)
        return TL_NO_MEMORY;
    look_up->endpoint = *endpoint;
    look_up->pid = getpid();
    look_up->users = 2;
    look_up->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = look_up->fd < 0 ? errno : create_thread(look_up);
    if (error) {
        if (look_up->fd >= 0)
            close(look_up->fd);
        free(look_up);
        errno = error;
        return TL_SYSTEM;
    }
    *ret_look_up = look_up;
    return TL_OK;
}

int tl_look_up_fd(const struct tl_look_up *look_up)
{
    return look_up->fd;
}

enum tl_status tl_look_up_result(const struct tl_look_up *look_up, struct tl_addresses *ret_addresses)
{
    if (!__atomic_load_n(&look_up->is_done, __ATOMIC_ACQUIRE))
        return TL_MORE;
    if (look_up->status == TL_OK)
        *ret_addresses = look_up->addresses;
    errno = look_up->error;
    return look_up->status;
}

void tl_look_up_free(struct tl_look_up *look_up)
{
    if (!look_up)
        return;
    if (look_up->pid != getpid())
        look_up->users = 1;
    leave(look_up);
}
