#include "pack/sample.h"
#include "pack/turn.h"
#include "proof/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define TURNS 1500 /* that it does not come to before who waits has had his */
#define HIS   6

static bool on(void *user)
{
    (void)user;
    return true;
}

/* Counts how often it is asked, and says no the fifth time. */
static bool not_for_long(void *user)
{
    return ++*(int *)user < 5;
}

static struct tl_archive *open_again(const struct sample *sample)
{
    struct tl_archive *archive;
    char text[TL_ARCHIVE_TEXT_SIZE];

    if (tl_archive_make(sample->path, -1, &archive, text) != TL_OK)
        abort();
    return archive;
}

struct worker {
    const struct sample *sample;
    atomic_int turns;
    atomic_bool stop;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct tl_archive *archive = open_again(worker->sample);
    struct turn turn = {0};
    struct timespec job = {0, 2000000};

    while (!worker->stop && worker->turns < TURNS) {
        if (turn_take(archive, on, NULL) != TL_OK)
            abort();
        worker->turns++;
        nanosleep(&job, NULL);
        turn_end(&turn, archive);
    }
    tl_archive_close(archive);
    return NULL;
}

static void who_waits_gets_the_lock_from_who_never_stops(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct worker worker = {.sample = &sample};
    struct turn turn = {0};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, &worker), 0);
    for (int i = 0; i < HIS; i++) {
        assert_int_equal(turn_take(sample.archive, on, NULL), TL_OK);
        turn_end(&turn, sample.archive);
    }
    assert_in_range(worker.turns, 0, TURNS - 1);
    worker.stop = true;
    pthread_join(thread, NULL);
    sample_remove(&sample);
}

static void waiting_can_be_given_up(void **state)
{
    (void)state;
    struct sample sample = sample_make();
    struct tl_archive *other = open_again(&sample);
    int asked = 0;

    assert_int_equal(turn_take(other, on, NULL), TL_OK);
    assert_int_equal(turn_take(sample.archive, not_for_long, &asked), TL_END);
    assert_int_equal(asked, 5);
    tl_archive_close(other);
    assert_int_equal(turn_take(sample.archive, on, NULL), TL_OK);
    sample_remove(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_gets_the_lock_from_who_never_stops),
        cmocka_unit_test(waiting_can_be_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
