/* Property: whatever is in the files of an archive, verify says so without a crash and without reading
 * outside of it; and where it finds no damage in a sealed segment, all blocks can be read and hold the frames
 * that were counted. The first byte of the input chooses: a sealed segment; the rows of a hot one; or a
 * ledger. */
#include "pack/verify_hot.h"
#include "pack/verify_ledger.h"
#include "pack/verify_sealed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void say(void *user, enum verify_weight weight, const char *place, const char *text)
{
    (void)user;
    demand(weight == VERIFY_NOTICE || weight == VERIFY_DAMAGE);
    demand(*place && *text);
}

static bool goes_on(void *user, const char *place, const struct verify_sums *sums)
{
    (void)user;
    return *place && sums;
}

/* A file of these bytes; its path is in `ret_path`. */
static int make_file(struct tl_bytes bytes, char ret_path[64])
{
    int fd = memfd_create("verify", MFD_CLOEXEC);

    demand(fd >= 0);
    demand(write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
    demand(lseek(fd, 0, SEEK_SET) == 0);
    snprintf(ret_path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void read_all(int fd, const struct verify_sealed_options *options, uint64_t expected)
{
    struct tl_sealed *sealed;
    uint64_t frames = 0;

    demand(tl_sealed_open(fd, &options->named, &sealed) == TL_OK);
    const struct tl_sealed_info *info = tl_sealed_info(sealed);
    demand(!info->is_rebuilt && info->frames == expected);
    for (size_t i = 0; i < info->block_count; i++) {
        struct tl_bytes bytes;
        demand(tl_sealed_read(sealed, i, &bytes) == TL_OK);
        frames += info->blocks[i].frames;
    }
    demand(frames == expected);
    tl_sealed_free(sealed);
}

static void check_sealed(struct verify *verify, struct tl_bytes bytes)
{
    struct verify_sealed_options options = {.named = {1, 1, 0, true}};
    char path[64];
    int fd = make_file(bytes, path);

    demand(verify_sealed(verify, "sealed", fd, &options));
    if (!verify->sums.damages)
        read_all(fd, &options, verify->sums.frames);
    close(fd);
}

static void check_hot(struct verify *verify, struct tl_bytes bytes, bool may_grow)
{
    char rows[64];
    int fd = make_file(bytes, rows);
    struct verify_hot_options options = {.rows = rows, .runs = rows, .origin = 1, .may_grow = may_grow};

    demand(verify_hot(verify, "hot", &options) == VERIFY_HOT_DONE);
    demand(verify->sums.bytes <= bytes.size);
    close(fd);
}

static void check_ledger(struct verify *verify, struct tl_bytes bytes)
{
    struct tl_sealed_origin origin = {.number = 1};
    struct tl_sealed_info info = {.origins = &origin, .origin_count = 1};

    verify_ledger_sealed(verify, "ledger", bytes, &info);
    verify_ledger_hot(verify, "ledger", bytes, 1, 5, bytes.size % 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct verify verify = {.say = say, .goes_on = goes_on};

    if (!size)
        return 0;
    struct tl_bytes bytes = tl_bytes(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: check_sealed(&verify, bytes); break;
    case 1:
    case 2: check_hot(&verify, bytes, data[0] % 4 == 2); break;
    default: check_ledger(&verify, bytes); break;
    }
    return 0;
}
