/* `tapline stats`: everything that is asked for is read and counted, by one thread or by several, and then
 * told. Invariant: what was not counted is told with what was, and is in the exit status. */
#include "cli/commands.h"

#include "cli/crew.h"
#include "cli/interrupt.h"
#include "cli/stats_print.h"
#include "process/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the parts of the crew have in common. */
struct context {
    const struct stats_request *request;
    struct siphash_key key;
    struct stats_count *whole;
};

struct part {
    struct stats_count count;
    struct stats_count *whole;
    bool has_failed; /* for want of memory */
};

static bool part_init(void *memory, const void *context, const struct print_gate *gate)
{
    const struct context *of = context;
    struct part *part = memory;

    (void)gate;
    part->whole = of->whole;
    return stats_count_init(&part->count, of->request, of->key, true);
}

static void part_done(void *memory)
{
    stats_count_done(&((struct part *)memory)->count);
}

static bool part_put(void *memory, struct record *record)
{
    struct part *part = memory;

    part->has_failed = part->has_failed || !stats_count_put(&part->count, record);
    return !part->has_failed;
}

static enum tl_status part_settle(void *memory)
{
    struct part *part = memory;

    stats_count_settle(part->whole, &part->count);
    return part->has_failed ? TL_NO_MEMORY : TL_OK;
}

static bool add_up(struct crew *crew, struct stats_count *whole)
{
    struct part *part;

    for (unsigned i = 0; (part = crew_part(crew, i)) != NULL; i++) {
        if (!stats_count_finish(&part->count))
            return false;
        stats_count_settle(whole, &part->count);
        if (!stats_count_add(whole, &part->count))
            return false;
    }
    series_sort(&whole->summary->series);
    return true;
}

/* False without memory. */
static bool count_records(const struct context *context, struct source *source, struct report *report)
{
    const struct stats_request *request = context->request;
    struct crew_work work = {.part_size = sizeof(struct part),
                             .wants_origins = request->source.origin,
                             .context = context,
                             .init = part_init,
                             .done = part_done,
                             .put = part_put,
                             .settle = part_settle};
    struct crew *crew = crew_new(&work, source, report, request->threads);
    bool has_memory = crew && crew_run(crew) == TL_OK && add_up(crew, context->whole);

    crew_free(crew);
    return has_memory;
}

/* What the user would not see otherwise. True if there was trouble. */
static bool say_rest(const struct stats_result *result)
{
    if (result->count->given_up)
        process_log(
            "--where: times that a regular expression took too long, and was taken not to match: %llu",
            (unsigned long long)result->count->given_up);
    if (result->count->evicted)
        process_log("--pair: messages that stand alone for want of memory to wait for the other half: %llu",
                    (unsigned long long)result->count->evicted);
    if (result->is_interrupted)
        process_log("interrupted: only what was read until then is counted");
    return result->count->given_up || result->is_interrupted;
}

static int tell_all(const struct stats_result *result)
{
    bool is_told = (result->request->is_json ? stats_print_json : stats_print_text)(stdout, result);

    if (!is_told)
        process_log("out of memory");
    bool has_trouble = say_rest(result) || result->report->has_trouble || !result->losses->are_known;
    return is_told && !has_trouble ? CLI_OK : CLI_TROUBLE;
}

static int tell(const struct stats_request *request, struct stats_count *whole, const struct report *report)
{
    const struct source_options *source = &request->source;
    struct stats_losses losses;
    const struct stats_result result = {request, whole, report, &losses, interrupt_flag};
    int status = CLI_TROUBLE;

    if (stats_losses_take(&losses, source->paths, source->path_count, &source->span))
        status = tell_all(&result);
    else
        process_log("out of memory");
    stats_losses_done(&losses);
    return status;
}

static int count(const struct stats_request *request, struct source *source, struct stats_count *whole,
                 const struct siphash_key *key)
{
    const struct context context = {request, *key, whole};
    struct report report;
    size_t archives = 0;

    for (size_t i = 0; i < request->source.path_count; i++)
        archives += tl_archive_is(request->source.paths[i]);
    report_init(&report, archives > 1, isatty(STDERR_FILENO));
    bool has_memory = count_records(&context, source, &report);
    report_done(&report);
    if (has_memory)
        return tell(request, whole, &report);
    process_log("out of memory");
    return CLI_TROUBLE;
}

static int run(struct stats_request *request)
{
    struct siphash_key key = siphash_random_key();
    struct stats_count whole;
    char text[SOURCE_TEXT_SIZE];
    int status = CLI_TROUBLE;

    request->source.stop_fd = interrupt_catch(false);
    if (request->source.stop_fd < 0) {
        process_log("signals cannot be caught: %s", strerror(errno));
        return CLI_TROUBLE;
    }
    struct source *source = source_new(&request->source, text);
    if (!source) {
        process_log("%s", text);
        return CLI_TROUBLE;
    }
    if (stats_count_init(&whole, request, key, false))
        status = count(request, source, &whole, &key);
    else
        process_log("out of memory");
    stats_count_done(&whole);
    source_free(source);
    return status;
}

int cli_stats(int argc, char **argv)
{
    struct stats_request request;
    int status = CLI_USAGE;

    process_log_init("tapline stats");
    argv[0] = (char[]){"tapline stats"}; /* for what getopt_long says */
    if (!stats_request_parse(&request, argc, argv)) {
        fputs("Try \"tapline stats --help\".\n", stderr);
    } else if (request.is_help) {
        fputs(stats_help, stdout);
        status = CLI_OK;
    } else {
        if (request.span.utc) {
            setenv("TZ", "UTC0", 1);
            tzset();
        }
        status = run(&request);
    }
    stats_request_done(&request);
    return status;
}
