/* print/bind: records as BIND's dnstap-read prints them, its rules of what is a DNS message included
 * (dns_message_parse without options; lib/dns/message.c is more lenient). One object is used by one thread,
 * and again for the next record: no allocation per record beyond what a larger message than ever before
 * needs. */
#ifndef PRINT_BIND_H
#define PRINT_BIND_H

#include "print/output.h"
#include "record/record.h"

/* Which BIND. They differ in words of EDNS options, in YAML's maps of them, in protocols (DOT, DOH), and in a
 * few rules of what is a DNS message. */
enum print_bind_release { PRINT_BIND_9_18, PRINT_BIND_9_20 };

enum print_bind_mode {
    PRINT_BIND_LINE, /* the default */
    PRINT_BIND_TEXT, /* -p: the line and the whole message */
    PRINT_BIND_HEX,  /* -x */
    PRINT_BIND_YAML, /* -y */
};

struct print_bind_options {
    enum print_bind_release release;
    enum print_bind_mode mode;
    bool long_times; /* -t: milliseconds in YAML; 9.20 */
    bool utc;        /* times of the line in UTC; those of YAML are always */
    bool is_part; /* of YAML: what comes is no beginning, so "---" stands before the first document as well */
};

struct print_bind;

/* NULL without memory. */
struct print_bind *print_bind_new(const struct print_bind_options *options);
void print_bind_free(struct print_bind *bind);

enum print_bind_result {
    PRINT_BIND_PUT,         /* it was printed */
    PRINT_BIND_SKIPPED,     /* BIND prints nothing of such a frame, and says nothing */
    PRINT_BIND_BAD_ADDRESS, /* BIND says "dns_dt_datatotext: invalid address format"; what follows the line
                               was printed */
    PRINT_BIND_CRASH,       /* BIND dies of such a frame: nothing was printed */
    PRINT_BIND_NO_MEMORY,
};

/* Appends the record, or not. `ret_why` (may be NULL): a sentence for SKIPPED and CRASH, static memory. */
enum print_bind_result print_bind_put(struct print_bind *bind, struct print_output *output,
                                      const struct record *record, const char **ret_why);

#endif
