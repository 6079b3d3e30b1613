/* A program that calls every function of libfstrm and says on standard output what came of it, a line each;
 * it is compiled against the headers of the distribution and run on its library and on ours. */
#ifndef COMPAT_API_H
#define COMPAT_API_H

#include <fstrm.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNSTAP "protobuf:dnstap.Dnstap"

/* "success", "failure", ... */
const char *said(fstrm_res result);

/* Prints WHAT: RESULT. */
void say(const char *what, fstrm_res result);
void say_number(const char *what, size_t number);
void say_bytes(const char *what, const void *data, size_t size);

/* Whether an object came. */
void say_made(const char *what, const void *object);

/* What came of asking a reader or writer for its control frame of a type. */
void say_control(int type, fstrm_res result, const struct fstrm_control *control);

/* A transport in memory: gives out `input` piece by piece, prints what is done with it (one that is quiet
 * keeps it in `said`), and fails as it is told. */
struct tape {
    const uint8_t *input;
    size_t size;
    bool fails_to_open, fails_to_close, fails_to_write, fails_to_destroy;
    bool is_quiet;
    char said[4096];
};

#define TAPE_READS  1
#define TAPE_WRITES 2
struct fstrm_rdwr *tape_rdwr(struct tape *tape, int what);

/* The options of a writer of dnstap, and such a writer on a unix socket; the path may be NULL. */
struct fstrm_writer_options *dnstap_options(void);
struct fstrm_writer *unix_writer(const char *socket_path);

void api_control(void);
void api_rdwr(void);
void api_reader(void);
void api_writer(void);
void api_file(const char *folder);
void api_sockets(const char *folder);
void api_iothr_options(void);
void api_iothr(const char *folder);

#endif
