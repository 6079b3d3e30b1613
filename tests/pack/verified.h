/* Verifying in tests: an archive in a temporary folder, and all that was found in it as lines. */
#ifndef TESTS_PACK_VERIFIED_H
#define TESTS_PACK_VERIFIED_H

#include "proof/folder.h"
#include "proof/test.h"

#include "pack/made_archive.h"
#include "pack/verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define VERIFIED_SIZE 8192

struct verified {
    char path[64];
    struct tl_archive *archive;
    struct verify verify;
    char lines[VERIFIED_SIZE]; /* of the last verified_...(): "place: text", notes with "note: " before the
                                  text */
};

static inline void verified_say(void *user, enum verify_weight weight, const char *place, const char *text)
{
    struct verified *verified = user;
    size_t used = strlen(verified->lines);

    if (strncmp(place, verified->path, strlen(verified->path)) == 0) /* which differs from run to run */
        place += strlen(verified->path) + (place[strlen(verified->path)] == '/');
    snprintf(verified->lines + used, VERIFIED_SIZE - used, "%s: %s%s\n", place,
             weight == VERIFY_NOTICE ? "note: " : "", text);
}

static inline bool verified_goes_on(void *user, const char *place, const struct verify_sums *sums)
{
    (void)user;
    return *place && sums;
}

static inline void verified_open(struct verified *verified)
{
    char text[TL_ARCHIVE_TEXT_SIZE];

    *verified = (struct verified){.lines = ""};
    snprintf(verified->path, sizeof(verified->path), "%.30s/tapline-verify-XXXXXX", test_folder_above());
    assert_non_null(mkdtemp(verified->path));
    assert_int_equal(tl_archive_make(verified->path, -1, &verified->archive, text), TL_OK);
}

static inline void verified_close(struct verified *verified)
{
    char command[128];

    tl_archive_close(verified->archive);
    snprintf(command, sizeof(command), "rm -rf %s", verified->path);
    assert_int_equal(system(command), 0);
}

static inline void verified_begin(struct verified *verified)
{
    verified->lines[0] = 0;
    verified->verify = (struct verify){.say = verified_say, .goes_on = verified_goes_on, .user = verified};
}

/* How many damages the archive has. */
static inline uint64_t verified_archive(struct verified *verified)
{
    verified_begin(verified);
    assert_true(verify_archive(&verified->verify, verified->path));
    return verified->verify.sums.damages;
}

/* How many a file of it has, given by itself. */
static inline uint64_t verified_file(struct verified *verified, const char *name)
{
    char path[256];

    verified_begin(verified);
    snprintf(path, sizeof(path), "%s/%s", verified->path, name);
    verify_file(&verified->verify, path);
    return verified->verify.sums.damages;
}

/* Fills a file of the archive. */
static inline void verified_write(const struct verified *verified, const char *name, const void *bytes,
                                  size_t size)
{
    int fd =
        openat(tl_archive_folder(verified->archive), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

/* Reads one; free(3) it. */
static inline uint8_t *verified_read(const struct verified *verified, const char *name, size_t *ret_size)
{
    int fd = openat(tl_archive_folder(verified->archive), name, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    close(fd);
    *ret_size = (size_t)size;
    return bytes;
}

#endif
