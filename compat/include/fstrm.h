/* libfstrm: Frame Streams for C programs - the interface of Farsight's fstrm library 0.6, built on
 * libtapline. Programs compiled against either header run with either library.
 *
 * A stream is a sequence of data frames behind their lengths, framed by control frames that name what is in
 * them (<fstrm/control.h>). An `fstrm_rdwr` moves bytes; an `fstrm_reader` or `fstrm_writer` stands on one
 * and speaks the protocol; an `fstrm_iothr` writes from a thread of its own, for programs that must not wait.
 *
 * Every object is opaque, made by ..._init and given back by ..._destroy, which takes the address of the
 * pointer, does nothing if that is NULL, and sets it to NULL. Options are copied where they are used. Unless
 * it is said otherwise an object belongs to one thread at a time. When memory is short a function returns
 * NULL or fstrm_res_failure; nothing here ends the program. */
#ifndef FSTRM_H
#define FSTRM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    fstrm_res_success, /* done */
    fstrm_res_failure, /* not done */
    fstrm_res_again,   /* not now: a queue is full */
    fstrm_res_invalid, /* an argument is out of range */
    fstrm_res_stop,    /* the stream has ended */
} fstrm_res;

struct fstrm_control;
struct fstrm_file_options;
struct fstrm_iothr;
struct fstrm_iothr_options;
struct fstrm_iothr_queue;
struct fstrm_rdwr;
struct fstrm_reader;
struct fstrm_reader_options;
struct fstrm_tcp_writer_options;
struct fstrm_unix_writer_options;
struct fstrm_writer;
struct fstrm_writer_options;

#include <fstrm/control.h>
#include <fstrm/file.h>
#include <fstrm/iothr.h>
#include <fstrm/rdwr.h>
#include <fstrm/reader.h>
#include <fstrm/tcp_writer.h>
#include <fstrm/unix_writer.h>
#include <fstrm/writer.h>

#ifdef __cplusplus
}
#endif

#endif
