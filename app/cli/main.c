/* The program `tapline`: finds the subcommand and runs it. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "capture") == 0)
        return cli_capture(argc - 1, argv + 1);
    fputs("Usage: tapline capture ...\n", stderr);
    return CLI_USAGE;
}
