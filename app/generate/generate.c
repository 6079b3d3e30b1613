/* A run. Invariant: what is said to have gone out went out, and the truth is told of it also if it is less
 * than was asked for. */
#include "generate/generate.h"

#include "generate/truth.h"
#include "process/clock.h"
#include "process/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND UINT64_C(1000000)
#define SECOND      UINT64_C(1000000000)

/* Sleeping shorter than this is not worth it; and a signal is noticed after the longest sleep at the latest.
 */
#define SLEEP_LEAST (2 * MILLISECOND)
#define SLEEP_MOST  (200 * MILLISECOND)

struct run {
    const struct generate_options *options;
    struct names names;
    struct traffic *traffic;
    struct sink *sink;
    FILE *truth;
    uint64_t start;    /* of virtual time, nanoseconds since 1970 */
    uint64_t real;     /* of real time, monotonic nanoseconds */
    uint64_t duration; /* nanoseconds */
};

/* Waits until real time is where virtual time is, `at` after the start; what was put before is out by then.
 */
static bool pace(struct run *run, uint64_t at)
{
    uint64_t now = process_clock_ns() - run->real;

    if (at < now + SLEEP_LEAST)
        return true;
    if (!run->sink->flush(run->sink))
        return false;
    for (; now < at && !*run->options->stop; now = process_clock_ns() - run->real) {
        uint64_t rest = at - now < SLEEP_MOST ? at - now : SLEEP_MOST;
        struct timespec sleep = {.tv_sec = 0, .tv_nsec = (long)rest};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &sleep, NULL);
    }
    return true;
}

/* Until enough messages went out, or the next one is too late. False after a failure. */
static bool put_messages(struct run *run)
{
    const struct generate_options *options = run->options;
    struct traffic_message message;

    for (uint64_t count = 0; (!options->count || count < options->count) && !*options->stop; count++) {
        if (traffic_next(run->traffic, &message) != TL_OK) {
            process_log("out of memory");
            return false;
        }
        if (message.at >= run->duration)
            break;
        if (options->is_paced && !pace(run, message.at))
            return false;
        if (!run->sink->put(run->sink, &message, (run->start + message.at) / MILLISECOND))
            return false;
    }
    return true;
}

static bool write_truth(struct run *run)
{
    size_t count;
    const struct plant *plants = traffic_plants(run->traffic, &count);

    if (!run->truth || truth_write(run->truth, plants, count, run->start))
        return true;
    process_log("%s: writing failed: %s", run->options->truth_path, strerror(errno));
    return false;
}

/* Setting up ---------------------------------------------------------------------------------------- */

static bool open_names(struct run *run)
{
    const struct generate_options *options = run->options;
    char text[NAMES_TEXT_SIZE] = "out of memory";

    if (!options->names_path) {
        if (names_make_up(&run->names, options->traffic.seed, NAMES_MADE_UP))
            return true;
        process_log("%s", text);
        return false;
    }
    if (names_read(&run->names, options->traffic.seed, options->names_path, text))
        return true;
    process_log("%s: %s", options->names_path, text);
    return false;
}

static bool open_truth(struct run *run)
{
    if (!run->options->truth_path)
        return true;
    run->truth = fopen(run->options->truth_path, "wxe");
    if (!run->truth)
        process_log("cannot open %s: %s", run->options->truth_path,
                    errno == EEXIST ? "it exists already: remove it, or choose another name"
                                    : strerror(errno));
    return run->truth != NULL;
}

static struct sink *open_sink(const struct generate_options *options)
{
    struct sink_archive_options archive = {
        .path = options->archive_path,
        .segment_size = options->segment_size,
        .identities = options->traffic.identities,
        .identity_count = options->traffic.identity_count,
    };

    if (options->write_path)
        return sink_open_file(options->write_path);
    return options->send_to ? sink_open_receiver(options->send_to) : sink_open_archive(&archive);
}

/* The less of what --count and --duration allow. */
static uint64_t expected_messages(const struct generate_options *options)
{
    double in_time = (double)options->duration_ms / 1000 * options->traffic.rate;

    if (!options->duration_ms || (options->count && (double)options->count < in_time))
        return options->count;
    return in_time < 1e18 ? (uint64_t)in_time : (uint64_t)1e18;
}

static bool open_traffic(struct run *run)
{
    struct traffic_options options = run->options->traffic;

    options.expected = expected_messages(run->options);
    run->traffic = traffic_new(&options, &run->names);
    if (!run->traffic)
        process_log("out of memory");
    return run->traffic != NULL;
}

static void close_all(struct run *run)
{
    if (run->sink)
        run->sink->free(run->sink);
    if (run->truth)
        fclose(run->truth);
    if (run->truth && !run->sink)
        unlink(run->options->truth_path); /* nothing has begun, and the next try wants to make it */
    traffic_free(run->traffic);
    names_done(&run->names);
}

int generate_run(const struct generate_options *options)
{
    struct run run = {
        .options = options,
        .start = options->traffic.start.seconds * SECOND + options->traffic.start.nanoseconds,
        .duration = options->duration_ms ? options->duration_ms * MILLISECOND : TRAFFIC_DURATION_MAX,
    };
    bool is_done = false;

    if (open_names(&run) && open_traffic(&run) && open_truth(&run) && (run.sink = open_sink(options))) {
        run.real = process_clock_ns();
        is_done = put_messages(&run);
        is_done = is_done && run.sink->finish(run.sink);
        is_done = write_truth(&run) && is_done;
    }
    close_all(&run);
    return is_done ? 0 : -1;
}
