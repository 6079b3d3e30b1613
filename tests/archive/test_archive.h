/* An archive in a folder of the test's own, made anew for each test: for cmocka_unit_test_setup_teardown. */
#ifndef TESTS_ARCHIVE_TEST_ARCHIVE_H
#define TESTS_ARCHIVE_TEST_ARCHIVE_H

#include "proof/folder.h"
#include "proof/test.h"

#include <tapline/archive.h>

static struct test_folder folder;
static struct tl_archive *archive;

static int set_up(void **state)
{
    char said[TL_ARCHIVE_TEXT_SIZE];

    (void)state;
    folder = test_folder_new();
    return tl_archive_make(folder.path, -1, &archive, said) == TL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tl_archive_close(archive);
    test_folder_free(&folder);
    return 0;
}

#endif
