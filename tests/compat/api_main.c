/* Runs the parts that are named, or all: api FOLDER [PART...]. The folder is private and empty. */
#include "api.h"

#include <signal.h>

const char *said(fstrm_res result)
{
    static const char *const words[] = {"success", "failure", "again", "invalid", "stop"};

    return (unsigned)result < 5 ? words[result] : "another number";
}

void say(const char *what, fstrm_res result)
{
    printf("%s: %s\n", what, said(result));
}

void say_number(const char *what, size_t number)
{
    printf("%s: %zu\n", what, number);
}

void say_bytes(const char *what, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    printf("%s: %zu bytes", what, size);
    for (size_t i = 0; i < size && i < 64; i++)
        printf("%s%02x", i % 4 ? "" : " ", bytes[i]);
    putchar('\n');
}

void say_made(const char *what, const void *object)
{
    printf("%s: %s\n", what, object ? "made" : "NULL");
}

void say_control(int type, fstrm_res result, const struct fstrm_control *control)
{
    fstrm_control_type its = (fstrm_control_type)0;
    size_t count = 0;

    printf("  control %d: %s, %s", type, said(result), control ? "there" : "NULL");
    if (control) {
        fstrm_res known = fstrm_control_get_type(control, &its);
        fstrm_control_get_num_field_content_type(control, &count);
        printf(", type %s %d, %zu content types", said(known), (int)its, count);
    }
    putchar('\n');
}

static bool is_wanted(const char *part, int count, char **names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(part, names[i]) == 0)
            return true;
    return count == 0;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    char **names = argv + 2;
    int count = argc > 2 ? argc - 2 : 0;

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (is_wanted("control", count, names))
        api_control();
    if (is_wanted("rdwr", count, names))
        api_rdwr();
    if (is_wanted("reader", count, names))
        api_reader();
    if (is_wanted("writer", count, names))
        api_writer();
    if (is_wanted("file", count, names))
        api_file(folder);
    if (is_wanted("sockets", count, names))
        api_sockets(folder);
    if (is_wanted("iothr-options", count, names))
        api_iothr_options();
    if (is_wanted("iothr", count, names))
        api_iothr(folder);
    return 0;
}
