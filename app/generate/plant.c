/* Planted patterns: one row of the table for each kind says when it happens, who takes part, how fast, and
 * what is asked. Invariant: a pattern's questions depend on its seed and their number alone, never on the
 * traffic around it. */
#include "generate/plant.h"

#include "generate/label.h"
#include "generate/wire.h"

#include <tapline/dnstap.h>

#define SECOND UINT64_C(1000000000)

#define DGA_BURSTS 6
#define DGA_NAMES  60 /* of a burst; all its clients ask for the same ones */

/* Names --------------------------------------------------------------------------------------------- */

/* Ends the labels that lead up to `to` with the plant's domain. */
static void set_name(struct question *question, uint8_t *to, const struct plant *plant, unsigned traits)
{
    uint8_t zone = (uint8_t)(to - question->buffer);

    to = wire_put(to, plant->domain, plant->domain_size);
    question->name = (struct name){question->buffer, (uint8_t)(to - question->buffer), zone, (uint8_t)traits,
                                   random_mix(plant->seed)};
}

static void ask_tunnel(const struct plant *plant, uint64_t bits, struct transaction *transaction)
{
    struct question *question = &transaction->question;
    uint8_t *to = label_put_code(question->buffer, bits, LABEL_BASE32, 50 + (bits & 7));

    to = label_put_code(to, random_mix(bits), LABEL_BASE32, 50 + (bits >> 3 & 7));
    if (bits >> 6 & 3)
        to = label_put_code(to, random_mix(bits + 1), LABEL_BASE32, 10 + (bits >> 8 & 31));
    set_name(question, wire_put(to, "\2t1", 3), plant, 0);
    question->type = (bits >> 13) % 10 < 7 ? TYPE_TXT : TYPE_NULL;
    transaction->payload = (uint16_t)(60 + (bits >> 20) % 180);
}

static uint64_t questions_of_burst(const struct plant *plant)
{
    return (uint64_t)DGA_NAMES * plant->client_count;
}

/* The same names for all clients of a burst; the last one is where the master waits. */
static void ask_dga(const struct plant *plant, uint64_t bits, struct transaction *transaction)
{
    static const char *const tops[] = {"com", "net", "org", "info", "biz", "ru", "top", "xyz"};
    struct question *question = &transaction->question;
    uint64_t per_burst = questions_of_burst(plant);
    uint64_t burst = plant->step / per_burst, number = plant->step % per_burst / plant->client_count;

    (void)bits;
    question->type = TYPE_A;
    if (number == DGA_NAMES - 1) {
        set_name(question, question->buffer, plant, 0);
        return;
    }
    uint64_t name = random_mix(plant->seed ^ random_mix(burst * DGA_NAMES + number));
    name_random_domain(question->buffer, name, 12 + (name & 7), tops[name >> 8 & 7], &question->name);
    question->outcome = OUTCOME_ABSENT;
}

static void ask_beacon(const struct plant *plant, uint64_t bits, struct transaction *transaction)
{
    uint8_t *to = label_put_code(transaction->question.buffer, plant->seed, LABEL_BASE36, 6);

    set_name(&transaction->question, to, plant, 0);
    transaction->question.type = TYPE_A;
    transaction->is_hit = bits & 1;
}

/* The authority gives way: more and more questions stay without an answer. */
static void ask_flood(const struct plant *plant, uint64_t bits, struct transaction *transaction)
{
    uint8_t *to = label_put_code(transaction->question.buffer, bits, LABEL_BASE36, 8 + (bits & 7));

    set_name(&transaction->question, to, plant, NAME_IS_ABSENT);
    transaction->question.type = TYPE_A;
    transaction->question.outcome = (bits >> 8) % 10 < 6 ? OUTCOME_ABSENT : OUTCOME_FAILED;
}

static void ask_amplification(const struct plant *plant, uint64_t bits, struct transaction *transaction)
{
    set_name(&transaction->question, transaction->question.buffer, plant, NAME_IS_SIGNED);
    transaction->question.type = TYPE_ANY;
    transaction->client.protocol = TL_DNSTAP_UDP;
    transaction->client.edns = (struct answer_edns){.is_there = true, .wants_dnssec = true, .udp_size = 4096};
    transaction->payload = 1200;
    transaction->is_hit = bits % 100 != 0;
}

/* Kinds --------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t from, until; /* per cent of the run */
    uint8_t clients;
    uint8_t jitter; /* per cent of the interval, either way */
    void (*ask)(const struct plant *plant, uint64_t bits, struct transaction *transaction);
} kinds[PLANT_KINDS] = {
    [PLANT_TUNNEL] = {"tunnel", 15, 85, 1, 90, ask_tunnel},
    [PLANT_DGA] = {"dga", 5, 95, 5, 60, ask_dga},
    [PLANT_BEACON] = {"beacon", 0, 100, 1, 10, ask_beacon},
    [PLANT_FLOOD] = {"flood", 50, 60, 200, 80, ask_flood},
    [PLANT_AMPLIFICATION] = {"amplification", 70, 75, 1, 50, ask_amplification},
};

const char *plant_kind_name(enum plant_kind kind)
{
    return kinds[kind].name;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* As fast as the real ones, but so that short runs have enough to be found. */
static uint64_t interval_of(const struct plant *plant, const struct plant_scene *scene)
{
    uint64_t window = plant->until - plant->from;

    switch (plant->kind) {
    case PLANT_TUNNEL: return least(SECOND / 5, window / 300);
    case PLANT_DGA: return least(SECOND / 10, window / DGA_BURSTS / (2 * DGA_NAMES * plant->client_count));
    case PLANT_BEACON: return least(60 * SECOND, window / 50);
    case PLANT_FLOOD: return scene->query_gap;
    default: return scene->query_gap * 2;
    }
}

/* Different ones, and not the busiest. */
static void choose_clients(struct plant *plant, const struct plant_scene *scene)
{
    uint32_t busy = scene->clients / 4, others = scene->clients - busy;

    if (plant->client_count > others)
        plant->client_count = others;
    uint32_t begin = random_scaled(random_mix(plant->seed), others);
    for (uint32_t i = 0; i < plant->client_count; i++)
        plant->clients[i] = busy + (begin + i * (others / plant->client_count)) % others;
}

void plant_init(struct plant *plant, enum plant_kind kind, const struct plant_scene *scene)
{
    uint64_t bits = random_mix(scene->seed ^ random_mix(NAME_DOMAIN_PLANTS + kind));

    *plant = (struct plant){
        .kind = kind,
        .seed = bits,
        .seed_of_clients = scene->seed,
        .from = scene->duration / 100 * kinds[kind].from,
        .until = scene->duration / 100 * kinds[kind].until,
        .client_count = kinds[kind].clients,
    };
    choose_clients(plant, scene);
    uint8_t *end = name_domain(plant->domain, scene->seed, NAME_DOMAIN_PLANTS + kind);
    plant->domain_size = (uint8_t)(end - plant->domain);
    plant->interval = interval_of(plant, scene);
    plant->interval += !plant->interval;
}

void plant_ask(struct plant *plant, struct random *random, struct transaction *transaction)
{
    uint64_t bits = random_mix(plant->seed ^ random_mix(plant->step));
    uint32_t client = plant->kind == PLANT_DGA ? (uint32_t)(plant->step % plant->client_count)
                                               : random_below(random, plant->client_count);

    client_of(plant->seed_of_clients, plant->clients[client], &transaction->client);
    transaction->is_hit = false;
    transaction->payload = 0;
    transaction->question.outcome = OUTCOME_DATA;
    kinds[plant->kind].ask(plant, bits, transaction);
    plant->step++;
}

uint64_t plant_next(const struct plant *plant, struct random *random, uint64_t now)
{
    uint64_t spread = plant->interval / 100 * kinds[plant->kind].jitter;
    uint64_t next = now + plant->interval - spread +
                    (uint64_t)(((__uint128_t)random_next(random) * (2 * spread + 1)) >> 64);

    if (plant->kind == PLANT_DGA && plant->step % questions_of_burst(plant) == 0)
        next = plant->from +
               (plant->until - plant->from) / DGA_BURSTS * (plant->step / questions_of_burst(plant));
    return next < plant->until ? next : PLANT_OVER;
}
