/* Proof: an empty folder of the test's own, that goes with all that is in it. */
#ifndef PROOF_FOLDER_H
#define PROOF_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where folders of tests are made: in memory where that can be, since on a disk that others use as well every
 * fsync may take a tenth of a second, and some tests make thousands. TMPDIR says otherwise, if it is short.
 */
#define TEST_FOLDER_ABOVE_MAX 30

static inline const char *test_folder_above(void)
{
    const char *above = getenv("TMPDIR");

    if (above && *above && strlen(above) <= TEST_FOLDER_ABOVE_MAX)
        return above;
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

struct test_folder {
    char path[128];
};

static inline struct test_folder test_folder_new(void)
{
    struct test_folder folder;

    snprintf(folder.path, sizeof(folder.path), "%.30s/tapline-test-XXXXXX", test_folder_above());
    if (!mkdtemp(folder.path))
        abort();
    return folder;
}

static inline int test_folder_remove_entry(const char *path, const struct stat *found, int type,
                                           struct FTW *at)
{
    (void)found, (void)at;
    if (type == FTW_DNR || type == FTW_DP)
        chmod(path, 0700);
    return remove(path);
}

static inline void test_folder_free(const struct test_folder *folder)
{
    if (nftw(folder->path, test_folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        abort();
}

/* The path of what is called so in the folder; valid until the fourth call from now. */
static inline const char *test_folder_path(const struct test_folder *folder, const char *name)
{
    static char paths[4][512];
    static unsigned at;
    char *path = paths[at++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder->path, name);
    return path;
}

/* A file with this text. */
static inline void test_folder_put(const struct test_folder *folder, const char *name, const char *text)
{
    FILE *file = fopen(test_folder_path(folder, name), "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

/* The text of a file, or "(none)"; valid until the next call. */
static inline const char *test_folder_text(const struct test_folder *folder, const char *name)
{
    static char text[8192];
    FILE *file = fopen(test_folder_path(folder, name), "r");

    if (!file)
        return "(none)";
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static inline int test_folder_has(const struct test_folder *folder, const char *name)
{
    return access(test_folder_path(folder, name), F_OK) == 0;
}

#endif
