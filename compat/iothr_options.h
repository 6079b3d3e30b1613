/* The options of the thread, from the inside. */
#ifndef COMPAT_IOTHR_OPTIONS_H
#define COMPAT_IOTHR_OPTIONS_H

#include <fstrm.h>

/* Only those that have an effect here. */
struct fstrm_iothr_options {
    unsigned input_queue_size;
    unsigned num_input_queues;
    unsigned reopen_interval; /* seconds */
    fstrm_iothr_queue_model queue_model;
};

extern const struct fstrm_iothr_options iothr_options_default;

#endif
