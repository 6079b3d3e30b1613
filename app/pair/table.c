/* Cells of one size: a record is a chain of them, so that whatever leaves makes room for whatever comes, and
 * nothing has to be moved. Each record stands in two chains of the hash table, by asker and by question, the
 * oldest first; queries and responses in different ones, for each looks for the other only.
 *
 * Invariant: `used` cells belong to records; all others are free or untouched. A search looks at no more than
 * SEARCH_MAX records of the same hash: there are more only if somebody asks the same of ever other addresses
 * of a server, and then the youngest of those stay alone. */
#include "pair/table.h"

#include <stdlib.h>
#include <string.h>

#define CELL_SIZE  256
#define SEARCH_MAX 64
#define CELLS_MIN  16
#define RESPONSES  0x5851f42d4c957f2du /* tells their hashes from those of queries */

enum { BY_ASKER, BY_QUESTION, CHAINS };

/* A record's place in a chain. Links are cell numbers, CHAINS times, plus which chain. */
struct node {
    uint64_t hash;
    uint32_t next, previous;
};

struct head {
    uint32_t next_cell;
    uint32_t older, newer;
    struct node nodes[CHAINS];
    uint64_t turn, due, offset;
    uint32_t frame_size;
    uint32_t place_size, peer_size; /* with the NUL; 0: there is none */
    uint32_t server_port;
    int32_t protocol;
    uint8_t server_size;
    uint8_t server[16];
    bool is_query, has_question, has_origin;
};

union pair_cell {
    struct {
        struct head head;
        uint8_t text[CELL_SIZE - sizeof(struct head)];
    } first;
    struct {
        uint32_t next_cell;
        uint8_t text[CELL_SIZE - sizeof(uint32_t)];
    } more;
};

_Static_assert(sizeof(union pair_cell) == CELL_SIZE, "a cell has the size that is counted with");
_Static_assert(sizeof(struct head) <= CELL_SIZE / 2, "a usual query fits into one cell");

#define FIRST_SIZE sizeof(((union pair_cell *)NULL)->first.text)
#define MORE_SIZE  sizeof(((union pair_cell *)NULL)->more.text)

struct pair_bucket {
    uint32_t first, last; /* nodes */
};

bool pair_table_init(struct pair_table *table, size_t memory)
{
    size_t text_size = memory / 8;
    size_t count = (memory - text_size) / (CELL_SIZE + CHAINS * sizeof(struct pair_bucket));
    size_t buckets = CELLS_MIN;

    if (count < CELLS_MIN)
        count = CELLS_MIN;
    if (count > UINT32_MAX / CHAINS)
        count = UINT32_MAX / CHAINS;
    while (buckets * 2 <= count * CHAINS)
        buckets *= 2;
    *table = (struct pair_table){.cell_count = (uint32_t)count,
                                 .free = PAIR_NONE,
                                 .bucket_mask = buckets - 1,
                                 .oldest = PAIR_NONE,
                                 .newest = PAIR_NONE,
                                 .text_size = text_size > 4 * CELL_SIZE ? text_size : 4 * CELL_SIZE};
    table->cells = malloc(count * sizeof(*table->cells));
    table->buckets = malloc(buckets * sizeof(*table->buckets));
    table->text = malloc(table->text_size);
    if (!table->cells || !table->buckets || !table->text) {
        pair_table_done(table);
        return false;
    }
    for (size_t i = 0; i < buckets; i++)
        table->buckets[i] = (struct pair_bucket){PAIR_NONE, PAIR_NONE};
    return true;
}

void pair_table_done(struct pair_table *table)
{
    free(table->cells);
    free(table->buckets);
    free(table->text);
    *table = (struct pair_table){.cells = NULL};
}

/* What is copied, in its order: the origin's numbers, the frame, the origin's texts. */
static size_t text_size(const struct record *record)
{
    const struct record_origin *origin = record->origin;
    size_t size = record->frame.size;

    if (!origin)
        return size;
    return size + sizeof(*origin) + (origin->place ? strlen(origin->place) + 1 : 0) +
           (origin->peer ? strlen(origin->peer) + 1 : 0);
}

static size_t cells_for(size_t size)
{
    return size <= FIRST_SIZE ? 1 : 1 + (size - FIRST_SIZE + MORE_SIZE - 1) / MORE_SIZE;
}

bool pair_table_fits(const struct pair_table *table, const struct record *record)
{
    return text_size(record) <= table->text_size;
}

bool pair_table_has_room(const struct pair_table *table, const struct record *record)
{
    return cells_for(text_size(record)) <= table->cell_count - table->used;
}

static uint32_t take_cell(struct pair_table *table)
{
    uint32_t cell = table->free;

    table->used++;
    if (cell == PAIR_NONE)
        return table->untouched++;
    table->free = table->cells[cell].more.next_cell;
    return cell;
}

/* The chains -----------------------------------------------------------------------------------------------
 */

static inline struct head *head_of(const struct pair_table *table, uint32_t cell)
{
    return &table->cells[cell].first.head;
}

static inline struct node *node_at(const struct pair_table *table, uint32_t link)
{
    return &head_of(table, link / CHAINS)->nodes[link % CHAINS];
}

static inline struct pair_bucket *bucket_of(const struct pair_table *table, uint64_t hash)
{
    return &table->buckets[hash & table->bucket_mask];
}

static void link_node(struct pair_table *table, uint32_t link, uint64_t hash)
{
    struct pair_bucket *bucket = bucket_of(table, hash);

    *node_at(table, link) = (struct node){hash, PAIR_NONE, bucket->last};
    if (bucket->last == PAIR_NONE)
        bucket->first = link;
    else
        node_at(table, bucket->last)->next = link;
    bucket->last = link;
}

static void unlink_node(struct pair_table *table, uint32_t link)
{
    const struct node *node = node_at(table, link);
    struct pair_bucket *bucket = bucket_of(table, node->hash);

    if (node->previous == PAIR_NONE)
        bucket->first = node->next;
    else
        node_at(table, node->previous)->next = node->next;
    if (node->next == PAIR_NONE)
        bucket->last = node->previous;
    else
        node_at(table, node->next)->previous = node->previous;
}

static void link_newest(struct pair_table *table, uint32_t cell)
{
    struct head *head = head_of(table, cell);

    head->newer = PAIR_NONE;
    head->older = table->newest;
    if (table->newest == PAIR_NONE)
        table->oldest = cell;
    else
        head_of(table, table->newest)->newer = cell;
    table->newest = cell;
}

static void unlink_age(struct pair_table *table, const struct head *head)
{
    if (head->older == PAIR_NONE)
        table->oldest = head->newer;
    else
        head_of(table, head->older)->newer = head->newer;
    if (head->newer == PAIR_NONE)
        table->newest = head->older;
    else
        head_of(table, head->newer)->older = head->older;
}

/* Copies ---------------------------------------------------------------------------------------------------
 */

/* Where the text of a record goes on, which is being written or read. */
struct place {
    struct pair_table *table;
    uint32_t cell;
    uint8_t *at;
    size_t left; /* in this cell */
};

static struct place text_of(struct pair_table *table, uint32_t cell)
{
    return (struct place){table, cell, table->cells[cell].first.text, FIRST_SIZE};
}

static void write_text(struct place *place, const void *data, size_t size)
{
    const uint8_t *from = data;

    while (size) {
        if (!place->left) {
            uint32_t next = take_cell(place->table);
            place->table->cells[place->cell].more.next_cell = next;
            place->cell = next;
            place->at = place->table->cells[next].more.text;
            place->left = MORE_SIZE;
        }
        size_t part = size < place->left ? size : place->left;
        memcpy(place->at, from, part);
        place->at += part;
        place->left -= part;
        from += part;
        size -= part;
    }
}

static void read_text(struct place *place, uint8_t *to, size_t size)
{
    while (size) {
        if (!place->left) {
            place->cell = place->table->cells[place->cell].more.next_cell;
            place->at = place->table->cells[place->cell].more.text;
            place->left = MORE_SIZE;
        }
        size_t part = size < place->left ? size : place->left;
        memcpy(to, place->at, part);
        place->at += part;
        place->left -= part;
        to += part;
        size -= part;
    }
}

static void write_record(struct pair_table *table, uint32_t cell, const struct record *record)
{
    const struct record_origin *origin = record->origin;
    struct head *head = head_of(table, cell);
    struct place place = text_of(table, cell);

    head->offset = record->offset;
    head->frame_size = (uint32_t)record->frame.size;
    head->has_origin = origin != NULL;
    head->place_size = origin && origin->place ? (uint32_t)strlen(origin->place) + 1 : 0;
    head->peer_size = origin && origin->peer ? (uint32_t)strlen(origin->peer) + 1 : 0;
    if (origin)
        write_text(&place, origin, sizeof(*origin));
    write_text(&place, record->frame.data, record->frame.size);
    if (origin) {
        write_text(&place, origin->place, head->place_size);
        write_text(&place, origin->peer, head->peer_size);
    }
    table->cells[place.cell].more.next_cell = PAIR_NONE;
}

static void read_record(struct pair_table *table, uint32_t cell, struct record *ret_record)
{
    const struct head *head = head_of(table, cell);
    struct place place = text_of(table, cell);
    uint8_t *names = table->text + head->frame_size;

    if (head->has_origin)
        read_text(&place, (uint8_t *)&table->origin, sizeof(table->origin));
    read_text(&place, table->text, head->frame_size + head->place_size + head->peer_size);
    record_open(ret_record, tl_bytes(table->text, head->frame_size), head->offset);
    if (head->has_origin) {
        table->origin.place = head->place_size ? (char *)names : NULL;
        table->origin.peer = head->peer_size ? (char *)names + head->place_size : NULL;
        ret_record->origin = &table->origin;
    }
}

/* The table ------------------------------------------------------------------------------------------------
 */

void pair_table_put(struct pair_table *table, const struct record *record, const struct pair_key *key,
                    uint64_t due)
{
    uint32_t cell = take_cell(table);
    struct head *head = head_of(table, cell);
    uint64_t side = key->is_query ? 0 : RESPONSES;

    head->turn = table->turns++;
    head->due = due;
    head->is_query = key->is_query;
    head->has_question = key->has_question;
    head->protocol = key->protocol;
    head->server_port = key->server_port;
    head->server_size = (uint8_t)key->server.size;
    if (key->server.size)
        memcpy(head->server, key->server.data, key->server.size);
    table->without_question += !key->has_question;
    write_record(table, cell, record);
    link_newest(table, cell);
    link_node(table, cell * CHAINS + BY_ASKER, key->by_asker ^ side);
    link_node(table, cell * CHAINS + BY_QUESTION, key->by_question ^ side);
}

static bool goes_with(const struct head *head, const struct pair_key *key)
{
    if (head->server_size && key->server.size &&
        (head->server_size != key->server.size ||
         memcmp(head->server, key->server.data, key->server.size) != 0))
        return false;
    return (!head->server_port || !key->server_port || head->server_port == key->server_port) &&
           (!head->protocol || !key->protocol || head->protocol == key->protocol);
}

static uint32_t search(const struct pair_table *table, uint64_t hash, const struct pair_key *key)
{
    unsigned same = 0;

    hash ^= key->is_query ? RESPONSES : 0;
    for (uint32_t link = bucket_of(table, hash)->first; link != PAIR_NONE;
         link = node_at(table, link)->next) {
        if (node_at(table, link)->hash != hash)
            continue;
        if (goes_with(head_of(table, link / CHAINS), key))
            return link / CHAINS;
        if (++same == SEARCH_MAX)
            break;
    }
    return PAIR_NONE;
}

uint32_t pair_table_find(const struct pair_table *table, const struct pair_key *key)
{
    if (!key->has_question)
        return search(table, key->by_asker, key);
    uint32_t found = search(table, key->by_question, key);
    if (found == PAIR_NONE && table->without_question)
        found = search(table, pair_key_without_question(key), key);
    return found;
}

uint32_t pair_table_oldest(const struct pair_table *table)
{
    return table->oldest;
}

uint64_t pair_table_due(const struct pair_table *table, uint32_t place)
{
    return head_of(table, place)->due;
}

void pair_table_postpone(struct pair_table *table, uint64_t since, uint64_t by)
{
    for (uint32_t cell = table->newest; cell != PAIR_NONE; cell = head_of(table, cell)->older) {
        if (head_of(table, cell)->turn < since)
            break;
        head_of(table, cell)->due += by;
    }
}

void pair_table_take(struct pair_table *table, uint32_t place, struct record *ret_record)
{
    const struct head *head = head_of(table, place);

    read_record(table, place, ret_record);
    table->without_question -= !head->has_question;
    unlink_node(table, place * CHAINS + BY_ASKER);
    unlink_node(table, place * CHAINS + BY_QUESTION);
    unlink_age(table, head);
    for (uint32_t cell = place, next; cell != PAIR_NONE; cell = next) {
        next = table->cells[cell].more.next_cell;
        table->cells[cell].more.next_cell = table->free;
        table->free = cell;
        table->used--;
    }
}
