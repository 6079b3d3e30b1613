/* Proof: getaddrinfo(3) as a test wants it. Every name is 127.0.0.1, or not to be had, and while the resolver
 * is held nobody gets an answer. Numbers go to the real one.
 *
 * A test that includes this is linked with -Wl,--wrap=getaddrinfo. */
#ifndef PROOF_RESOLVER_H
#define PROOF_RESOLVER_H

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_held;
    int failure;    /* EAI_...: of every name */
    unsigned asked; /* names */
    unsigned answered;
} resolver = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **ret_list);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **ret_list);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **ret_list)
{
    int result = __real_getaddrinfo(
        host, port, &(struct addrinfo){.ai_flags = AI_NUMERICHOST, .ai_socktype = hints->ai_socktype},
        ret_list);

    if (result == 0)
        freeaddrinfo(*ret_list);
    if (!host || result == 0 || (hints->ai_flags & AI_NUMERICHOST))
        return __real_getaddrinfo(host, port, hints, ret_list);
    pthread_mutex_lock(&resolver.mutex);
    resolver.asked++;
    pthread_cond_broadcast(&resolver.changed);
    while (resolver.is_held)
        pthread_cond_wait(&resolver.changed, &resolver.mutex);
    result = resolver.failure;
    resolver.answered++;
    pthread_cond_broadcast(&resolver.changed);
    pthread_mutex_unlock(&resolver.mutex);
    return result ? result : __real_getaddrinfo("127.0.0.1", port, hints, ret_list);
}

static inline void resolver_hold(bool is_held)
{
    pthread_mutex_lock(&resolver.mutex);
    resolver.is_held = is_held;
    pthread_cond_broadcast(&resolver.changed);
    pthread_mutex_unlock(&resolver.mutex);
}

/* EAI_... for every name; 0: none. */
static inline void resolver_fail(int failure)
{
    pthread_mutex_lock(&resolver.mutex);
    resolver.failure = failure;
    pthread_mutex_unlock(&resolver.mutex);
}

/* As at the beginning. */
static inline void resolver_reset(void)
{
    pthread_mutex_lock(&resolver.mutex);
    resolver.is_held = false;
    resolver.failure = 0;
    resolver.asked = resolver.answered = 0;
    pthread_cond_broadcast(&resolver.changed);
    pthread_mutex_unlock(&resolver.mutex);
}

/* The same for cmocka_unit_test_setup. */
static inline int resolver_set_up(void **state)
{
    (void)state;
    resolver_reset();
    return 0;
}

/* How many names have been asked for by now. */
static inline unsigned resolver_asked(void)
{
    pthread_mutex_lock(&resolver.mutex);
    unsigned asked = resolver.asked;
    pthread_mutex_unlock(&resolver.mutex);
    return asked;
}

static inline void resolver_await_asked(unsigned asked)
{
    pthread_mutex_lock(&resolver.mutex);
    while (resolver.asked < asked)
        pthread_cond_wait(&resolver.changed, &resolver.mutex);
    pthread_mutex_unlock(&resolver.mutex);
}

static inline void resolver_await_answered(unsigned answered)
{
    pthread_mutex_lock(&resolver.mutex);
    while (resolver.answered < answered)
        pthread_cond_wait(&resolver.changed, &resolver.mutex);
    pthread_mutex_unlock(&resolver.mutex);
}

#endif
