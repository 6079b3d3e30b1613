/* cli/commands: the subcommands, each in a file of its own. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* Exit statuses. */
#define CLI_OK      0
#define CLI_TROUBLE 1
#define CLI_USAGE   2

/* `argv[0]` is the subcommand's name. Returns the exit status. */
int cli_capture(int argc, char **argv);
int cli_generate(int argc, char **argv);
int cli_pack(int argc, char **argv);
int cli_read(int argc, char **argv);
int cli_repack(int argc, char **argv);
int cli_send(int argc, char **argv);
int cli_stats(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_verify(int argc, char **argv);

/* The incumbents' programs, by their names. `argv[0]` is what the program was called, and stands in messages.
 */
int cli_dnstap_read(int argc, char **argv);
int cli_fstrm_capture(int argc, char **argv);
int cli_fstrm_dump(int argc, char **argv);
int cli_fstrm_replay(int argc, char **argv);

#endif
