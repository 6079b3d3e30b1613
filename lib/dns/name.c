/* A name out of a message in uncompressed wire form. Invariant: the copy is a sequence of labels that ends
 * with the root, and no longer than 255 bytes. */
#include "name.h"

enum tl_status tl_dns_name(struct tl_bytes wire, size_t offset, uint8_t ret_name[TL_DNS_NAME_SIZE_MAX],
                           size_t *ret_size, size_t *ret_end)
{
    struct labels labels = labels_at(wire, offset);
    uint8_t *to = ret_name;
    unsigned size;

    do {
        enum tl_status status = next_label(&labels, &size);
        if (!LIKELY(status == TL_OK))
            return status;
        memcpy(to, wire.data + labels.at, size + 1);
        to += size + 1;
        step_over(&labels, size);
    } while (size);
    *ret_size = (size_t)(to - ret_name);
    if (ret_end)
        *ret_end = labels_end(&labels);
    return TL_OK;
}
