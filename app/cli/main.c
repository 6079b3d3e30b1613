/* The program `tapline`: finds the subcommand and runs it. */
int main(void)
{
    return 2;
}
