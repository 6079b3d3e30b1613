/* What becomes of a record. Invariant: what is counted is what passed, and it is written in the order in
 * which it was put.
 */
#include "cli/read_output.h"

#include "process/log.h"

#include <tapline/stream.h>

#include <stdio.h>
#include <unistd.h>

/* Opening --------------------------------------------------------------------------------------------- */

static struct print_options print_options_of(const struct read_request *request)
{
    return (struct print_options){.fd = STDOUT_FILENO,
                                  .format = request->format,
                                  .utc = request->span.utc,
                                  .colour = request->has_colour,
                                  .bind = request->bind,
                                  .fields = request->fields,
                                  .field_count = request->field_count};
}

/* What is formatted by one thread of several is larger than its share of the input. */
#define PART_SIZE ((size_t)1 << 20)

static bool open_print(struct read_output *output, const struct print_gate *gate)
{
    struct print_options options = print_options_of(output->request);

    if (output->request->is_count)
        return true;
    if (gate) {
        options.is_part = true;
        options.buffer = PART_SIZE;
        options.gate = gate;
    }
    output->print = print_new(&options);
    return output->print != NULL;
}

static bool open_tail(struct read_output *output)
{
    struct print_options options = print_options_of(output->request);

    options.fd = -1;
    options.is_part = true;
    output->tail = read_tail_new(output->request->tail);
    output->tail_print = print_new(&options);
    return output->tail && output->tail_print;
}

bool read_output_init(struct read_output *output, const struct read_request *request,
                      const struct print_gate *gate)
{
    *output = (struct read_output){.request = request};
    output->hides_origin = request->source.origin && !request->shows_origin && !request->prints_fields;
    output->is_plain = !request->is_count && !request->head && !request->tail && !request->pair &&
                       !request->filter && !output->hides_origin;
    if (request->pair && !(output->pairs = pairs_new(0, 0)))
        return false;
    if (request->filter && !(output->asking = filter_thread_new(request->filter)))
        return false;
    return open_print(output, gate) && (!request->tail || open_tail(output));
}

void read_output_done(struct read_output *output)
{
    pairs_free(output->pairs);
    filter_thread_free(output->asking);
    print_free(output->print);
    read_tail_free(output->tail);
    print_free(output->tail_print);
}

/* Records ---------------------------------------------------------------------------------------------- */

static bool passes(struct read_output *output, const struct record *record)
{
    if (!output->asking)
        return true;
    look_at(&output->look, record);
    return filter_passes(output->request->filter, output->asking, &output->look);
}

static enum tl_status put_into_tail(struct read_output *output, const struct record *record)
{
    enum tl_status status = print_put(output->tail_print, record);

    if (status == TL_OK)
        read_tail_put(output->tail, print_take(output->tail_print));
    return status;
}

/* A record, or an exchange. */
static enum tl_status put_one(struct read_output *output, struct record *record)
{
    enum tl_status status = TL_OK;

    if (!passes(output, record))
        return TL_OK;
    output->count++;
    if (output->hides_origin)
        record->origin = NULL;
    if (output->tail)
        return put_into_tail(output, record);
    if (output->print)
        status = print_put(output->print, record);
    return status == TL_OK && output->count == output->request->head ? TL_END : status;
}

static enum tl_status put_pairs(struct read_output *output)
{
    enum tl_status status = TL_OK;
    struct record exchange;

    while (status == TL_OK && pairs_next(output->pairs, &exchange))
        status = put_one(output, &exchange);
    return status;
}

enum tl_status read_output_put_rare(struct read_output *output, struct record *record)
{
    if (!output->pairs)
        return put_one(output, record);
    pairs_put(output->pairs, record);
    return put_pairs(output);
}

/* Writing ---------------------------------------------------------------------------------------------- */

bool read_output_is_prompt(const struct read_output *output)
{
    return output->print && !output->tail && !output->pairs;
}

enum tl_status read_output_flush(struct read_output *output)
{
    return output->print ? print_flush(output->print) : TL_OK;
}

static enum tl_status print_tail(struct read_output *output)
{
    enum tl_status status = read_tail_print(output->tail, output->print);

    if (status == TL_OK && read_tail_is_cut(output->tail))
        process_log("--tail: only the last %llu are printed, which are all that %zu MiB hold",
                    (unsigned long long)read_tail_count(output->tail), READ_TAIL_SIZE >> 20);
    return status;
}

static enum tl_status print_count(const struct read_output *output)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)output->count);

    return tl_write(STDOUT_FILENO, tl_bytes(text, (size_t)length), NULL);
}

void read_output_add(struct read_output *output, const struct read_output *part)
{
    output->count += part->count;
    output->left_out += part->print ? print_left_out(part->print) : 0;
    output->given_up += part->asking ? filter_given_up(part->asking) : 0;
}

/* What the user would not see otherwise. */
static void say_rest(struct read_output *output)
{
    uint64_t given_up = output->given_up + (output->asking ? filter_given_up(output->asking) : 0);
    uint64_t left_out = output->left_out + (output->print ? print_left_out(output->print) : 0) +
                        (output->tail_print ? print_left_out(output->tail_print) : 0);
    uint64_t evicted = output->pairs ? pairs_counts(output->pairs).evicted : 0;

    if (given_up)
        process_log(
            "--where: times that a regular expression took too long, and was taken not to match: %llu",
            (unsigned long long)given_up);
    if (left_out)
        process_log("--format %s: messages of which BIND prints nothing, left out: %llu",
                    print_format_word(output->request->format), (unsigned long long)left_out);
    if (evicted)
        process_log("--pair: messages that stand alone for want of memory to wait for the other half: %llu",
                    (unsigned long long)evicted);
    output->has_trouble = given_up || left_out;
}

enum tl_status read_output_finish(struct read_output *output)
{
    enum tl_status status = TL_OK;

    if (output->pairs && (!output->request->head || output->count < output->request->head)) {
        pairs_finish(output->pairs);
        status = put_pairs(output);
    }
    if (output->tail && status == TL_OK)
        status = print_tail(output);
    if (status != TL_OK && status != TL_END)
        return status;
    say_rest(output);
    return output->print ? print_finish(output->print) : print_count(output);
}
