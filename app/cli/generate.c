/* `tapline generate`: its options and its signals, and nothing else. */
#include "cli/commands.h"

#include "cli/options.h"
#include "generate/generate.h"
#include "process/log.h"
#include "record/times.h"
#include "record/units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT_DEFAULT        1000000
#define RATE_DEFAULT         10000
#define CLIENTS_DEFAULT      5000
#define SEGMENT_SIZE_DEFAULT (UINT64_C(128) << 20)

static const char help[] =
    "Usage: tapline generate (--write PATH | --send ENDPOINT | --archive DIR) [OPTION]...\n"
    "Make up a resolver's traffic as dnstap: the same options give the same bytes.\n"
    "\n"
    "  --write PATH         a new file, or \"-\" for standard output: Frame Streams\n"
    "  --send ENDPOINT      a receiver at unix:PATH or tcp:HOST:PORT\n"
    "  --archive DIR        sealed segments of an archive\n"
    "  --segment-size SIZE  frames in a segment, at most (default 128MiB)\n"
    "\n"
    "  --count N            messages (default 1000000, or as --duration says)\n"
    "  --duration DURATION  of virtual time\n"
    "  --rate N             messages a second of virtual time, 1 to 10000000 (default 10000)\n"
    "  --daily              fewer by night and more by day (UTC), --rate on average\n"
    "  --pace               in real time, instead of as fast as possible\n"
    "  --seed N             another number, other traffic (default 1)\n"
    "  --start TIME         virtual time at the beginning, such as 2026-11-23T10:00:00Z\n"
    "                       (default: now)\n"
    "\n"
    "  --names FILE         names that are asked for, one a line, the most popular first\n"
    "                       (default: 100000 made-up ones)\n"
    "  --once PERCENT       of the questions are for names that come only once (default 25%)\n"
    "  --cache PERCENT      of the questions are answered from the cache (default 85%)\n"
    "  --clients N          steady clients, 1 to 4000000 (default 5000)\n"
    "  --identity NAME      of the name server; may be given several times\n"
    "                       (default resolver1)\n"
    "\n"
    "  --plant LIST         patterns to be found: tunnel,dga,beacon,flood, or all, or none\n"
    "                       (default)\n"
    "  --truth FILE         a new file with what was planted, as JSON lines\n"
    "  --help               print this and exit\n"
    "\n"
    "Signals: TERM and INT end the traffic early and complete the output.\n"
    "\n"
    "Exit status: 0 if all went out, 1 on trouble, 2 for wrong usage.\n";

enum option_of_generate {
    OPTION_WRITE = 256,
    OPTION_SEND,
    OPTION_ARCHIVE,
    OPTION_SEGMENT_SIZE,
    OPTION_COUNT,
    OPTION_DURATION,
    OPTION_RATE,
    OPTION_DAILY,
    OPTION_PACE,
    OPTION_SEED,
    OPTION_START,
    OPTION_NAMES,
    OPTION_ONCE,
    OPTION_CACHE,
    OPTION_CLIENTS,
    OPTION_IDENTITY,
    OPTION_PLANT,
    OPTION_TRUTH,
    OPTION_HELP,
};

static const struct option options[] = {
    {"write", required_argument, NULL, OPTION_WRITE},
    {"send", required_argument, NULL, OPTION_SEND},
    {"archive", required_argument, NULL, OPTION_ARCHIVE},
    {"segment-size", required_argument, NULL, OPTION_SEGMENT_SIZE},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"daily", no_argument, NULL, OPTION_DAILY},
    {"pace", no_argument, NULL, OPTION_PACE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"start", required_argument, NULL, OPTION_START},
    {"names", required_argument, NULL, OPTION_NAMES},
    {"once", required_argument, NULL, OPTION_ONCE},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"clients", required_argument, NULL, OPTION_CLIENTS},
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"plant", required_argument, NULL, OPTION_PLANT},
    {"truth", required_argument, NULL, OPTION_TRUTH},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct request {
    struct generate_options generate;
    struct tl_endpoint endpoint;
    const char *identities[TRAFFIC_IDENTITIES_MAX];
};

/* Signals ------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
    (void)signal;
    is_stopped = 1;
}

/* The first INT or TERM ends the run in good order, a second one the process. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = (int)SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Values ------------------------------------------------------------------------------------------------- */

/* "25%", "0.5%". */
static bool parse_share(const char *option, const char *text, double *ret_share)
{
    char *end;
    double per_cent = strtod(text, &end);

    if (*text < '0' || *text > '9' || strcmp(end, "%") != 0 || !(per_cent <= 100))
        return cli_wrong(option, text, "give a share from 0% to 100%, such as 25%");
    *ret_share = per_cent / 100;
    return true;
}

static bool parse_start(const char *text, struct tl_time *ret_start)
{
    if (!record_parse_time(text, false, ret_start))
        return cli_wrong("start", text, RECORD_TIMES_HINT);
    if (!ret_start->seconds || ret_start->seconds > UINT32_MAX)
        return cli_wrong("start", text, "give a time after 1970 and before 2106");
    return true;
}

static bool parse_endpoint(const char *text, struct request *request)
{
    request->generate.send_to = &request->endpoint;
    return cli_parse_endpoint("send", text, &request->endpoint);
}

static bool add_identity(const char *text, struct request *request)
{
    struct traffic_options *traffic = &request->generate.traffic;

    if (traffic->identity_count == TRAFFIC_IDENTITIES_MAX)
        return cli_wrong("identity", text, "there are 64 already, and more cannot be given");
    if (!*text || strlen(text) > 255)
        return cli_wrong("identity", text, "give a name of 1 to 255 bytes");
    request->identities[traffic->identity_count++] = text;
    return true;
}

static bool parse_plants(const char *text, unsigned *ret_plants)
{
    static const struct {
        const char *word;
        unsigned plants;
    } words[] = {
        {"none", 0},
        {"tunnel", PLANT_BIT(PLANT_TUNNEL)},
        {"dga", PLANT_BIT(PLANT_DGA)},
        {"beacon", PLANT_BIT(PLANT_BEACON)},
        {"flood", PLANT_BIT(PLANT_FLOOD) | PLANT_BIT(PLANT_AMPLIFICATION)},
        {"all", PLANT_BIT(PLANT_KINDS) - 1},
    };
    unsigned plants = 0;

    for (const char *at = text;; at++) {
        size_t size = strcspn(at, ","), i = 0, count = sizeof(words) / sizeof(words[0]);
        while (i < count && (strlen(words[i].word) != size || strncmp(words[i].word, at, size) != 0))
            i++;
        if (i == count)
            return cli_wrong(
                "plant", text,
                "give some of tunnel, dga, beacon, flood with commas between them, or all, or none");
        plants |= words[i].plants;
        at += size;
        if (!*at)
            break;
    }
    *ret_plants = plants;
    return true;
}

static bool parse_duration(const char *text, uint64_t *ret_ms)
{
    if (record_parse_duration(text, ret_ms) && *ret_ms && *ret_ms <= UINT64_C(100) * 366 * 86400 * 1000)
        return true;
    return cli_wrong("duration", text, "give a duration such as 10m, 1h or 7d");
}

static bool parse_segment_size(const char *text, uint64_t *ret_size)
{
    if (record_parse_size(text, ret_size) && *ret_size >= 65536)
        return true;
    return cli_wrong("segment-size", text, "give a size of at least 64KiB, such as 128MiB");
}

static bool parse_rate(const char *text, double *ret_rate)
{
    uint64_t rate = 0;

    if (!cli_parse_number("rate", text, 1, TRAFFIC_RATE_MAX, "give a number from 1 to 10000000", &rate))
        return false;
    *ret_rate = (double)rate;
    return true;
}

static bool parse_clients(const char *text, uint32_t *ret_clients)
{
    uint64_t clients = 0;

    if (!cli_parse_number("clients", text, 1, CLIENT_COUNT_MAX, "give a number from 1 to 4000000", &clients))
        return false;
    *ret_clients = (uint32_t)clients;
    return true;
}

static bool parse_option(int option, const char *value, struct request *request)
{
    struct generate_options *generate = &request->generate;
    struct traffic_options *traffic = &generate->traffic;

    switch (option) {
    case OPTION_WRITE: generate->write_path = value; return true;
    case OPTION_SEND: return parse_endpoint(value, request);
    case OPTION_ARCHIVE: generate->archive_path = value; return true;
    case OPTION_SEGMENT_SIZE: return parse_segment_size(value, &generate->segment_size);
    case OPTION_COUNT:
        return cli_parse_number("count", value, 1, UINT64_MAX >> 1, "give a number of messages",
                                &generate->count);
    case OPTION_DURATION: return parse_duration(value, &generate->duration_ms);
    case OPTION_RATE: return parse_rate(value, &traffic->rate);
    case OPTION_DAILY: traffic->is_daily = true; return true;
    case OPTION_PACE: generate->is_paced = true; return true;
    case OPTION_SEED: return cli_parse_number("seed", value, 0, UINT64_MAX, "give a number", &traffic->seed);
    case OPTION_START: return parse_start(value, &traffic->start);
    case OPTION_NAMES: generate->names_path = value; return true;
    case OPTION_ONCE: return parse_share("once", value, &traffic->once);
    case OPTION_CACHE: return parse_share("cache", value, &traffic->cache);
    case OPTION_CLIENTS: return parse_clients(value, &traffic->clients);
    case OPTION_IDENTITY: return add_identity(value, request);
    case OPTION_PLANT: return parse_plants(value, &traffic->plants);
    case OPTION_TRUTH: generate->truth_path = value; return true;
    default: return false;
    }
}

static bool is_sensible(const struct request *request)
{
    const struct generate_options *generate = &request->generate;
    int outputs =
        (generate->write_path != NULL) + (generate->send_to != NULL) + (generate->archive_path != NULL);

    if (outputs != 1)
        return cli_refuse(outputs ? "give one of --write, --send and --archive, not several"
                                  : "where to? Give --write PATH, --send ENDPOINT or --archive DIR");
    if (generate->segment_size && !generate->archive_path)
        return cli_refuse("--segment-size is for --archive");
    if (generate->write_path && strcmp(generate->write_path, "-") == 0 && isatty(STDOUT_FILENO))
        return cli_refuse("--write -: frames are not for a terminal; redirect standard output, or pipe it "
                          "into \"tapline read\"");
    return true;
}

static void fill_in_defaults(struct request *request)
{
    struct generate_options *generate = &request->generate;

    if (!generate->count && !generate->duration_ms)
        generate->count = COUNT_DEFAULT;
    if (!generate->segment_size)
        generate->segment_size = SEGMENT_SIZE_DEFAULT;
    if (!generate->traffic.start.seconds) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        generate->traffic.start = (struct tl_time){(uint64_t)now.tv_sec, (uint32_t)now.tv_nsec};
    }
    if (!generate->traffic.identity_count)
        request->identities[generate->traffic.identity_count++] = "resolver1";
    generate->traffic.identities = request->identities;
    generate->stop = &is_stopped;
}

static int run(struct request *request)
{
    fill_in_defaults(request);
    catch_signals();
    return generate_run(&request->generate) == 0 ? CLI_OK : CLI_TROUBLE;
}

int cli_generate(int argc, char **argv)
{
    static struct request request = {
        .generate.traffic =
            {.seed = 1, .rate = RATE_DEFAULT, .clients = CLIENTS_DEFAULT, .once = 0.25, .cache = 0.85},
    };
    bool is_right = true;
    int option;

    process_log_init("tapline generate");
    argv[0] = (char[]){"tapline generate"}; /* for what getopt_long says */
    while (is_right && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return CLI_OK;
        }
        is_right = parse_option(option, optarg, &request);
    }
    if (is_right && optind < argc) {
        process_log("what is \"%s\"? The output is given with --write, --send or --archive", argv[optind]);
        is_right = false;
    }
    if (is_right && is_sensible(&request))
        return run(&request);
    fputs("Try \"tapline generate --help\".\n", stderr);
    return CLI_USAGE;
}
