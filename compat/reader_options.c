/* What a reader takes. Invariant: every content type and the size are within their bounds. */
#include "reader.h"

#include <stdlib.h>

#define MAX_FRAME_SIZE_MIN FSTRM_CONTROL_FRAME_LENGTH_MAX
#define MAX_FRAME_SIZE_MAX (UINT32_MAX - (size_t)1)

struct fstrm_reader_options *fstrm_reader_options_init(void)
{
    struct fstrm_reader_options *options = calloc(1, sizeof(*options));

    if (options)
        options->max_frame_size = FSTRM_READER_MAX_FRAME_SIZE_DEFAULT;
    return options;
}

void fstrm_reader_options_destroy(struct fstrm_reader_options **options)
{
    if (!*options)
        return;
    content_types_done(&(*options)->content_types);
    free(*options);
    *options = NULL;
}

fstrm_res fstrm_reader_options_add_content_type(struct fstrm_reader_options *options,
                                                const void *content_type, size_t size)
{
    return content_types_add_option(&options->content_types, content_type, size);
}

fstrm_res fstrm_reader_options_set_max_frame_size(struct fstrm_reader_options *options, size_t size)
{
    if (size < MAX_FRAME_SIZE_MIN || size > MAX_FRAME_SIZE_MAX)
        return fstrm_res_failure;
    options->max_frame_size = size;
    return fstrm_res_success;
}
