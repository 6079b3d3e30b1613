/* Reading with several threads. Invariant: the output is to the byte that of one thread. */
#include "cli/crew.h"
#include "cli/reading.h"

#include <errno.h>

static bool init(void *part, const void *context, const struct print_gate *gate)
{
    return read_output_init(part, context, gate);
}

static void done(void *part)
{
    read_output_done(part);
}

static bool put(void *part, struct record *record)
{
    return read_output_put(part, record) == TL_OK;
}

static enum tl_status settle(void *part)
{
    return read_output_flush(part);
}

static enum tl_status run(struct crew *crew, struct read_output *whole)
{
    enum tl_status status = read_output_flush(whole); /* what stands before everything */
    const struct read_output *part;

    if (status != TL_OK)
        return status;
    crew_skip(crew, whole->print ? print_part_prefix(whole->print) : 0);
    status = crew_run(crew);
    int error = errno;
    for (unsigned i = 0; (part = crew_part(crew, i)) != NULL; i++)
        read_output_add(whole, part);
    errno = error;
    return status == TL_OK ? read_output_finish(whole) : status;
}

enum tl_status read_in_threads(struct reading *reading)
{
    const struct read_request *request = reading->request;
    struct crew_work work = {.part_size = sizeof(struct read_output),
                             .wants_origins = request->source.origin,
                             .context = request,
                             .init = init,
                             .done = done,
                             .put = put,
                             .settle = settle};
    struct crew *crew = crew_new(&work, reading->source, &reading->report, request->threads);

    if (!crew)
        return TL_NO_MEMORY;
    enum tl_status status = run(crew, &reading->output);
    int error = errno;
    crew_free(crew);
    errno = error;
    return status;
}
