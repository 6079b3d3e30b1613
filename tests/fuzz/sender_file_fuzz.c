/* Property: what is understood of a sender's statistics file is printed to the same, within its bound, and
 * has no byte that could do anything to a terminal. */
#include <tapline/sender.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tl_sender_file file, again;
    char text[TL_SENDER_FILE_SIZE_MAX], same[TL_SENDER_FILE_SIZE_MAX];

    if (tl_sender_file_parse(tl_bytes(data, size), &file) != TL_OK)
        return 0;
    size_t length = tl_sender_file_print(&file, text, sizeof(text));
    demand(length < sizeof(text) && text[length] == '\0');
    for (size_t i = 0; i < length; i++)
        demand((text[i] >= 0x20 && text[i] < 0x7f) || text[i] == '\n');
    demand(tl_sender_file_parse(tl_bytes(text, length), &again) == TL_OK);
    demand(again.unknown == 0 && again.written.seconds == file.written.seconds);
    demand(tl_sender_file_print(&again, same, sizeof(same)) == length && strcmp(same, text) == 0);
    return 0;
}
