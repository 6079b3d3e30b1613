/* LOC, RFC 1876. Invariant: only version 0 is taken apart, and only what its section 2 allows is printed. */
#include "rdata.h"

#define EQUATOR   0x80000000u /* and the prime meridian, in thousandths of a second of arc */
#define DEGREE    3600000u
#define REFERENCE 10000000u /* altitude 0 is 100 km, in centimetres */

static void put_angle(struct rdata *rdata, uint32_t angle, uint32_t degrees_max, const char *letters)
{
    bool is_positive = angle >= EQUATOR;
    uint32_t value = is_positive ? angle - EQUATOR : EQUATOR - angle;

    rdata_require(rdata, value <= degrees_max * DEGREE);
    rdata_put_number(rdata, value / DEGREE);
    rdata_put_number(rdata, value / 60000 % 60);
    rdata_put_number(rdata, value / 1000 % 60);
    tl_builder_put_u8(rdata->out, '.');
    tl_builder_put_decimal(rdata->out, value % 1000, 3);
    tl_builder_put_u8(rdata->out, ' ');
    tl_builder_put_u8(rdata->out, (uint8_t)letters[is_positive ? 0 : 1]);
}

static void put_altitude(struct rdata *rdata, uint32_t altitude)
{
    bool is_below = altitude < REFERENCE;
    uint32_t value = is_below ? REFERENCE - altitude : altitude - REFERENCE;

    tl_builder_put_text(rdata->out, is_below ? " -" : " ");
    tl_builder_put_decimal(rdata->out, value / 100, 0);
    tl_builder_put_u8(rdata->out, '.');
    tl_builder_put_decimal(rdata->out, value % 100, 2);
    tl_builder_put_u8(rdata->out, 'm');
}

/* A digit and a power of ten, in centimetres. */
static void put_size(struct rdata *rdata, uint8_t size)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,      10000,
                                      100000, 1000000, 10000000, 100000000, 1000000000};
    unsigned digit = size >> 4, power = size & 15;

    rdata_require(rdata, digit <= 9 && power <= 9 && (digit || !power));
    if (rdata->in.status != TL_OK)
        return;
    if (power >= 2) {
        rdata_put_number(rdata, digit * powers[power - 2]);
    } else {
        tl_builder_put_text(rdata->out, " 0.");
        tl_builder_put_decimal(rdata->out, digit * powers[power], 2);
    }
    tl_builder_put_u8(rdata->out, 'm');
}

void tl__dns_put_loc(struct rdata *rdata)
{
    uint8_t version = tl_cursor_u8(&rdata->in);

    if (version != 0) {
        rdata_take_rest(rdata);
        rdata->is_unknown = true;
        return;
    }
    struct tl_bytes sizes = tl_cursor_take(&rdata->in, 3);
    uint32_t latitude = tl_cursor_be32(&rdata->in);
    uint32_t longitude = tl_cursor_be32(&rdata->in);
    uint32_t altitude = tl_cursor_be32(&rdata->in);
    if (rdata->in.status != TL_OK)
        return;
    put_angle(rdata, latitude, 90, "NS");
    put_angle(rdata, longitude, 180, "EW");
    put_altitude(rdata, altitude);
    for (size_t i = 0; i < sizes.size; i++)
        put_size(rdata, sizes.data[i]);
}
