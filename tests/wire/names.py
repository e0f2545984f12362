"""Domain names of any kind, as labels; and how Route 53 spells them."""

from hypothesis import strategies as st

Labels = tuple[bytes, ...]
"""A name's labels from the left, without the root's."""

MAX_LABEL = 63  # RFC 1035 2.3.4
MAX_NAME = 255  # RFC 1035 2.3.4, length octets and the root's included
UNESCAPED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
# Route 53 takes these in a name as they are, and so must we.
RAW = UNESCAPED | frozenset(b"!#%&'*+,/:<=>?[]^`{|}~")
SPECIAL = b'\\."*@;()$ \t\x00\x01\xff#/0129aZ'  # what master files write in a special way, mostly

_WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1)
_LABEL = st.one_of(
    st.sampled_from([b"www", b"mail", b"a", b"WWW", b"_dmarc", b"_443", b"_tcp", b"x-1", b"*"]),
    st.sampled_from([b"xn--mnchen-3ya", "münchen".encode(), "日本".encode(), b"B\xe4R"]),
    _WORD.map(lambda text: text[:MAX_LABEL].encode()),
    st.lists(st.sampled_from(SPECIAL), min_size=1, max_size=6).map(bytes),
    st.binary(min_size=1, max_size=8),
    st.sampled_from([b"l" * MAX_LABEL, b"\xfe" * MAX_LABEL, b"\\." * 31 + b"*"]),
)


def wire_length(labels: Labels) -> int:
    return sum(len(label) + 1 for label in labels) + 1


def wire(labels: Labels) -> bytes:
    """The uncompressed wire form, lower-cased (RFC 4034 6.2)."""
    return b"".join(bytes([len(label)]) + label.lower() for label in labels) + b"\0"


def folded(labels: Labels) -> Labels:
    return tuple(label.lower() for label in labels)


def is_below(labels: Labels, other: Labels) -> bool:
    """Tell whether a name is another or below it."""
    return folded(labels)[-len(other) :] == folded(other)


def _padded(labels: Labels, suffix: Labels, filler: bytes) -> Labels:
    """Fill a name up to 255 octets with labels of its own."""
    while (room := MAX_NAME - wire_length(labels + suffix)) > 1:
        size = min(room - 1, MAX_LABEL)
        if room - 1 - size == 1:  # an octet is too few for another label
            size -= 1
        labels = (filler * size, *labels)
    return labels + suffix


def _fitting(labels: list[bytes], suffix: Labels) -> Labels:
    while wire_length((*labels, *suffix)) > MAX_NAME:
        labels = labels[1:]
    return (*labels, *suffix)


def names(suffix: Labels = ()) -> st.SearchStrategy[Labels]:
    """Names below `suffix`, up to the longest that there can be."""
    labels = st.lists(_LABEL, min_size=1, max_size=5)
    return st.one_of(
        labels.map(lambda drawn: _fitting(drawn, suffix)),
        st.builds(
            lambda drawn, filler: _padded(tuple(drawn), suffix, filler),
            st.lists(_LABEL, max_size=2),
            st.binary(min_size=1, max_size=1).filter(lambda byte: byte != b"*"),
        ),
    )


def _fits_route53(labels: Labels) -> bool:
    # Developer Guide, "DNS domain name format": a leftmost `*` replaces the whole label.
    return b"*" not in labels[0] or labels[0] == b"*"


def owners(apex: Labels) -> st.SearchStrategy[Labels]:
    """Owner names in a zone that Route 53 takes."""
    below = names(apex).filter(_fits_route53)
    return st.integers(0, 9).flatmap(lambda drawn: st.just(apex) if drawn == 9 else below)


@st.composite
def spelled(draw: st.DrawFn, labels: Labels) -> str:
    """A spelling of a name that Route 53 takes: escapes are octal, the last dot may be absent."""
    plain = draw(st.sampled_from([UNESCAPED, UNESCAPED, RAW]))
    return ".".join(octal(label, plain) for label in labels) + draw(st.sampled_from([".", ""]))


def octal(content: bytes, plain: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in content)
