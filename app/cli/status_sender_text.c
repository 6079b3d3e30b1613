/* A sender's statistics for a person: whose they are and whether they are still true, how far each endpoint
 * is, and what was lost. Invariant: the causes of loss and their sentences are those of sender_counters.def.
 */
#include "cli/status_part.h"
#include "cli/status_print.h"

#include "cli/quantities.h"

#include <string.h>

#define NUMBER   quantity_number
#define SIZE     quantity_size
#define DURATION quantity_duration

static const char *ago(uint64_t then_ms, uint64_t now_ms)
{
    return DURATION(now_ms > then_ms ? now_ms - then_ms : 0);
}

static void print_sender(FILE *to, const struct status_sender *sender, const struct status_rates *rates)
{
    struct status_part part = {to, "Sender"};
    const struct tl_sender_file *file = &sender->file;
    const struct tl_sender_lane_statistics *lanes = &file->statistics.lanes;
    uint64_t started_ms = status_sender_ms(file->started), written_ms = status_sender_ms(file->written);

    status_line(&part, "%s, process %llu", *file->program ? file->program : "a program",
                (unsigned long long)file->pid);
    status_line(&part, "%s", status_sender_state_text(sender->state));
    status_line(&part, "since %s, last written %s ago (%s)", quantity_time(started_ms),
                ago(written_ms, sender->now_ms), quantity_time(written_ms));
    status_line(&part, "frames: %s submitted, %s taken", NUMBER(file->statistics.submitted),
                NUMBER(lanes->accepted));
    if (rates->is_known)
        status_line(&part, "now %s frames/s, %s of them lost", NUMBER(rates->frames), NUMBER(rates->lost));
    status_line(&part, "rings: %s of %s in use; at most %s of one", SIZE(lanes->used), SIZE(lanes->ring_size),
                SIZE(lanes->high_water));
    if (file->statistics.statistics_failures)
        status_sentence(&part, "%s %s to write this failed, the last one: %s",
                        NUMBER(file->statistics.statistics_failures),
                        status_plural(file->statistics.statistics_failures, "attempt", "attempts"),
                        strerror(file->statistics.statistics_error));
    if (file->unknown)
        status_line(&part, "%s %s of the file not understood: use a newer tapline", NUMBER(file->unknown),
                    status_plural(file->unknown, "line", "lines"));
}

/* Endpoints --------------------------------------------------------------------------------------------- */

/* While it did what; "": nothing that could have failed. */
static const char *doing(enum tl_sender_link link)
{
    switch (link) {
    case TL_SENDER_LINK_CONNECTING: return ", connecting";
    case TL_SENDER_LINK_GREETING: return ", shaking hands";
    case TL_SENDER_LINK_SENDING: return ", sending";
    case TL_SENDER_LINK_STOPPING: return ", ending the connection";
    default: return "";
    }
}

static void print_failure(struct status_part *part, const struct tl_sender_endpoint_statistics *of,
                          uint64_t now_ms)
{
    uint64_t seconds = of->failed_at < TL_TIME_SECONDS_MAX ? of->failed_at : TL_TIME_SECONDS_MAX;

    if (of->failure == TL_OK && !of->failed_at)
        return;
    status_line(part, "last trouble %s ago%s:", ago(seconds * 1000, now_ms), doing(of->failed_in));
    status_sentence(part, "%s",
                    of->failure == TL_SYSTEM && of->error ? strerror(of->error)
                    : of->failure == TL_OK                ? "one that is unknown here: use a newer tapline"
                                                          : tl_status_text(of->failure));
}

static void print_endpoint(FILE *to, const struct status_sender *sender, size_t index)
{
    struct status_part part = {to, "To"};
    const struct tl_sender_endpoint_statistics *of = &sender->file.statistics.endpoints[index];
    const char *address = sender->file.addresses[index];

    status_line(&part, "%zu. %s: %s", index, *address ? address : "the program's own transport",
                tl_sender_link_name(of->link));
    status_line(&part, "%s %s sent (%s), %s confirmed; %s waiting", NUMBER(of->sent),
                status_plural(of->sent, "frame", "frames"), SIZE(of->bytes), NUMBER(of->confirmed),
                NUMBER(of->waiting));
    status_line(&part, "%s %s, %s broke; %s %s failed", NUMBER(of->connections),
                status_plural(of->connections, "connection", "connections"), NUMBER(of->breaks),
                NUMBER(of->failures), status_plural(of->failures, "attempt", "attempts"));
    if (of->resent)
        status_line(&part, "%s sent again after a break, and may be there twice", NUMBER(of->resent));
    print_failure(&part, of, sender->now_ms);
}

/* Lost -------------------------------------------------------------------------------------------------- */

/* What is counted is lost, by its name; all other counters tell what became of a frame otherwise. */
static bool is_loss(const char *name)
{
    return strncmp(name, "dropped_", 8) == 0 || strcmp(name, "unconfirmed") == 0;
}

/* `index`: of the endpoint with a point behind it, or "". A sentence begins with "frames". */
static void print_cause(struct status_part *part, const char *index, const char *name, const char *sentence,
                        uint64_t count)
{
    if (count && is_loss(name))
        status_sentence(part, "%s frame%s (%s%s)", NUMBER(count),
                        sentence + strlen(count == 1 ? "frames" : "frame"), index, name);
}

static void print_lost(FILE *to, const struct tl_sender_statistics *statistics)
{
    struct status_part part = {to, "Lost"};

#define TL_SENDER_LANE_COUNTER(name, sentence)                                                               \
    print_cause(&part, "", #name, sentence, statistics->lanes.name);
#include <tapline/sender_counters.def>
    for (size_t i = 0; i < statistics->endpoint_count; i++) {
        char index[24];
        snprintf(index, sizeof(index), "%zu.", i);
#define TL_SENDER_ENDPOINT_COUNTER(name, sentence)                                                           \
    print_cause(&part, index, #name, sentence, statistics->endpoints[i].name);
#include <tapline/sender_counters.def>
    }
    if (part.title)
        status_line(&part, "nothing");
}

void status_print_sender_text(FILE *to, const char *path, const struct status_sender *sender,
                              const struct status_rates *rates)
{
    status_head(to, path, sender->now_ms);
    print_sender(to, sender, rates);
    for (size_t i = 0; i < sender->file.statistics.endpoint_count; i++)
        print_endpoint(to, sender, i);
    print_lost(to, &sender->file.statistics);
}
