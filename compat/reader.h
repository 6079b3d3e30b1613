/* The options of a reader, from the inside. */
#ifndef COMPAT_READER_H
#define COMPAT_READER_H

#include "content_types.h"

#include <fstrm.h>

struct fstrm_reader_options {
    struct content_types content_types;
    size_t max_frame_size;
};

#endif
