/* Runs a fuzz target without libFuzzer: over every file of the folders given, then over a fixed number of
 * mutations of each, from a seed that never changes. The input lies flush against an unreadable page. */
#include "proof/guarded.h"

#include <dirent.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_OF_INPUT 65536
#define MUTATIONS         300

static void run(const uint8_t *data, size_t size)
{
    struct guarded in = guarded_new(data, size);
    LLVMFuzzerTestOneInput(in.data, in.size);
    guarded_free(&in);
}

static void run_mutations(const uint8_t *data, size_t size)
{
    static uint8_t copy[SIZE_MAX_OF_INPUT];

    srandom((unsigned)size);
    for (int i = 0; i < MUTATIONS && size; i++) {
        size_t cut = random() % 4 == 0 ? (size_t)random() % (size + 1) : size;
        memcpy(copy, data, cut);
        for (long flips = random() % 5; flips > 0 && cut; flips--)
            copy[(size_t)random() % cut] = (uint8_t)(random() % 3 ? random() : random() % 2 ? 0 : 255);
        run(copy, cut);
    }
}

static int run_folder(const char *path)
{
    static uint8_t data[SIZE_MAX_OF_INPUT];
    struct dirent *entry;
    DIR *folder = opendir(path);
    int count = 0;

    if (!folder) {
        perror(path);
        return -1;
    }
    while ((entry = readdir(folder))) {
        char name[4096];
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (!file)
            continue;
        size_t size = fread(data, 1, sizeof(data), file);
        fclose(file);
        run(data, size);
        run_mutations(data, size);
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    run((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        if (run_folder(argv[i]) <= 0) {
            fprintf(stderr, "%s: no corpus there\n", argv[i]);
            return 1;
        }
    }
    return 0;
}
