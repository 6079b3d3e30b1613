/* Readers and writers of files. Invariant: options hold a copy of the path or NULL. */
#include "file.h"
#include "text.h"

struct fstrm_file_options *fstrm_file_options_init(void)
{
    return calloc(1, sizeof(struct fstrm_file_options));
}

void fstrm_file_options_destroy(struct fstrm_file_options **options)
{
    if (!*options)
        return;
    free((*options)->path);
    free(*options);
    *options = NULL;
}

void fstrm_file_options_set_file_path(struct fstrm_file_options *options, const char *path)
{
    text_set(&options->path, path);
}

struct fstrm_reader *fstrm_file_reader_init(const struct fstrm_file_options *options,
                                            const struct fstrm_reader_options *reader_options)
{
    struct fstrm_rdwr *rdwr = options->path ? file_input(options->path) : NULL;

    if (!rdwr)
        return NULL;
    struct fstrm_reader *reader = fstrm_reader_init(reader_options, &rdwr);
    fstrm_rdwr_destroy(&rdwr);
    return reader;
}

struct fstrm_writer *fstrm_file_writer_init(const struct fstrm_file_options *options,
                                            const struct fstrm_writer_options *writer_options)
{
    struct fstrm_rdwr *rdwr = options->path ? file_output(options->path) : NULL;

    if (!rdwr)
        return NULL;
    struct fstrm_writer *writer = fstrm_writer_init(writer_options, &rdwr);
    fstrm_rdwr_destroy(&rdwr);
    return writer;
}
