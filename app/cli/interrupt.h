/* cli/interrupt: the signals that end reading in good order. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* Becomes true with the first INT or TERM after interrupt_catch. */
extern volatile sig_atomic_t interrupt_flag;

/* From now on the first INT or TERM sets the flag and makes the descriptor that is returned readable; a
 * second one ends the process. With `watches_output` the descriptor also becomes readable when nobody reads
 * standard output any more. -1 with errno. */
int interrupt_catch(bool watches_output);

/* Becomes true with each HUP after interrupt_catch_hangup; who has seen it makes it false. */
extern volatile sig_atomic_t interrupt_hangup;

/* From now on HUP sets that flag, and ends nothing. False with errno. */
bool interrupt_catch_hangup(void);

#endif
