/* Files as transports. */
#ifndef COMPAT_FILE_H
#define COMPAT_FILE_H

#include <fstrm.h>

struct fstrm_file_options {
    char *path;
};

/* A transport that reads or writes the file at `path`, which is copied; NULL if memory is short. */
struct fstrm_rdwr *file_input(const char *path);
struct fstrm_rdwr *file_output(const char *path);

#endif
