/* The truth file. Invariant: times and numbers are those of messages that went out, not of plans. */
#include "generate/truth.h"

#include <tapline/dns.h>

#include <inttypes.h>

/* In whole microseconds, as the messages have them. */
static void put_time(FILE *file, const char *key, uint64_t nanoseconds)
{
    char text[TL_TIME_TEXT_SIZE];
    struct tl_time time = {nanoseconds / 1000000000, (uint32_t)(nanoseconds % 1000000000 / 1000 * 1000)};

    tl_time_print(time, text);
    fprintf(file, ",\"%s\":\"%s\"", key, text);
}

static void put_clients(FILE *file, const struct plant *plant)
{
    fputs(",\"clients\":[", file);
    for (uint32_t i = 0; i < plant->client_count; i++) {
        struct client client;
        char text[TL_ADDRESS_TEXT_SIZE];
        client_of(plant->seed_of_clients, plant->clients[i], &client);
        tl_address_print(tl_bytes(client.address, client.address_size), text);
        fprintf(file, "%s\"%s\"", i ? "," : "", text);
    }
    fputc(']', file);
}

bool truth_write(FILE *file, const struct plant *plants, size_t count, uint64_t start)
{
    for (const struct plant *plant = plants; plant < plants + count; plant++) {
        char domain[TL_DNS_NAME_TEXT_SIZE];
        size_t length;
        if (!plant->messages)
            continue;
        tl_dns_name_print(tl_bytes(plant->domain, plant->domain_size), 0, domain, &length, NULL);
        fprintf(file, "{\"kind\":\"%s\",\"domain\":\"%s\"", plant_kind_name(plant->kind), domain);
        put_clients(file, plant);
        put_time(file, "first", start + plant->first);
        put_time(file, "last", start + plant->last);
        fprintf(file,
                ",\"interval_ms\":%" PRIu64 ".%03" PRIu64 ",\"queries\":%" PRIu64 ",\"messages\":%" PRIu64
                "}\n",
                plant->interval / 1000000, plant->interval / 1000 % 1000, plant->queries, plant->messages);
    }
    return fflush(file) == 0 && !ferror(file);
}
