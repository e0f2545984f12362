"""Record values of every type: the text that Route 53 holds beside the octets that it stands for.

The octets are put together here, from the RFC of each type, and owe nothing to the code under test.
"""

import base64
import ipaddress
import struct
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.wire.names import names, octal, spelled, wire

MAX_VALUE = 4000  # characters of one value (API reference, ResourceRecord)
MAX_STRING = 255  # RFC 1035 3.3


@dataclass(frozen=True, slots=True)
class Value:
    """A value as Route 53 holds it, and its rdata on the wire, names lower-cased."""

    text: str
    wire: bytes


Draw = st.DrawFn
OCTET, SHORT = st.integers(0, 255), st.integers(0, 2**16 - 1)
PRINTABLE = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')
_SAMPLES = [
    b"",
    b'say "yes"; \\ and (no) @ $ORIGIN # *',
    b"v=DKIM1; k=rsa; p=abc",
    b"\\052 \\",
    "größe 日本".encode(),
    bytes(range(256))[:MAX_STRING],
    b"x" * MAX_STRING,
    b"\xff" * MAX_STRING,
]
_STRING = st.sampled_from(_SAMPLES) | st.binary(max_size=20) | st.text(max_size=12).map(str.encode)


def quoted(content: bytes, backslashes: bool) -> str:
    r"""A character-string, with `\"` and `\\` or, without `backslashes`, all of it in octal."""
    text = octal(content, PRINTABLE)
    if backslashes:
        text = text.replace("\\042", '\\"').replace("\\134", "\\\\")
    return f'"{text}"'


@st.composite
def string(draw: Draw) -> tuple[str, bytes]:
    """One character-string: its text and its content."""
    content = draw(_STRING)
    return quoted(content, draw(st.booleans())), content


def _prefixed(content: bytes) -> bytes:
    return bytes([len(content)]) + content


@st.composite
def txt(draw: Draw) -> Value:
    drawn = draw(st.lists(string(), min_size=1, max_size=4))
    while len(" ".join(text for text, _ in drawn)) > MAX_VALUE:
        drawn = drawn[1:]
    return Value(" ".join(text for text, _ in drawn), b"".join(_prefixed(c) for _, c in drawn))


@st.composite
def long_txt(draw: Draw) -> Value:
    """As many characters as Route 53 takes in one value."""
    filler = draw(st.sampled_from([b"y", b"\xfe", b"\\"]))
    width = len(quoted(filler, False)) - 2
    strings, room = [], MAX_VALUE
    while room > 2:
        count = min((room - 2) // width, MAX_STRING)
        strings.append(filler * count)
        room -= 2 + count * width + 1
    text = " ".join(quoted(content, False) for content in strings)
    return Value(text, b"".join(map(_prefixed, strings)))


@st.composite
def named(draw: Draw, *numbers: st.SearchStrategy[int]) -> Value:
    """Some 16-bit numbers, then a name: MX, SRV, NS, PTR, CNAME."""
    drawn = [draw(number) for number in numbers]
    target = draw(names())
    text = " ".join([*map(str, drawn), draw(spelled(target))])
    return Value(text, b"".join(struct.pack("!H", n) for n in drawn) + wire(target))


def _address(version: int) -> st.SearchStrategy[Value]:
    return st.ip_addresses(v=version).map(lambda address: Value(str(address), address.packed))


@st.composite
def mapped_aaaa(draw: Draw) -> Value:
    v4 = draw(st.ip_addresses(v=4))
    return Value(f"::FFFF:{v4}", ipaddress.IPv6Address(f"::ffff:{v4}").packed)


@st.composite
def caa(draw: Draw) -> Value:
    tag = draw(st.sampled_from(["issue", "issuewild", "iodef", "ISSUE", "averylongtag123"]))
    flags, (text, content) = draw(st.sampled_from([0, 128, 1])), draw(string())
    return Value(f"{flags} {tag} {text}", bytes([flags]) + _prefixed(tag.encode()) + content)


@st.composite
def substitution(draw: Draw) -> tuple[str, bytes]:
    """A regexp of NAPTR (RFC 3402 3.2), which BIND reads: a zone with any other it refuses."""
    patterns = [b"^.*$", b"^(.*)@\xff;$", b'"|\\.$', "größe".encode(), b"x" * 200]
    pattern = draw(st.sampled_from(patterns))
    replacement = draw(st.sampled_from([b"sip:info@example.com", b'"; \\\\ \xe4', b"", b"\\*"]))
    delimiter = draw(st.sampled_from([b"!", b"/", b"\xfe"]))
    content = delimiter.join([b"", pattern, replacement, draw(st.sampled_from([b"", b"i"]))])
    content = draw(st.sampled_from([b"", content]))
    return quoted(content, draw(st.booleans())), content


@st.composite
def naptr(draw: Draw) -> Value:
    order, preference = draw(SHORT), draw(SHORT)
    flags = draw(st.sampled_from([b"", b"U", b"s", b"ap1"]))
    (service, service_octets), (regexp, regexp_octets) = draw(string()), draw(substitution())
    replacement = draw(names() | st.just(()))
    spelling = draw(spelled(replacement)) if replacement else "."
    text = f"{order} {preference} {quoted(flags, True)} {service} {regexp} {spelling}"
    parts = _prefixed(flags) + _prefixed(service_octets) + _prefixed(regexp_octets)
    return Value(text, struct.pack("!HH", order, preference) + parts + wire(replacement))


@st.composite
def digest(draw: Draw, head: st.SearchStrategy[tuple[int, ...]], form: str, sizes: Any) -> Value:
    """Numbers, then a hash in hexadecimal whose length follows from the last number."""
    numbers = draw(head)
    size = sizes[numbers[-1]]
    content = draw(st.binary(min_size=size, max_size=size))
    shown = content.hex()
    text = " ".join([*map(str, numbers), draw(st.sampled_from([shown, shown.upper()]))])
    return Value(text, struct.pack(f"!{form}", *numbers) + content)


DS_SIZES = {1: 20, 2: 32, 4: 48}
SSHFP_SIZES = {1: 20, 2: 32}
TLSA_SIZES = {0: 40, 1: 32, 2: 64}
_DS_HEAD = st.tuples(SHORT, st.sampled_from([8, 13, 15]), st.sampled_from(list(DS_SIZES)))
_SSHFP_HEAD = st.tuples(st.sampled_from([1, 2, 3, 4, 6]), st.sampled_from(list(SSHFP_SIZES)))
_TLSA_HEAD = st.tuples(st.integers(0, 3), st.integers(0, 1), st.sampled_from(list(TLSA_SIZES)))


def _comma_list(items: list[Any]) -> str:
    return ",".join(map(str, items))


def _alpn(ids: list[str]) -> tuple[str, bytes]:
    return f'"{_comma_list(ids)}"', b"".join(_prefixed(item.encode()) for item in ids)


def _hints(addresses: list[Any]) -> tuple[str, bytes]:
    return _comma_list(addresses), b"".join(address.packed for address in addresses)


def _unnamed(content: bytes) -> tuple[str, bytes]:
    return quoted(content, False), content


def _ech(contents: bytes) -> tuple[str, bytes]:
    """An ECHConfigList of one configuration, of the one version there is (RFC 9849 4)."""
    configuration = struct.pack("!HH", 0xFE0D, len(contents)) + contents
    octets = struct.pack("!H", len(configuration)) + configuration
    return base64.b64encode(octets).decode(), octets


_IDS = st.sampled_from(["h2", "h3", "http/1.1", "x-y", "hq-29"])
# RFC 9460 14.3.2, RFC 9461 (dohpath), RFC 9540 (ohttp): key number, name, its text and octets.
_PARAMETERS: list[tuple[int, str, st.SearchStrategy[tuple[str, bytes]]]] = [
    (1, "alpn", st.lists(_IDS, min_size=1, max_size=3, unique=True).map(_alpn)),
    (3, "port", SHORT.map(lambda port: (str(port), struct.pack("!H", port)))),
    (4, "ipv4hint", st.lists(st.ip_addresses(v=4), min_size=1, max_size=2).map(_hints)),
    (5, "ech", st.binary(min_size=1, max_size=40).map(_ech)),
    (6, "ipv6hint", st.lists(st.ip_addresses(v=6), min_size=1, max_size=2).map(_hints)),
    (7, "dohpath", st.just(('"/dns-query{?dns}"', b"/dns-query{?dns}"))),
    (8, "ohttp", st.just(("", b""))),
    (65280, "key65280", st.binary(min_size=1, max_size=20).map(_unnamed)),
]  # fmt: skip


@st.composite
def service(draw: Draw) -> Value:
    """An HTTPS or SVCB value with any of the parameters, in any order (RFC 9460 2)."""
    priority = draw(st.integers(1, 2**16 - 1))
    target = draw(names() | st.just(()))
    chosen = draw(st.lists(st.sampled_from(_PARAMETERS), unique_by=lambda p: p[0], max_size=8))
    given = {number: (name, *draw(content)) for number, name, content in chosen}
    if 1 in given and draw(st.booleans()):
        given[2] = ("no-default-alpn", "", b"")
    if chosen and draw(st.booleans()):
        must = sorted(number for number, _, _ in chosen)
        words = _comma_list([given[number][0] for number in must])
        given[0] = ("mandatory", words, b"".join(struct.pack("!H", n) for n in must))
    shown = [f"{name}={text}" if text else name for name, text, _ in given.values()]
    text = " ".join([str(priority), draw(spelled(target)) if target else ".", *shown])
    octets = b"".join(
        struct.pack("!HH", number, len(content)) + content
        for number, (_, _, content) in sorted(given.items())
    )
    return Value(text, struct.pack("!H", priority) + wire(target) + octets)


VALUES: dict[str, st.SearchStrategy[Value]] = {
    "A": _address(4),
    "AAAA": _address(6) | mapped_aaaa(),
    "CAA": caa(),
    "CNAME": named(),
    "DS": digest(_DS_HEAD, "HBB", DS_SIZES),
    "HTTPS": service() | named(st.just(0)),
    "MX": named(SHORT),
    "NAPTR": naptr(),
    "NS": named(),
    "PTR": named(),
    "SPF": txt() | long_txt(),
    "SRV": named(SHORT, SHORT, SHORT),
    "SSHFP": digest(_SSHFP_HEAD, "BB", SSHFP_SIZES),
    "SVCB": service() | named(st.just(0)),
    "TLSA": digest(_TLSA_HEAD, "BBB", TLSA_SIZES),
    "TXT": txt() | long_txt(),
}
