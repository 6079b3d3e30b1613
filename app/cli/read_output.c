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
                                  .colour = request->has_colour};
}

/* What is formatted by one thread of several is larger than its share of the input. */
#define PART_SIZE ((size_t)2 << 20)

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
    *output = (struct read_output){.request = request, .is_part = gate != NULL};
    output->is_plain = !request->is_count && !request->head && !request->tail;
    return open_print(output, gate) && (!request->tail || open_tail(output));
}

void read_output_done(struct read_output *output)
{
    print_free(output->print);
    read_tail_free(output->tail);
    print_free(output->tail_print);
}

/* Records ---------------------------------------------------------------------------------------------- */

static enum tl_status put_into_tail(struct read_output *output, const struct record *record)
{
    enum tl_status status = print_put(output->tail_print, record);

    if (status == TL_OK)
        read_tail_put(output->tail, print_take(output->tail_print));
    return status;
}

enum tl_status read_output_put_rare(struct read_output *output, const struct record *record)
{
    enum tl_status status = TL_OK;

    output->count++;
    if (output->tail)
        return put_into_tail(output, record);
    if (output->print)
        status = print_put(output->print, record);
    return status == TL_OK && output->count == output->request->head ? TL_END : status;
}

/* Writing ---------------------------------------------------------------------------------------------- */

bool read_output_is_prompt(const struct read_output *output)
{
    return output->print && !output->tail;
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
}

enum tl_status read_output_finish(struct read_output *output)
{
    enum tl_status status = output->tail ? print_tail(output) : TL_OK;

    if (status != TL_OK || output->is_part)
        return status == TL_OK ? read_output_flush(output) : status;
    return output->print ? print_finish(output->print) : print_count(output);
}
