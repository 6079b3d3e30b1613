/* Property: a name is copied exactly when it is printed; the copy has at most 255 bytes and is a name by
 * itself; the text is bounded, free of spaces, control and eight-bit bytes, and parses back to the copy. And
 * the input taken as text: what parses as a name prints and parses to the same name. The first two bytes are
 * where the name begins. */
#include <tapline/dns.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

struct name {
    uint8_t bytes[TL_DNS_NAME_SIZE_MAX];
    size_t size;
};

static void check_text(const char *text, size_t length)
{
    demand(length > 0 && length < TL_DNS_NAME_TEXT_SIZE && text[length] == '\0');
    for (size_t i = 0; i < length; i++)
        demand(text[i] > 0x20 && text[i] < 0x7f);
}

/* Prints the name by itself, at both ends of memory of just the right size, and parses that back. */
static void check_alone(const struct name *name)
{
    char *text = malloc(TL_DNS_NAME_TEXT_SIZE);
    uint8_t *wire = malloc(name->size);
    struct name back;
    size_t length, end;

    demand(text && wire);
    memcpy(wire, name->bytes, name->size);
    demand(tl_dns_name_print(tl_bytes(wire, name->size), 0, text, &length, &end) == TL_OK);
    demand(end == name->size);
    check_text(text, length);
    demand(tl_dns_name_parse(tl_bytes(text, length), back.bytes, &back.size) == TL_OK);
    demand(tl_bytes_equal(tl_bytes(back.bytes, back.size), tl_bytes(name->bytes, name->size)));
    free(text);
    free(wire);
}

static void check_name_at(struct tl_bytes wire, size_t offset)
{
    struct name name;
    char text[TL_DNS_NAME_TEXT_SIZE];
    size_t length, end = 0, printed_end = 0;
    enum tl_status status = tl_dns_name(wire, offset, name.bytes, &name.size, &end);

    demand(tl_dns_name_print(wire, offset, text, &length, &printed_end) == status);
    demand(end == printed_end);
    if (status != TL_OK)
        return;
    demand(name.size >= 1 && name.size <= TL_DNS_NAME_SIZE_MAX && name.bytes[name.size - 1] == 0);
    demand(end > offset && end <= wire.size && end - offset <= name.size + 1);
    check_text(text, length);
    check_alone(&name);

    struct name back;
    demand(tl_dns_name_parse(tl_bytes(text, length), back.bytes, &back.size) == TL_OK);
    demand(tl_bytes_equal(tl_bytes(back.bytes, back.size), tl_bytes(name.bytes, name.size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct name name;

    if (tl_dns_name_parse(tl_bytes(data, size), name.bytes, &name.size) == TL_OK)
        check_alone(&name);
    if (size >= 2)
        check_name_at(tl_bytes(data, size), tl_be16(data));
    return 0;
}
