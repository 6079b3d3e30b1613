/* Records for people who know dig. The message is read by BIND's rules and put by BIND's words of 9.20, but
 * nothing of it is hidden. Invariant: of each message with a header at least the header is there, and if
 * anything is left out, where and why. */
#include "print/dig.h"

#include "print/bind_text.h"

#define REASON_ROOM 512

bool print_dig_init(struct print_dig *dig)
{
    return bind_message_init(&dig->message);
}

void print_dig_done(struct print_dig *dig)
{
    bind_message_done(&dig->message);
}

static void put_fault(struct print_output *output, const struct bind_message *message)
{
    char *to = PUT(print_room(output, REASON_ROOM), ";; malformed: ");

    to = put_word(to, message->fault);
    to = put_decimal(PUT(to, " at byte "), message->fault_at);
    to = put_decimal(PUT(to, " of "), message->dns.wire.size);
    output->at = PUT(to, "\n\n");
}

/* Sections and signatures end with an empty line, but there may be none. */
static bool has_body(const struct bind_message *message)
{
    return message->section[TL_DNS_SECTIONS] > 0 || message->tsig != BIND_NONE || message->sig0 != BIND_NONE;
}

bool print_dig_put(struct print_dig *dig, struct print_line *line, struct print_output *output,
                   const struct record *record)
{
    const struct bind_style style = {.output = output, .release = PRINT_BIND_9_20};
    struct bind_message *message = &dig->message;
    struct tl_bytes wire = record_wire(record);

    if (wire.size && bind_message_parse(message, wire, PRINT_BIND_9_20) == BIND_NO_MEMORY)
        return false;
    print_line_put(line, output, record);
    if (!wire.size)
        return true;
    if (wire.size >= TL_DNS_HEADER_SIZE)
        bind_text_put(&style, message);
    if (message->fault)
        put_fault(output, message);
    else if (!has_body(message))
        output->at = PUT(print_room(output, 1), "\n");
    return true;
}
