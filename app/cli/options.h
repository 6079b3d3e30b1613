/* cli/options: values of options that mean the same in every subcommand. What is wrong with one is said on
 * standard error. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <tapline/stream.h>

#include <stdbool.h>

#define CLI_LISTEN_MAX      64
#define CLI_FRAME_LIMIT_MIN 512
#define CLI_FRAME_LIMIT_MAX (16u << 20)

/* Says that. False. */
bool cli_refuse(const char *sentence);

/* Says that `value` is none for `option`, and what is `expected` instead. False. */
bool cli_wrong(const char *option, const char *value, const char *expected);

/* A number in decimal, from `least` to `most`, as `expected` says. False if it is none. */
bool cli_parse_number(const char *option, const char *text, uint64_t least, uint64_t most,
                      const char *expected, uint64_t *ret_number);

/* An endpoint of a socket. False if it is none. */
bool cli_parse_endpoint(const char *option, const char *text, struct tl_endpoint *ret_endpoint);

/* --listen: adds an endpoint to the first `count` of CLI_LISTEN_MAX. False if it is none. */
bool cli_add_endpoint(const char *text, struct tl_endpoint *endpoints, size_t *count);

/* --frame-limit, in bytes. False if it is none. */
bool cli_parse_frame_limit(const char *text, uint32_t *ret_limit);

#endif
