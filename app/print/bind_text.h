/* print/bind_text: a message as BIND writes it - as the text of dig, and as the data of YAML. */
#ifndef PRINT_BIND_TEXT_H
#define PRINT_BIND_TEXT_H

#include "print/bind_message.h"
#include "print/digits.h"

/* How lines are written. */
struct bind_style {
    struct print_output *output;
    enum print_bind_release release;
    bool is_yaml;    /* as data of YAML, else as text */
    bool is_literal; /* text inside YAML: each line, with some exceptions, is indented */
};

#define BIND_EDNS_DO 0x8000u /* RFC 3225 */
#define BIND_EDNS_CO 0x4000u /* RFC 9824 section 5.1 */

static inline char *put_word(char *to, const char *word)
{
    return put_text(to, word, strlen(word));
}

#define BIND_INDENT_MAX 16

/* The spaces before a line at this depth, two of them each. */
static inline char *bind_put_depth(char *to, unsigned depth)
{
    memset(to, ' ', BIND_INDENT_MAX);
    return to + 2 * depth;
}

/* The spaces before a line of text. */
static inline char *bind_put_indent(char *to, const struct bind_style *style)
{
    return bind_put_depth(to, style->is_literal ? 2 : 0);
}

/* What the two forms have in common: BIND's words for the header. */
extern const char *const bind_section_titles[2][TL_DNS_SECTIONS]; /* by whether it is an UPDATE */
extern const char *const bind_count_words[2][TL_DNS_SECTIONS];

/* The flags of the header and those of EDNS that are set, a space before each. */
char *bind_put_flags(char *to, unsigned flags);
char *bind_put_edns_flags(char *to, unsigned flags);

/* The name at `offset`, sound, with a final dot. */
static inline char *bind_put_name(char *to, struct tl_bytes wire, size_t offset)
{
    size_t length = 0;

    tl_dns_name_print(wire, offset, to, &length, NULL);
    to += length;
    if (length > 1 || to[-1] != '.')
        *to++ = '.';
    return to;
}

/* The whole message as text: header, EDNS, sections, signatures. */
void bind_text_put(const struct bind_style *style, struct bind_message *message);

/* The whole message as data of YAML, below its key. */
void bind_data_put(const struct bind_style *style, struct bind_message *message);

/* print/bind_options: the options of EDNS, a line or a few for each. Those that are cut off are left out. */
void bind_options_put(const struct bind_style *style, struct tl_bytes options);

#endif
