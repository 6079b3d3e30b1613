/* Property: whatever a peer says to libfstrm's readers and writers (ACCEPT and FINISH, READY, or a whole
 * stream), what is opened is closed once, what is written is whole frames, and what is read was there. The
 * first byte chooses. */
#include "compat/memory_transport.h"

#include <tapline/frame.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FRAME 4096

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* START and STOP once each at most, whole frames, nothing else. */
static void check_written(const struct memory_transport *memory)
{
    struct tl_bytes in = tl_bytes(memory->written, memory->written_size);
    struct tl_frame_decoder decoder = {0};
    struct tl_frame frame;

    tl_frame_decoder_init(&decoder, MAX_FRAME);
    while (tl_frame_next(&decoder, &in, &frame) == TL_OK)
        demand(frame.kind != TL_FRAME_OVERSIZED);
    demand(in.size == 0);
}

static void check_writer(struct memory_transport *memory, bool has_types)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();
    struct fstrm_rdwr *rdwr = memory_rdwr(memory, true, true);

    if (has_types) {
        fstrm_writer_options_add_content_type(options, "aa", 2);
        fstrm_writer_options_add_content_type(options, "protobuf:dnstap.Dnstap", 22);
    }
    struct fstrm_writer *writer = fstrm_writer_init(options, &rdwr);
    fstrm_writer_options_destroy(&options);
    fstrm_res opened = fstrm_writer_open(writer);
    if (opened == fstrm_res_success)
        demand(fstrm_writer_write(writer, "frame", 5) == fstrm_res_success);
    demand((memory->closed == 0) == (opened == fstrm_res_success));
    fstrm_writer_destroy(&writer);
}

static void check_reader(struct memory_transport *memory, bool two_ways)
{
    struct fstrm_reader_options *options = fstrm_reader_options_init();
    struct fstrm_rdwr *rdwr = memory_rdwr(memory, true, two_ways);
    const uint8_t *frame;
    size_t size, total = 0, there = memory->size;

    fstrm_reader_options_set_max_frame_size(options, MAX_FRAME);
    struct fstrm_reader *reader = fstrm_reader_init(options, &rdwr);
    fstrm_reader_options_destroy(&options);
    fstrm_res result = fstrm_reader_open(reader);
    while (result == fstrm_res_success &&
           (result = fstrm_reader_read(reader, &frame, &size)) == fstrm_res_success) {
        demand(size > 0 && size <= MAX_FRAME);
        demand(memcmp(frame, memory->input - size, size) == 0);
        total += 4 + size;
    }
    demand(result == fstrm_res_stop || result == fstrm_res_failure);
    demand(total <= there);
    fstrm_reader_destroy(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t choice = size ? data[0] : 0;
    struct memory_transport memory = {.input = size ? data + 1 : data, .size = size ? size - 1 : 0};

    if (choice & 1)
        check_writer(&memory, choice & 2);
    else
        check_reader(&memory, choice & 2);
    demand(memory.opened == memory.closed && memory.destroyed == 1);
    check_written(&memory);
    return 0;
}
