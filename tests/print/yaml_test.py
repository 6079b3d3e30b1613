#!/usr/bin/env python3
"""What a YAML parser makes of --format yaml is what --format json says: every value, no key twice, one document a record.
On the test data, on an archive, and on the corpus beside the source if there is one.

    yaml_test.py TAPLINE SOURCE_ROOT"""

import glob
import json
import os
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed (make deps installs it)")
    sys.exit(77)

TAPLINE, ROOT = sys.argv[1:3]
COUNTS = ["question", "answer", "authority", "additional"]
TITLES = {False: ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"], True: ["ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"]}
HEADS = {False: TITLES[False], True: ["ZONE", "PREREQ", "UPDATE", "ADDITIONAL"]}
SIGNATURES = ["TSIG_PSEUDOSECTION", "SIG0_PSEUDOSECTION"]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Times stay text, for datetime has no nanoseconds; a key twice is an error."""


def load_map(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(set(keys)) == len(keys), f"a key twice: {keys}"
    return loader.construct_mapping(node, deep=True)


Loader.add_constructor("tag:yaml.org,2002:map", load_map)
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def read(form, *paths):
    return subprocess.run([TAPLINE, "read", "--format", form, *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False).stdout.decode("utf-8")


def with_dot(name):
    return name if name == "." else name + "."


def text_of(record):
    words = [with_dot(record["name"])] + [str(record[key]) for key in ("ttl", "class", "type", "rdata") if key in record]
    return " ".join(words).rstrip(" ") if record.get("rdata") == "" else " ".join(words)


def flags_of(words, known):
    """What stands behind `flags` and `MBZ`."""
    found = {"flags": " ".join(word for word in words if word in known) or None}
    rest = sum(0x40 if word == "z" else int(word, 16) for word in words if word not in known)
    return dict(found, MBZ=rest) if rest else found


def message_of(message, theirs):
    """A DNS message of JSON as it should be in YAML. How many records a header claims JSON does not say."""
    found = {}
    if "id" in message:
        is_update = message["opcode"] == "UPDATE"
        found = {"opcode": message["opcode"], "status": message["rcode"], "id": message["id"]}
        found.update(flags_of(message["flags"], "qr aa tc rd ra ad cd".split()))
        found.update((head, theirs[head]) for head in HEADS[is_update])
        for section, title in zip(COUNTS, TITLES[is_update]):
            records = [text_of(record) for record in message.get(section, [])]
            for key in SIGNATURES:  # the last record may have a section of its own
                if section == "additional" and key in theirs:
                    assert message[section][-1]["type"] == key.split("_")[0].rstrip("0"), key
                    found[key] = [records.pop()]
            if records:
                found[title + "_SECTION"] = records
    if "edns" in message:
        edns = dict(message["edns"], udp=message["edns"]["udp_size"])
        edns.update(flags_of(edns.pop("flags"), ["do", "co"]))
        del edns["udp_size"]
        found["OPT_PSEUDOSECTION"] = {"EDNS": edns}
    found.update((key, message[key]) for key in ("trailing_hex", "error", "error_offset", "wire") if key in message)
    return found


def document_of(record, theirs):
    """An object of JSON as it should be in YAML."""
    record = dict(record)
    found = {key: record.pop(key) for key in ("origin", "error", "offset", "frame_hex", "unknown_omitted", "unknown_hex",
                                              "identity", "version", "extra", "identity_hex", "version_hex", "extra_hex")
             if key in record}
    if "error" not in found:
        found["type"] = record.pop("dnstap_type", "MESSAGE")
    if "type" not in record:
        assert not record, record
        return found
    message = found["message"] = record
    size = 0
    for half in ("query", "response"):
        wire = message.pop(half + "_message", None)
        if wire is not None:
            message[half + "_message_data"] = message_of(wire, theirs["message"][half + "_message_data"])
        if half in message["type"].lower() and wire:
            size = wire["size"]
    if message["type"].endswith(("QUERY", "RESPONSE")):
        message["message_size"] = f"{size}b"
    else:
        message["message_size"] = theirs["message"]["message_size"]
    if "query_zone" in message:
        message["query_zone"] = with_dot(message["query_zone"])
    if "rule" in message.get("policy", {}):
        message["policy"]["rule"] = with_dot(message["policy"]["rule"])
    if "message_unknown_hex" in message:
        message["unknown_hex"] = message.pop("message_unknown_hex")
    return found


def take_texts(document):
    """The messages' texts, which JSON does not have; each is that of its message."""
    message = document.get("message", {}) if isinstance(document, dict) else {}
    texts = [message.pop(half + "_message") for half in ("query", "response") if isinstance(message.get(half + "_message"), str)]
    for text in texts:
        assert text.startswith(";; ->>HEADER<<- opcode: ") and text.endswith("\n"), text
    return texts


def texts_of_bind(*paths):
    """Those of BIND 9.20; not of documents that are no YAML, or have a key twice."""
    for document in read("bind-yaml", "--bind", "9.20", *(path for path in paths if path != "--origin")).split("---\n"):
        try:
            yield from take_texts(yaml.load(document, Loader))
        except (yaml.YAMLError, AssertionError):
            pass


def compare(name, *paths):
    objects = [json.loads(line) for line in read("json", *paths).splitlines()]
    text = read("yaml", *paths)
    documents = list(yaml.load_all(text, Loader)) if text else []
    assert len(objects) == len(documents), f"{name}: {len(objects)} objects, {len(documents)} documents"
    texts = {text for document in documents for text in take_texts(document)}
    missing = set(texts_of_bind(*paths)) - texts
    assert not missing, f"{name}: texts of dnstap-read that are not here: {missing}"
    for number, (ours, theirs) in enumerate(zip(objects, documents), 1):
        expected = document_of(ours, theirs)
        assert expected == theirs, f"{name}, record {number}:\nJSON: {expected}\nYAML: {theirs}"
    for document in yaml.load_all(text, yaml.SafeLoader):  # as anybody would
        assert isinstance(document, dict)
    return len(documents), len(texts)


def main():
    paths = glob.glob(os.path.join(ROOT, "tests", "data", "*.dnstap"))
    paths += glob.glob(os.path.join(ROOT, "..", "shared", "corpus", "captures", "*.dnstap"))
    counts = [compare(path, path) for path in sorted(paths)]
    with tempfile.TemporaryDirectory() as folder:
        archive = os.path.join(folder, "archive")
        subprocess.run([TAPLINE, "generate", "--count", "100", "--archive", archive], stderr=subprocess.DEVNULL, check=True)
        counts.append(compare("an archive", "--origin", archive))
    counts.append(compare("a file", "--origin", sorted(paths)[0]))
    documents, texts = (sum(each) for each in zip(*counts))
    print(f"{documents} documents compared, {texts} texts")
    assert documents > 200 and texts > 100


main()
