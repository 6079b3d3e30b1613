/* cli/read_tail: the last records as they were formatted. Memory is bounded: older ones go when there are as
 * many as are wanted, or when they are more than READ_TAIL_SIZE bytes. */
#ifndef CLI_READ_TAIL_H
#define CLI_READ_TAIL_H

#include "print/print.h"

#define READ_TAIL_SIZE ((size_t)32 << 20)

struct read_tail;

/* For the last `most` texts. NULL without memory. */
struct read_tail *read_tail_new(uint64_t most);
void read_tail_free(struct read_tail *tail);

/* Copies the text; one that is longer than READ_TAIL_SIZE is not kept, and neither is anything before it. */
void read_tail_put(struct read_tail *tail, struct tl_bytes text);

/* Appends what is kept, in order, to `print`. Returns as print_put does. */
enum tl_status read_tail_print(struct read_tail *tail, struct print *print);

/* How many texts are kept, and whether more would be but for their size. */
uint64_t read_tail_count(const struct read_tail *tail);
bool read_tail_is_cut(const struct read_tail *tail);

#endif
