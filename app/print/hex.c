/* The message below the line, in the capital digits of dnstap-read -x. Invariant: a message of any size
 * passes in chunks that fit into the room. */
#include "print/hex.h"

#include "print/digits.h"

#define CHUNK ((size_t)4096)

void print_hex_wire(struct print_output *output, struct tl_bytes wire)
{
    if (!wire.size)
        return;
    for (size_t done = 0; done < wire.size; done += CHUNK) {
        size_t size = wire.size - done < CHUNK ? wire.size - done : CHUNK;
        char *to = print_room(output, 2 * CHUNK);
        output->at = put_hex(to, wire.data + done, size, print_hex_upper);
    }
    *print_room(output, 1) = '\n';
    output->at++;
}

void print_hex_put(struct print_line *line, struct print_output *output, const struct record *record)
{
    print_line_put(line, output, record);
    print_hex_wire(output, record_wire(record));
}
