/* The text of rdata. Invariant: whatever the rdata holds there is a text of it, if the builder has room for
 * one. */
#include "record/field.h"

void field_rdata_print(const struct tl_dns *message, const struct tl_dns_record *record,
                       struct tl_builder *builder)
{
    struct tl_builder before = *builder;

    if (tl_dns_rdata_print(message, record, builder) == TL_OK)
        return;
    *builder = before;
    tl_builder_put_text(builder, "\\# ");
    tl_builder_put_decimal(builder, record->rdata.size, 0);
    tl_builder_put_text(builder, record->rdata.size ? " " : "");
    tl_builder_put_hex(builder, record->rdata);
}
