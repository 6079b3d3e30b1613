"""A zone with records of every RR type that BIND loads, odd forms included, for the tests that compare how they are printed.

Invariant: what is here is loaded by every BIND from 9.18 on; a type of its own, or a form of one, is a line of RECORDS."""

import base64
import re
import zlib


def b64(size):
    return base64.b64encode(bytes(i * 37 + size & 255 for i in range(size))).decode()


def hexa(size):
    return bytes(i * 41 + size & 255 for i in range(size)).hex()


LONG_LABEL = "x" * 63
LONG_NAME = ".".join([LONG_LABEL] * 3) + ".example."

# TYPE and rdata; each line has an owner of its own, unless it begins with "+": then it is that of the line before.
RECORDS = rf"""
A 0.0.0.0
+A 255.255.255.255
+A 192.0.2.1
AAAA ::
+AAAA ::1
+AAAA ::ffff:192.0.2.1
+AAAA 2001:db8:0:0:1::1
+AAAA 1:0:0:2:0:0:0:3
+AAAA ::192.0.2.7
+AAAA 64:ff9b::c000:201
A6 0 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
+A6 64 ::ffff:ffff:ffff:ffff foo.example.
+A6 127 ::1 foo.example.
+A6 128 .
AFSDB 0 host
+AFSDB 65535 .
AMTRELAY 0 0 0 .
+AMTRELAY 0 1 0 .
+AMTRELAY 255 0 1 0.0.0.0
+AMTRELAY 0 1 2 2001:db8::15
+AMTRELAY 10 1 3 relay.example.
+AMTRELAY \# 2 0004
+AMTRELAY \# 6 00ff01020304
APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:2001:db8::/32 !2:ff00::/8 1:0.0.0.0/0 2:::/0
APL
ATMA +61200000000
+ATMA +61.2.0000.0000
+ATMA 1234567890abcdef
AVC "app-name:example" "" "with \"quotes\" and \\ backslash"
CAA 0 issue "ca.example.net; policy=ev"
+CAA 128 tbs "Unknown \" \\ ; \007 \255"
+CAA 1 iodef ""
CDNSKEY 0 3 0 AA==
CDNSKEY 257 3 13 {b64(64)}
CDS 0 0 0 00
CDS 12345 13 2 {hexa(32)}
+CDS 65535 253 4 {hexa(48)}
CERT PKIX 65534 ECDSAP256SHA256 {b64(9)}
+CERT SPKI 0 RSASHA1 {b64(45)}
+CERT 65534 65535 254 {b64(130)}
+CERT URI 1 0 {b64(3)}
+CERT OID 1 PRIVATEOID {b64(43)}
+CERT 9 1 111 {b64(1)}
CNAME target.every.test.
CNAME .
CNAME {LONG_NAME}
CSYNC 66 3 A NS AAAA
CSYNC 0 0
CSYNC 4294967295 65535 A TYPE255 TYPE256 TYPE65535 CAA
DHCID {b64(35)}
+DHCID {b64(300)}
DLV 12345 13 1 {hexa(20)}
DNAME target.example.
DNSKEY 256 3 8 {b64(260)}
+DNSKEY 257 3 253 {b64(5)}
+DNSKEY 385 3 254 {b64(44)}
+DNSKEY 65535 255 15 {b64(32)}
+DNSKEY 0 3 16 {b64(57)}
DOA 1234567890 1234567890 1 "image/gif" {b64(90)}
+DOA 0 1 2 "" {b64(3)}
+DOA 4294967295 4294967295 255 "odd \" \\ \000 text" -
DS 12345 13 2 {hexa(32)}
+DS 0 0 0 00
+DS 1 5 1 {hexa(20)}
+DS 65535 255 255 {hexa(100)}
+NS ns.root.
EID 1289AB
+EID {hexa(70)}
EUI48 00-00-5e-00-53-2a
+EUI48 ff-ff-ff-ff-ff-ff
EUI64 00-00-5e-ef-10-00-00-2a
GPOS "-22.6882" "116.8652" "250.0"
+GPOS "" "" ""
HINFO "some CPU" "some system"
+HINFO "" "\000\001\127\128\255"
HIP 2 200100107B1A74DF365639CC39F1D578 {b64(129)}
+HIP 2 200100107B1A74DF365639CC39F1D579 {b64(9)} rvs.example. rvs2.example. .
HTTPS 0 target.example.
HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,::ffff:1.2.3.4
HTTPS 65535 {LONG_NAME} alpn="h2" no-default-alpn ech={b64(200)}
HTTPS 2 svc.example. mandatory=alpn,port,key65000 alpn=h3 port=0 key65000
IPSECKEY 10 1 2 192.0.2.38 {b64(65)}
+IPSECKEY 10 0 2 . {b64(40)}
+IPSECKEY 0 2 3 2001:db8::1 {b64(41)}
+IPSECKEY 255 3 255 gateway.example. {b64(42)}
ISDN "150862028003217" "004"
+ISDN "address \" only"
KEY 512 3 8 {b64(40)}
+KEY 49408 3 3
+KEY 256 255 13 {b64(64)}
+KEY 4608 3 1 {b64(50)}
KX 10 kx.example.
+KX 65535 .
L32 10 192.0.2.1
L64 10 2001:0DB8:1140:1000
LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
+LOC 60 9 N 24 39 E 10 20 2000 20
+LOC 90 S 180 W -100000.00m 90000000m 0m 1m
+LOC 0 0 0.001 N 0 0 0.999 E 42849672.95m 0.01m 0.02m 0.09m
+LOC 10 20 30.456 S 20 1 1.001 W 1.5m
LP 10 l64.every.test.
MB mail.example.
MG member.example.
MINFO responsible.example. errors.example.
+MINFO . .
MR renamed.example.
MX 10 mail.example.
+MX 0 .
+MX 65535 \000\032.\(\).example.
NAPTR 100 50 "s" "http+I2L+I2C+I2R" "" _http._tcp.example.
+NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
+NAPTR 0 65535 "" "" "!^(\\+441632960083)$!sip:\\1@example.com!i" odd\.name.example.
NID 10 0014:4fff:ff20:ee64
NIMLOC 1289AB
NINFO "some" "words" ""
NS ns.root.
+NS ns.elsewhere.example.
NSAP 0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00
NSAP-PTR target.example.
NSEC a.secure.example. NS SOA MX RRSIG DNSKEY LOC NSEC
NSEC . A TYPE1 TYPE127 TYPE128 TYPE255 TYPE256 TYPE65534
NSEC \000.next.example. A
NSEC3PARAM 1 0 1 868BCF7ED4108929
+NSEC3PARAM 1 0 10 -
+NSEC3PARAM 255 255 65535 {hexa(255)}
NULL \# 5 00ff414243
+NULL \# 0
NXT a.secure.example. NS SOA MX SIG KEY LOC NXT
NXT . A TYPE127
OPENPGPKEY {b64(9)}
+OPENPGPKEY {b64(500)}
PTR target.example.
+PTR 1.2.3.4.5.6.7.8.9.0.a.b.c.d.e.f.1.2.3.4.5.6.7.8.9.0.a.b.c.d.e.f.ip6.arpa.
PX 10 map822.example. mapx400.example.
RKEY 0 255 1 {b64(100)}
RP mailbox.example. text.example.
+RP . .
RRSIG A 13 3 300 20000102030405 19961211100908 2143 signer.example. {b64(64)}
+RRSIG TYPE65400 255 0 4294967295 21060207062815 19700101000000 65535 . {b64(3)}
RT 10 relay.example.
+RT 0 .
SIG NXT 1 3 3600 20000102030405 19961211100908 2143 foo.example. {b64(35)}
SINK 1 0 0
+SINK 8 0 2 {b64(100)}
SMIMEA 3 1 1 {hexa(32)}
SPF "v=spf1 -all"
SRV 0 5 5060 server.example.
+SRV 65535 65535 65535 .
SSHFP 4 2 {hexa(32)}
+SSHFP 1 1 {hexa(20)}
+SSHFP 255 255 {hexa(57)}
SVCB 0 target.example.
SVCB 16 foo.example. mandatory=alpn alpn="f\\\\oo\\,bar,h2" key667="hello\210qoo"
SVCB 1 . port=60 key65280="a;b\"c\\\\d e" key65281 key65534=""
SVCB 2 . alpn="a b" key65280="a b"
SVCB 3 dns.example. alpn=dot,doq port=853 key7="/dns-query{{?dns}}" ipv4hint=192.0.2.4
TA 12345 13 1 {hexa(20)}
TALINK before.example. after.example.
TLSA 3 1 1 {hexa(32)}
+TLSA 0 0 0 {hexa(28)}
+TLSA 255 255 255 {hexa(29)}
+TLSA 1 1 2 {hexa(64)}
TXT "semicolon; backslash \\ quote \" bell \007 high \255 apostrophe ' tab \009" "" "three"
+TXT ""
+TXT "{'a' * 255}" "{'b' * 255}"
+TXT unquoted\ word @ $
+TXT "\000\001\031\032\126\127\128" "# : - [ ] {{ }} | > ` % & *"
TYPE65400 \# 5 0102030405
+TYPE65400 \# 0
+TYPE65400 \# 300 {hexa(300)}
TYPE65401 \# 28 {hexa(28)}
+TYPE65401 \# 29 {hexa(29)}
TYPE65533 \# 0
+TYPE65533 \# 6 010203040506
+TYPE65533 \# 18 {hexa(18)}
TYPE66 \# 6 003b01003500
+TYPE66 \# 19 ffffff000004686f7374076578616d706c6500
TYPE67 \# 5 0102030405
TYPE68 \# 70 {hexa(70)}
TYPE100 \# 1 01
TYPE101 \# 1 02
TYPE102 \# 1 03
TYPE103 \# 1 04
TYPE261 \# 9 08716e616d656d696e
TYPE262 \# 4 01410142
TYPE61440 \# 1 ff
URI 10 1 "https://www.example.com/path"
+URI 65535 65535 ""
+URI 0 0 "odd \" ' \\ ; \000 \255 {'u' * 200}"
WKS 10.0.0.1 tcp telnet ftp smtp
+WKS 10.0.0.1 udp domain 0 1 2 65535
+WKS 10.0.0.2 132 7
X25 "311061700956"
ZONEMD 2019020700 1 1 {hexa(48)}
+ZONEMD 2019020700 1 2 {hexa(64)}
+ZONEMD 0 240 255 {hexa(12)}
""".strip().splitlines()

# Owners that are printed in odd ways, or just fill a column.
OWNERS = [r"odd\.label", r"sp\032ace", r"b\000in\255", r"semi\;colon\$dollar\@at", r"quo\"te", r"back\\slash", "under_score",
          r"par\(en\)", "it's", r"\001\127", "*.wild", "xn--bcher-kva", LONG_LABEL, ".".join([LONG_LABEL] * 3), "UPPER.Case", "-",
          *("c" * size for size in range(1, 24))]

# Lengths of CNAME and DNAME chains.
CHAIN = 12


def records():
    """(owner, type, rdata), the owners relative to the zone."""
    found, count = [], 0
    for line in RECORDS:
        kind, rdata = re.fullmatch(r"\+?(\S+) ?(.*)", line).groups()
        if not line.startswith("+"):
            count += 1
            owner = f"{kind.lower()}-{count}"
        found.append((owner, kind, rdata))
    for number, owner in enumerate(OWNERS):
        found += [(owner, "A", f"192.0.2.{number}"), (owner, "TXT", f'"{number}"')]
    for number in range(CHAIN):
        found.append((f"chain{number}", "CNAME", f"chain{number + 1}"))
    found += [(f"chain{CHAIN}", "A", "192.0.2.99"), ("dn", "DNAME", "d2"), ("d2", "DNAME", "txt-names"), ("a.txt-names", "A", "192.0.2.98"),
              ("loop1", "CNAME", "loop2"), ("loop2", "CNAME", "loop1"), ("sub", "NS", "ns.sub"), ("ns.sub", "A", "192.0.2.97"),
              ("ns.sub", "AAAA", "2001:db8::97"), ("secure", "NS", "ns.sub"), ("secure", "DS", f"1 13 2 {hexa(32)}"),
              ("dots", "CNAME", r"a\.b\\c.example.")]
    found += [("many", "A", f"198.51.100.{number}") for number in range(60)]
    found += [("large", "TXT", " ".join(f'"{chr(97 + number % 26) * 250}"' for number in range(40)))]
    return found


def zone_text(origin, left_out=()):
    """The zone, without the types of `left_out`. Each RRset has a TTL of its own."""
    lines = [f"$ORIGIN {origin}.", "$TTL 300", r"@ SOA ns.root. host\.master 2026112601 3600 900 604800 300", "@ NS ns.root.",
             "@ MX 10 mx-1"]
    for owner, kind, rdata in records():
        if kind not in left_out:
            lines.append(f"{owner} {zlib.crc32((owner + kind).encode()) % 604800} {kind} {rdata}")
    return "\n".join(lines) + "\n"


def questions(origin):
    """`NAME TYPE`: each record by its type, everything that there is, what there is not, and what is not there."""
    pairs = dict.fromkeys((owner, kind) for owner, kind, _ in records())
    lines = [f"{owner}.{origin} {kind}" for owner, kind in pairs]
    lines += [f"{owner}.{origin} ANY" for owner in dict.fromkeys(owner for owner, _ in pairs)]
    lines += [f"{origin} {kind}" for kind in "SOA NS MX ANY DNSKEY NSEC3PARAM RRSIG NSEC HINFO TXT".split()]
    lines += [f"nx{number}.{origin} A" for number in range(8)]
    lines += [f"{name}.{origin} {kind}" for kind in ("A", "TXT", "DS") for name in
              ("a.wild", "a.b.wild", "x.dn", "a.dn", "x.y.dn", "a.sub", "sub", "secure", "a.secure", "loop1", "chain0", "chain5")]
    return lines
