/* The text of a DNS message inside of YAML, as dnstap-read -y has it. Invariant: where BIND's lines are YAML
 * they are the same to the byte; where they are not - some begin too far to the left, and the text of an
 * error may hold any character - readers get the same text all the same. */
#include "print/bind_text.h"
#include "print/yaml.h"
#include "print/yaml_text.h"

#include <errno.h>
#include <string.h>

#define INDENT YAML_MESSAGE_INDENT

static struct tl_bytes text_of(struct print_yaml *print, bool is_literal)
{
    struct print_output *text = &print->text;
    const struct bind_style style = {.output = text, .release = PRINT_BIND_9_20, .is_literal = is_literal};

    text->at = text->start;
    bind_text_put(&style, &print->message);
    return tl_bytes(text->start, (size_t)(text->at - text->start));
}

/* Can it stand in a block, which knows no escapes? */
static bool can_be_block(struct tl_bytes text)
{
    bool is_ascii = true;

    for (size_t i = 0; i < text.size; i++)
        is_ascii &=
            (text.data[i] >= ' ' && text.data[i] <= '~') | (text.data[i] == '\n') | (text.data[i] == '\t');
    return is_ascii;
}

static char *put_block(struct print_output *output, char *to, const char *key, struct tl_bytes text)
{
    static const char spaces[INDENT + 1] = "    ";
    const uint8_t *at = text.data, *end = text.data + text.size;

    output->at = PUT(yaml_put_key(json_room(output, to, YAML_LINE_ROOM), INDENT - 2, key), "|");
    while (at < end) { /* each line ends with a line feed */
        const uint8_t *next = (const uint8_t *)memchr(at, '\n', (size_t)(end - at)) + 1;
        bool is_indented = *at == '\n' || (next - at > INDENT && memcmp(at, spaces, INDENT) == 0);
        *print_room(output, 1) = '\n'; /* of the one before */
        output->at++;
        if (!is_indented)
            print_bytes(output, tl_bytes(spaces, INDENT));
        print_bytes(output, tl_bytes(at, (size_t)(next - at) - 1));
        at = next;
    }
    to = print_room(output, 1);
    *to++ = '\n';
    return to;
}

char *print_yaml_text(struct print_yaml *print, struct print_output *output, char *to, const char *key,
                      struct tl_bytes wire)
{
    enum bind_parsed parsed = bind_message_parse(&print->message, wire, PRINT_BIND_9_20);

    if (parsed == BIND_GOOD) {
        struct tl_bytes text = text_of(print, true);
        if (can_be_block(text))
            to = put_block(output, to, key, text);
        else
            to = yaml_put_bytes(output, to, INDENT - 2, key, text_of(print, false));
    }
    if (parsed == BIND_NO_MEMORY || print->text.status != TL_OK)
        print_output_fail(output, TL_NO_MEMORY, ENOMEM);
    return to;
}
