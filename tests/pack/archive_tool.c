/* For tests that are scripts: makes archives, and prints what is in them.
 *     archive_tool make DIR SEED FIRST LAST    adds the made-up origins FIRST to LAST
 *     archive_tool dump DIR                    see dumped_archive.h */
#include "pack/dumped_archive.h"
#include "pack/made_archive.h"

static struct tl_archive *open_archive(const char *path)
{
    struct tl_archive *archive;
    char text[TL_ARCHIVE_TEXT_SIZE];

    if (tl_archive_make(path, -1, &archive, text) == TL_OK)
        return archive;
    fprintf(stderr, "%s: %s\n", path, text);
    exit(1);
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    bool makes = argc == 6 && strcmp(argv[1], "make") == 0;

    if (!makes && !(argc == 3 && strcmp(argv[1], "dump") == 0)) {
        fputs("archive_tool make DIR SEED FIRST LAST | dump DIR\n", stderr);
        return 2;
    }
    struct tl_archive *archive = open_archive(argv[2]);
    if (makes)
        made_segments(archive, number(argv[3]), number(argv[4]), number(argv[5]));
    else
        dump_archive(archive, stdout);
    tl_archive_close(archive);
    return 0;
}
