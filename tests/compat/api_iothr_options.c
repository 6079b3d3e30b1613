/* The bounds of every option. */
#include "api.h"

#include <limits.h>

struct setter {
    const char *name;
    fstrm_res (*set)(struct fstrm_iothr_options *, unsigned);
};

static const struct setter setters[] = {
    {"buffer_hint", fstrm_iothr_options_set_buffer_hint},
    {"flush_timeout", fstrm_iothr_options_set_flush_timeout},
    {"input_queue_size", fstrm_iothr_options_set_input_queue_size},
    {"num_input_queues", fstrm_iothr_options_set_num_input_queues},
    {"output_queue_size", fstrm_iothr_options_set_output_queue_size},
    {"queue_notify_threshold", fstrm_iothr_options_set_queue_notify_threshold},
    {"reopen_interval", fstrm_iothr_options_set_reopen_interval},
};

static const unsigned values[] = {0,       1,     2,     3,     4,       5,       6,
                                  7,       31,    32,    599,   600,     601,     1023,
                                  1024,    1025,  1026,  16382, 16383,   16384,   16385,
                                  16386,   65535, 65536, 65537, 1000000, INT_MAX, UINT_MAX - 1,
                                  UINT_MAX};

void api_iothr_options(void)
{
    for (size_t i = 0; i < sizeof(setters) / sizeof(*setters); i++) {
        struct fstrm_iothr_options *options = fstrm_iothr_options_init();
        for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++)
            printf("iothr %s %u: %s\n", setters[i].name, values[j], said(setters[i].set(options, values[j])));
        fstrm_iothr_options_destroy(&options);
        say_made("iothr options destroyed", options);
        fstrm_iothr_options_destroy(&options);
    }
    struct fstrm_iothr_options *options = fstrm_iothr_options_init();
    for (int model = 0; model < 4; model++)
        printf("iothr queue_model %d: %s\n", model,
               said(fstrm_iothr_options_set_queue_model(options, (fstrm_iothr_queue_model)model)));
    fstrm_iothr_options_destroy(&options);
    printf("iothr constants: %d %d %d, %d %d %d, %d %d %d, %d %d, %d %d %d, %d, %d %d, %d %d %d, reader %d, "
           "control %d %d\n",
           FSTRM_IOTHR_BUFFER_HINT_MIN, FSTRM_IOTHR_BUFFER_HINT_DEFAULT, FSTRM_IOTHR_BUFFER_HINT_MAX,
           FSTRM_IOTHR_FLUSH_TIMEOUT_MIN, FSTRM_IOTHR_FLUSH_TIMEOUT_DEFAULT, FSTRM_IOTHR_FLUSH_TIMEOUT_MAX,
           FSTRM_IOTHR_INPUT_QUEUE_SIZE_MIN, FSTRM_IOTHR_INPUT_QUEUE_SIZE_DEFAULT,
           FSTRM_IOTHR_INPUT_QUEUE_SIZE_MAX, FSTRM_IOTHR_NUM_INPUT_QUEUES_MIN,
           FSTRM_IOTHR_NUM_INPUT_QUEUES_DEFAULT, FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MIN,
           FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_DEFAULT, FSTRM_IOTHR_OUTPUT_QUEUE_SIZE_MAX,
           FSTRM_IOTHR_QUEUE_MODEL_DEFAULT, FSTRM_IOTHR_QUEUE_NOTIFY_THRESHOLD_MIN,
           FSTRM_IOTHR_QUEUE_NOTIFY_THRESHOLD_DEFAULT, FSTRM_IOTHR_REOPEN_INTERVAL_MIN,
           FSTRM_IOTHR_REOPEN_INTERVAL_DEFAULT, FSTRM_IOTHR_REOPEN_INTERVAL_MAX,
           FSTRM_READER_MAX_FRAME_SIZE_DEFAULT, FSTRM_CONTROL_FRAME_LENGTH_MAX,
           FSTRM_CONTROL_FIELD_CONTENT_TYPE_LENGTH_MAX);
}
