/* The bounds of every option. Invariant: they are those of the original library, also where an option has no
 * effect here, because name servers check their configuration against them. */
#include "iothr_options.h"

#include <stdlib.h>

const struct fstrm_iothr_options iothr_options_default = {
    .input_queue_size = FSTRM_IOTHR_INPUT_QUEUE_SIZE_DEFAULT,
    .num_input_queues = FSTRM_IOTHR_NUM_INPUT_QUEUES_DEFAULT,
    .reopen_interval = FSTRM_IOTHR_REOPEN_INTERVAL_DEFAULT,
    .queue_model = FSTRM_IOTHR_QUEUE_MODEL_DEFAULT,
};

struct fstrm_iothr_options *fstrm_iothr_options_init(void)
{
    struct fstrm_iothr_options *options = malloc(sizeof(*options));

    if (options)
        *options = iothr_options_default;
    return options;
}

void fstrm_iothr_options_destroy(struct fstrm_iothr_options **options)
{
    free(*options);
    *options = NULL;
}

static fstrm_res within(unsigned value, unsigned min, unsigned max)
{
    return value >= min && value <= max ? fstrm_res_success : fstrm_res_failure;
}

/* Sets `*field` if that is within the bounds. */
static fstrm_res set(unsigned *field, unsigned value, unsigned min, unsigned max)
{
    fstrm_res result = within(value, min, max);

    if (result == fstrm_res_success)
        *field = value;
    return result;
}

fstrm_res fstrm_iothr_options_set_buffer_hint(struct fstrm_iothr_options *options, unsigned bytes)
{
    (void)options;
    return within(bytes, FSTRM_IOTHR_BUFFER_HINT_MIN, FSTRM_IOTHR_BUFFER_HINT_MAX);
}

fstrm_res fstrm_iothr_options_set_flush_timeout(struct fstrm_iothr_options *options, unsigned seconds)
{
    (void)options;
    return within(seconds, FSTRM_IOTHR_FLUSH_TIMEOUT_MIN, FSTRM_IOTHR_FLUSH_TIMEOUT_MAX);
}

fstrm_res fstrm_iothr_options_set_input_queue_size(struct fstrm_iothr_options *options, unsigned frames)
{
    if (frames % 2)
        return fstrm_res_failure;
    return set(&options->input_queue_size, frames, FSTRM_IOTHR_INPUT_QUEUE_SIZE_MIN,
               FSTRM_IOTHR_INPUT_QUEUE_SIZE_MAX);
}

fstrm_res fstrm_iothr_options_set_num_input_queues(struct fstrm_iothr_options *options, unsigned count)
{
    return set(&options->num_input_queues, count, FSTRM_IOTHR_NUM_INPUT_QUEUES_MIN, UINT_MAX);
}

fstrm_res fstrm_iothr_options_set_output_queue_size(struct fstrm_iothr_options *options, unsigned frames)
{
    (void)options;
    return within(frames, FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MIN, FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MAX);
}

fstrm_res fstrm_iothr_options_set_queue_model(struct fstrm_iothr_options *options,
                                              fstrm_iothr_queue_model model)
{
    if (model != FSTRM_IOTHR_QUEUE_MODEL_SPSC && model != FSTRM_IOTHR_QUEUE_MODEL_MPSC)
        return fstrm_res_failure;
    options->queue_model = model;
    return fstrm_res_success;
}

fstrm_res fstrm_iothr_options_set_queue_notify_threshold(struct fstrm_iothr_options *options, unsigned frames)
{
    (void)options;
    return within(frames, FSTRM_IOTHR_QUEUE_NOTIFY_THRESHOLD_MIN, UINT_MAX);
}

fstrm_res fstrm_iothr_options_set_reopen_interval(struct fstrm_iothr_options *options, unsigned seconds)
{
    return set(&options->reopen_interval, seconds, FSTRM_IOTHR_REOPEN_INTERVAL_MIN,
               FSTRM_IOTHR_REOPEN_INTERVAL_MAX);
}
