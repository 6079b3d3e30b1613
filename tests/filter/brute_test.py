#!/usr/bin/env python3
"""Filters beside a second opinion: filter_brute_test.py TAPLINE FOLDER [COUNT [SEED]]

Expressions are made up out of what the captures of FOLDER and made-up traffic hold, asked with --where, and worked out here from
--format json by the manual alone. Records whose message is damaged are left out: JSON does not have their parts."""

import datetime
import glob
import ipaddress
import json
import os
import random
import re
import subprocess
import sys
import tempfile

ALWAYS = [b"has qname", b"not has qname", b"qname under .", b"not qname under (., example.test)", b"qname == .",
          b"not not has client", b"not (has client and not has server)", b"client in 0.0.0.0/0", b"client in ::/0",
          b"client in ::ffff:0:0/96", b"client in (::/0, 0.0.0.0/0)"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MAPPED = int(ipaddress.ip_address("::ffff:0:0"))
NUMBERS = {
    "rcode": "NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED".split(),
    "type": "- AUTH_QUERY AUTH_RESPONSE RESOLVER_QUERY RESOLVER_RESPONSE CLIENT_QUERY CLIENT_RESPONSE FORWARDER_QUERY "
            "FORWARDER_RESPONSE STUB_QUERY STUB_RESPONSE TOOL_QUERY TOOL_RESPONSE UPDATE_QUERY UPDATE_RESPONSE".split(),
    "qtype": {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 41: "OPT",
              48: "DNSKEY", 65: "HTTPS", 255: "ANY", 257: "CAA", 65280: "TYPE65280"},
    "proto": "- UDP TCP DOT DOH DNSCryptUDP DNSCryptTCP DOQ".split(),
}
NUMBERS = {field: {word: number for number, word in (words.items() if isinstance(words, dict) else enumerate(words))}
           for field, words in NUMBERS.items()}
NUMBERS["answer.type"] = NUMBERS["qtype"]
# The words of an answer's text that are names.
TARGETS = {"CNAME": [0], "NS": [0], "PTR": [0], "MX": [1], "SRV": [3], "SOA": [0, 1], "RRSIG": [7], "HTTPS": [1]}


# What a record has, from its JSON.

def name_of(text):
    """Its labels in lower case, the root's not among them."""
    labels, label = [], b""
    for dot, number, escaped, plain in re.findall(rb"(\.)|\\(\d{3})|\\(.)|(.)", text.encode(), re.DOTALL):
        if dot:
            labels, label = labels + [label], b""
        else:
            label += bytes([int(number)]) if number else escaped or plain
    return tuple(label.lower() for label in labels + [label] if label)


def address_of(text):
    address = ipaddress.ip_address(text)
    return int(address) + (MAPPED if address.version == 4 else 0)


def time_of(text):
    seconds = datetime.datetime.strptime(text[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z") - EPOCH
    return int(seconds.total_seconds()) * 10**9 + int(text[20:29])


def put_answer(values, answer):
    values["answer.name"] = [(name_of(entry["name"]), entry["name"]) for entry in answer]
    values["answer.type"] = [entry["type"] for entry in answer]
    values["answer.ttl"] = [entry["ttl"] for entry in answer]
    values["answer.rdata"] = [entry["rdata"].encode() for entry in answer]
    values["answer.target"], values["answer.address"] = [], []
    for entry in answer:
        if entry["rdata"].startswith("\\#") or not entry["rdata"]:
            continue
        names = [entry["rdata"].split()[place] for place in TARGETS.get(entry["type"], [])]
        values["answer.target"] += [(name_of(name), name[:-1] or ".") for name in names]
        hints = [text for hint in re.findall(r" ipv[46]hint=(\S+)", entry["rdata"]) for text in hint.split(",")]
        values["answer.address"] += map(address_of, [entry["rdata"]] if entry["type"] in ("A", "AAAA") else
                                        hints if entry["type"] == "HTTPS" else [])


def put_options(values, options):
    """An option that comes twice counts once, but for extended errors."""
    values["edns.option"] = [option.get("name", str(option["code"])) for option in options]
    data = lambda code: [bytes.fromhex(option["data"]) for option in options if option["code"] == code]
    values["edns.nsid"] = data(3)[:1]
    values["edns.ede"] = [int.from_bytes(error[:2], "big") for error in data(15) if len(error) >= 2]
    values["edns.ede.text"] = [error[2:] for error in data(15) if len(error) > 2]
    subnets = [subnet for subnet in data(8)[:1] if len(subnet) >= 4]
    sizes = [{1: 4, 2: 16}.get(int.from_bytes(subnet[:2], "big"), 0) for subnet in subnets]
    subnets = [(size, *subnet[2:4], subnet[4:]) for size, subnet in zip(sizes, subnets)
               if max(subnet[2:4]) <= 8 * size and len(subnet) - 4 <= size]
    values["edns.client_subnet.source"] = [source for _, source, _, _ in subnets]
    values["edns.client_subnet.scope"] = [scope for _, _, scope, _ in subnets]
    values["edns.client_subnet"] = [address_of(str(ipaddress.ip_address(address.ljust(size, b"\0"))))
                                    for size, _, _, address in subnets if size]


def values_of(record):
    kind = record.get("type", "")
    known = re.fullmatch("[A-Z]+_(QUERY|RESPONSE)", kind)
    is_query = known[1] == "QUERY" if known else not any(key.startswith("response_") and key not in (
        "response_address", "response_port", "response_address_hex") for key in record)
    message = record.get("query_message" if is_query else "response_message", {})
    question = message.get("question", [{}])[0]
    answer, edns = message.get("answer", []), message.get("edns", {})
    halves = [record.get("query_time"), record.get("response_time")]
    times = [half and time_of(half) for half in halves]
    first, second = times if is_query else times[::-1]
    text = lambda key: bytes.fromhex(record[key + "_hex"]) if key + "_hex" in record else record.get(key, None)
    one = {
        "type": kind or None, "family": record.get("socket_family"), "proto": record.get("socket_protocol"),
        "rcode": message.get("rcode"), "opcode": message.get("opcode"), "qtype": question.get("type"), "qclass": question.get("class"),
        "client.port": record.get("query_port"), "server.port": record.get("response_port"), "id": message.get("id"),
        "size": message.get("size"), "query.size": record.get("query_message", {}).get("size"),
        "edns.udp_size": edns.get("udp_size"), "edns.version": edns.get("version"),
        "answer": len(answer) if "id" in message else None,
        "time": first if first is not None else second, "query_time": times[0], "response_time": times[1],
        "latency": times[1] - times[0] if None not in times and times[1] >= times[0] else None,
        "identity": text("identity"), "version": text("version"), "extra": text("extra"),
        "flags": message.get("flags", []) if "id" in message else None, "edns.flags": edns.get("flags", []) if edns else None,
    }
    for key, path in ("client", "query_address"), ("server", "response_address"):
        one[key] = address_of(record[path]) if path in record else None
    for key, name in ("qname", question.get("name")), ("zone", record.get("query_zone")):
        one[key] = None if name is None else (name_of(name), name)
    one["qname.labels"] = None if one["qname"] is None else len(one["qname"][0])
    one["qname.size"] = None if one["qname"] is None else 1 + sum(1 + len(label) for label in one["qname"][0])
    values = {key: [] if value is None else [value.encode() if key in TEXTS and isinstance(value, str) else value]
              for key, value in one.items()}
    put_answer(values, answer)
    put_options(values, edns.get("options", []))
    return values


# The fields by their kinds.

TEXTS = ["identity", "version", "extra", "edns.nsid", "edns.ede.text", "answer.rdata"]
WORDS = ["type", "family", "proto", "rcode", "opcode", "qtype", "qclass", "answer.type", "edns.option"]
NAMES = ["qname", "zone", "answer.name", "answer.target"]
ADDRESSES = ["client", "server", "answer.address", "edns.client_subnet"]
FLAGS = ["flags", "edns.flags"]
TIMES = ["time", "query_time", "response_time"]
COUNTS = ["client.port", "server.port", "id", "size", "query.size", "answer", "qname.labels", "qname.size", "answer.ttl",
          "edns.udp_size", "edns.version", "edns.client_subnet.source", "edns.client_subnet.scope", "edns.ede", "latency"]
MANY = ["answer.name", "answer.type", "answer.ttl", "answer.rdata", "answer.target", "answer.address", "edns.option", "edns.ede",
        "edns.ede.text"]
# What is more is refused.
LARGEST = {"id": 65535, "answer": 65535, "qname.labels": 127, "edns.version": 255, "edns.client_subnet.source": 128,
           "edns.client_subnet.scope": 128, "edns.ede": 65535, "client.port": 2**32 - 1, "server.port": 2**32 - 1,
           "answer.ttl": 2**32 - 1}
ORDER = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
         "==": lambda a, b: a == b}


# Expressions, each as its text and what it is of a record.

class Maker:
    def __init__(self, chance, records, folder):
        self.chance, self.records, self.folder, self.lists = chance, records, folder, 0
        self.pools = {field: list({repr(value): value for values in records for value in values[field]}.values())
                      for field in records[0]}
        self.fields = [field for field, pool in self.pools.items() if pool]

    def quoted(self, text):
        """As a value is written, in quotes or without."""
        if re.fullmatch(rb"[^ \t\r\n(),\"'=!<>&|~@][^ \t\r\n(),\"'=!<>&|~]*", text) and self.chance.random() < 0.6:
            return text
        quote = self.chance.choice([b"'", b'"'])
        return quote + text.replace(b"\\", b"\\\\").replace(quote, b"\\" + quote) + quote

    def name(self, labels):
        """A name that is these labels, written in one of its forms."""
        text = b""
        for label in labels:
            for byte in label:
                letter = bytes([byte])
                if not 0x20 < byte < 0x7f or self.chance.random() < 0.03:
                    text += b"\\%03d" % byte
                elif letter in b'.\\"();@$/,|:^*?#[]' or self.chance.random() < 0.03 and not letter.isdigit():
                    text += b"\\" + letter
                else:
                    text += letter.swapcase() if self.chance.random() < 0.2 else letter
            text += b"."
        return text[:-1] if text and self.chance.random() < 0.7 else text or b"."

    def some_name(self, field):
        labels = self.chance.choice(self.pools[field])[0]
        for _ in range(self.chance.choice([0, 0, 1, 1, 2, 3])):
            labels = labels[1:]
        return (b"other",) + labels if self.chance.random() < 0.1 else labels

    def some_prefix(self, field):
        """Its text, the range, and whether it is of IPv4."""
        address = self.chance.choice(self.pools[field]) ^ (1 << self.chance.randrange(128) if self.chance.random() < 0.2 else 0)
        is_v4 = MAPPED <= address < MAPPED + 2**32
        length = self.chance.choice([128, 128, self.chance.randrange(96 if is_v4 else 0, 129)])
        size = 1 << 128 - length
        if is_v4 and self.chance.random() < 0.8:
            text, length = str(ipaddress.IPv4Address(address - MAPPED)), length - 96
        else:
            text = str(ipaddress.IPv6Address(address))
        whole = 32 if is_v4 and ":" not in text else 128
        text += "" if length == whole else f"/{length}"
        return text.encode(), address // size * size, address // size * size + size, is_v4

    def value(self, field):
        """A value's text, and whether another is the same: for ==, in and has."""
        if field in NAMES:
            labels = self.some_name(field)
            return self.name(labels), lambda value: value[0] == labels
        if field in ADDRESSES:
            text, begin, end, is_v4 = self.some_prefix(field)
            return text, lambda value: begin <= value < end and (MAPPED <= value < MAPPED + 2**32) == is_v4
        if field in TEXTS:
            text = self.chance.choice([text for text in self.pools[field] if b"\0" not in text])
            return text, lambda value: value == text
        if field in WORDS:
            word = self.chance.choice(self.pools[field])
            number = NUMBERS.get(field, {}).get(word)
            shown = str(number) if number is not None and self.chance.random() < 0.3 else self.chance.choice([word, word.lower()])
            return shown.encode(), lambda value: value == word
        number = self.number(field)
        return self.shown(field, number), lambda value: value == number

    def number(self, field):
        number = max(0, self.chance.choice(self.pools[field]) + self.chance.choice([0, 0, 1, -1]))
        return min(number, LARGEST.get(field, number))

    def shown(self, field, number):
        if field in TIMES:
            east = self.chance.choice([0, 0, 60, -210])
            if number // 10**9 < 86400:
                east = 0
            moment = EPOCH + datetime.timedelta(seconds=number // 10**9 + 60 * east)
            zone = "Z" if not east else "%s%02d:%02d" % ("+" if east > 0 else "-", *divmod(abs(east), 60))
            return (moment.strftime("%Y-%m-%d") + self.chance.choice("T ") + moment.strftime("%H:%M:%S") +
                    ".%09d" % (number % 10**9) + zone).encode()
        if field == "latency":
            units = [(unit, size) for unit, size in (("ns", 1), ("us", 1000), ("ms", 10**6), ("s", 10**9)) if number % size == 0]
            unit, size = self.chance.choice(units)
            return f"{number // size}{unit}".encode()
        if field.endswith("size") and number % 1024 == 0 and self.chance.random() < 0.5:
            return f"{number // 1024}KiB".encode()
        return str(number).encode()

    def put_list(self, texts):
        path = os.path.join(self.folder, f"list {self.lists}")
        self.lists += 1
        end = self.chance.choice([b"\n", b"\r\n"])
        with open(path, "wb") as file:
            for text in texts:
                file.write(self.chance.choice([b"", b"# comment" + end, end, b" \t" + end]))
                file.write(self.chance.choice([b"", b" ", b"\t"]) + text + self.chance.choice([b"", b" # comment", b" "]) + end)
        return b"@" + self.quoted(path.encode())

    def values(self, field, one):
        """Behind `in`, `under` and `has`."""
        found = [one(field) for _ in range(self.chance.choice([0, 1, 1, 2, 3, 8]))]
        tests = [test for _, test in found]
        if len(found) == 1 and self.chance.random() < 0.5:
            return self.quoted(found[0][0]), tests[0]
        if found and (field in TEXTS or field in FLAGS or self.chance.random() < 0.6):
            return b"(" + b", ".join(self.quoted(text) for text, _ in found) + b")", lambda value: any(test(value) for test in tests)
        if field in TEXTS or field in FLAGS:
            return self.values(field, one)
        return self.put_list([text for text, _ in found]), lambda value: any(test(value) for test in tests)

    def pattern(self, field):
        """Behind ~ and =~: the operator, a pattern made out of a value, and what it matches."""
        def text_of(value):
            return value[1].encode() if field in NAMES else value if field in TEXTS else value.encode()
        text = self.chance.choice([text for text in map(text_of, self.pools[field]) if b"\0" not in text])
        folds = 0 if field in TEXTS and field != "answer.rdata" else re.IGNORECASE
        begin = self.chance.randrange(len(text) + 1)
        end = self.chance.randrange(begin, len(text) + 1)
        part = text[begin:end]
        if field in NAMES or field in WORDS:
            part = part.swapcase() if self.chance.random() < 0.3 else part
        if self.chance.random() < 0.5:
            pattern = re.sub(rb"[^A-Za-z0-9_\x80-\xff]", rb"\\\g<0>", part)
            pattern = self.chance.choice([b"", b"^"]) + pattern + self.chance.choice([b"", b"$"])
            compiled = re.compile(pattern.replace(b"$", b"\\Z") if pattern.endswith(b"$") and not pattern.endswith(b"\\$")
                                  else pattern, re.DOTALL | folds)
            return b"=~", pattern, lambda value: compiled.search(text_of(value)) is not None
        pieces = [(b"*", b".*")] if begin and self.chance.random() < 0.9 else []
        for byte in part:
            letter = bytes([byte])
            pieces.append((b"?", b".") if self.chance.random() < 0.1 else (b"*", b".*") if self.chance.random() < 0.05 else
                          (re.sub(rb"[*?\\]", rb"\\\g<0>", letter), re.escape(letter)))
        pieces += [(b"*", b".*")] if end < len(text) and self.chance.random() < 0.9 else []
        compiled = re.compile(b"".join(meant for _, meant in pieces), re.DOTALL | folds)
        return b"~", b"".join(said for said, _ in pieces), lambda value: compiled.fullmatch(text_of(value)) is not None

    def flag(self, field):
        word = self.chance.choice([word for words in self.pools[field] for word in words] or ["aa"])
        return word.encode(), lambda value: word in value

    def term(self):
        field = self.chance.choice(self.fields)
        name, kind = field.encode(), self.chance.random()
        if kind < 0.1:
            return b"has " + name, lambda record: bool(record[field])
        if field in FLAGS and kind < 0.3:
            word = self.chance.choice([words for words in self.pools[field] if len(words) < 2] or [[]])
            text = word[0].encode() if word else b"0"
            return name + b" == " + text, lambda record: [word] == record[field]
        if field in FLAGS:
            text, test = self.values(field, self.flag)
            return name + b" has " + text, lambda record: any(map(test, record[field]))
        if field in NAMES + TEXTS + WORDS and kind < 0.35:
            sign, text, test = self.pattern(field)
        elif field in NAMES and kind < 0.65:
            def under(field):
                labels = self.some_name(field)
                return self.name(labels), lambda value: not labels or value[0][-len(labels):] == labels
            text, test = self.values(field, under)
            if self.chance.random() < 0.3:
                return name + b" not under " + text, lambda record: not any(map(test, record[field]))
            return name + b" under " + text, lambda record: any(map(test, record[field]))
        elif field in COUNTS + TIMES and kind < 0.5:
            sign, number = self.chance.choice(sorted(ORDER)), self.number(field)
            text, compare = self.shown(field, number), ORDER[sign]
            sign, test = sign.encode(), lambda value: compare(value, number)
        elif field in ("rcode", "type", "qtype") and kind < 0.45:
            sign, numbers = self.chance.choice(["<", "<=", ">", ">="]), NUMBERS[field]
            number, compare = self.chance.choice(sorted(numbers.values())), ORDER[sign]
            text, sign = str(number).encode(), sign.encode()
            number_of = lambda word: numbers[word] if word in numbers else int(re.sub("^TYPE", "", word)) % 2**32
            test = lambda value: compare(number_of(value), number)
        elif field not in TIMES and kind < 0.8:
            text, test = self.values(field, self.value)
            sign = self.chance.choice([b"in", b"not in"] + [b"has"] * (field in MANY))
            if sign == b"not in":
                return name + b" not in " + text, lambda record: not any(map(test, record[field]))
            return name + b" " + sign + b" " + text, lambda record: any(map(test, record[field]))
        else:
            text, test = self.value(field)
            sign = self.chance.choice([b"==", b"!="])
            if sign == b"!=":
                return name + b"!=" + self.quoted(text), lambda record: not any(map(test, record[field]))
        return name + b" " + sign + b" " + self.quoted(text), lambda record: any(map(test, record[field]))

    def expression(self, depth):
        kind = self.chance.random()
        if not depth or kind < 0.3:
            return self.term()
        if kind < 0.5:
            text, test = self.expression(depth - 1)
            return self.chance.choice([b"not (%s)", b"!(%s)", b"NOT(not (not (%s)))"]) % text, lambda record: not test(record)
        parts = [self.expression(depth - 1) for _ in range(self.chance.choice([2, 2, 3, 4]))]
        tests = [test for _, test in parts]
        if kind < 0.75:
            return (self.chance.choice([b" and ", b"&&", b"\nAND\t"]).join(b"(%s)" % text for text, _ in parts),
                    lambda record: all(test(record) for test in tests))
        return b"(" + self.chance.choice([b") or (", b")||("]).join(text for text, _ in parts) + b")", lambda record: any(
            test(record) for test in tests)


def fixed(records):
    """What ALWAYS must find."""
    is_v4 = lambda value: MAPPED <= value < MAPPED + 2**32
    client = lambda record, test: any(map(test, record["client"]))
    return [lambda r: r["qname"], lambda r: not r["qname"], lambda r: r["qname"], lambda r: not r["qname"],
            lambda r: r["qname"] and not r["qname"][0][0], lambda r: r["client"], lambda r: not r["client"] or r["server"],
            lambda r: client(r, is_v4), lambda r: client(r, lambda value: not is_v4(value)), lambda r: client(r, is_v4),
            lambda r: r["client"]]


def main():
    tapline, data = sys.argv[1:3]
    count, seed = [int(argument) for argument in sys.argv[3:]] + [500, 1][len(sys.argv) - 3:]
    with tempfile.TemporaryDirectory() as folder:
        traffic = os.path.join(folder, "traffic")
        subprocess.run([tapline, "generate", "--write", traffic, "--count", "400", "--start", "2026-11-23T10:00:00Z"], check=True,
                       stderr=subprocess.DEVNULL)
        files = sorted(glob.glob(os.path.join(data, "*.dnstap"))) + [traffic]

        def read(*arguments):
            found = subprocess.run([tapline, "read", "--utc", "--format", "json", *arguments, *files], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
            assert found.returncode != 2, found.stderr
            return found.stdout.splitlines()

        lines = {line: json.loads(line) for line in read()}
        damaged = {line for line, record in lines.items() if any(
            "error" in part for part in (record, record.get("query_message", {}), record.get("response_message", {})))}
        values = {line: values_of(record) for line, record in lines.items() if line not in damaged}
        maker = Maker(random.Random(seed), list(values.values()), folder)
        asked = list(zip(ALWAYS, fixed(values))) + [maker.expression(3) for _ in range(count)]
        hits = 0
        for text, test in asked:
            found = {line for line in read("--where", text) if line not in damaged}
            expected = {line for line, record in values.items() if test(record)}
            hits += 0 < len(expected) < len(values)
            for line in found ^ expected:
                sys.exit(f"seed {seed}: {text.decode(errors='backslashreplace')}\n"
                         f"{'passes, but should not' if line in found else 'should pass'}: {line.decode()}")
        print(f"{len(asked)} expressions, {hits} of them true of some records only")
        assert hits > count / 3


main()
