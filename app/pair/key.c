/* What the two halves of an exchange have in common. Invariant: what must be equal is in the two hashes, and
 * what one half may leave out is in neither.
 *
 * Servers do not name the kind of both halves alike: BIND says AUTH_QUERY and CLIENT_RESPONSE of one
 * exchange, and RESOLVER and FORWARDER are mixed. So a kind here is a side of the server: clients ask it, or
 * it asks others. */
#include "pair/key.h"

#define NO_QUESTION 0x9e3779b97f4a7c15u /* any number will do: the hash is secret */

#define HEAD_MAX (1 + 1 + 4 + 2 + 16 + 256)
#define NAME_AT  (8 + 4) /* of the question's name, behind the hash so far, type and class */

/* One number for the types that go together. */
static uint8_t kind_of(int32_t type)
{
    switch (type) {
    case TL_DNSTAP_AUTH_QUERY:
    case TL_DNSTAP_AUTH_RESPONSE:
    case TL_DNSTAP_CLIENT_QUERY:
    case TL_DNSTAP_CLIENT_RESPONSE: return TL_DNSTAP_CLIENT_QUERY;
    case TL_DNSTAP_RESOLVER_QUERY:
    case TL_DNSTAP_RESOLVER_RESPONSE:
    case TL_DNSTAP_FORWARDER_QUERY:
    case TL_DNSTAP_FORWARDER_RESPONSE: return TL_DNSTAP_RESOLVER_QUERY;
    }
    return (uint8_t)(((unsigned)type + 1) | 1); /* a query and the response behind it; unknown ones as well */
}

/* The message that says which exchange it is: that of the half which the record is about, or else the other
 * one (Knot and dnsdist may have put it there). */
static bool open_message(const struct record *record, struct tl_dns *ret_message)
{
    return tl_dns_open(record_wire(record), ret_message) == TL_OK ||
           tl_dns_open(record->dnstap.response_message, ret_message) == TL_OK ||
           tl_dns_open(record->dnstap.query_message, ret_message) == TL_OK;
}

static struct tl_bytes at_most(struct tl_bytes bytes, size_t size)
{
    return tl_bytes(bytes.data, bytes.size < size ? bytes.size : size);
}

static uint64_t hash_asker(const struct tl_dnstap *dnstap, uint16_t id, const struct siphash_key *secret)
{
    uint8_t text[HEAD_MAX];
    struct tl_builder builder = tl_builder(text, sizeof(text));
    struct tl_bytes address = at_most(dnstap->query_address, 16);

    tl_builder_put_u8(&builder, kind_of(dnstap->message_type));
    tl_builder_put_u8(&builder, (uint8_t)address.size);
    tl_builder_put_be32(&builder, dnstap->query_port);
    tl_builder_put_be16(&builder, id);
    tl_builder_put(&builder, address);
    tl_builder_put(&builder, at_most(dnstap->identity, 256));
    return siphash(secret, tl_builder_bytes(&builder));
}

/* In small letters, since a server may write the name otherwise than it was asked; the lengths of labels are
 * below 'A'. */
static void put_in_lower_case(uint8_t *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        name[i] |= (uint8_t)((uint8_t)(name[i] - 'A') < 26) << 5;
}

/* False if the message has no question that can be read. */
static bool hash_question(const struct tl_dns *message, uint64_t by_asker, const struct siphash_key *secret,
                          uint64_t *ret_hash)
{
    uint8_t text[NAME_AT + TL_DNS_NAME_SIZE_MAX];
    struct tl_dns_record question;
    size_t size;

    if (tl_dns_question(message, &question) != TL_OK ||
        tl_dns_name(message->wire, question.name, text + NAME_AT, &size, NULL) != TL_OK)
        return false;
    struct tl_builder builder = tl_builder(text, NAME_AT);
    tl_builder_put_be32(&builder, (uint32_t)(by_asker >> 32));
    tl_builder_put_be32(&builder, (uint32_t)by_asker);
    tl_builder_put_be16(&builder, question.type);
    tl_builder_put_be16(&builder, question.rclass);
    put_in_lower_case(text + NAME_AT, size);
    *ret_hash = siphash(secret, tl_bytes(text, NAME_AT + size));
    return true;
}

bool pair_key_of(const struct record *record, const struct siphash_key *secret, struct pair_key *ret_key)
{
    const struct tl_dnstap *dnstap = &record->dnstap;
    struct tl_dns message;

    if (!record_is_message(record) || !open_message(record, &message))
        return false;
    ret_key->is_query = record_is_query(record);
    ret_key->by_asker = hash_asker(dnstap, message.id, secret);
    ret_key->has_question = hash_question(&message, ret_key->by_asker, secret, &ret_key->by_question);
    if (!ret_key->has_question)
        ret_key->by_question = pair_key_without_question(ret_key);
    ret_key->server = at_most(dnstap->response_address, 16);
    ret_key->server_port = dnstap->response_port;
    ret_key->protocol = dnstap->socket_protocol;
    return true;
}

uint64_t pair_key_without_question(const struct pair_key *key)
{
    return key->by_asker ^ NO_QUESTION;
}
