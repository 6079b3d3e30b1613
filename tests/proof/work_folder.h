/* Proof: an empty folder that tests work in, and that goes with all that is in it. For cmocka: entered by the
 * setup of a group or of each test, left by its teardown, emptied between tests. */
#ifndef PROOF_WORK_FOLDER_H
#define PROOF_WORK_FOLDER_H

#include "proof/folder.h"

static struct test_folder work_folder;

static inline int work_folder_enter(void **state)
{
    (void)state;
    work_folder = test_folder_new();
    return chdir(work_folder.path);
}

static inline int work_folder_leave(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    test_folder_free(&work_folder);
    return 0;
}

static inline int work_folder_clear(void **state)
{
    (void)state;
    return system("rm -rf ./*");
}

#endif
