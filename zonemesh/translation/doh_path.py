"""Whether a `dohpath` of an HTTPS or SVCB record is one (RFC 9461 5)."""

import re

# RFC 6570 2: literals, and expressions of variables in braces. A modifier stands at the end only,
# which is all that servers read.
_VARIABLES = re.compile(rb"\{[+#./;?&]?(\w+(?:,\w+)*)(?::[1-9][0-9]{0,3}|\*)?\}", re.ASCII)
_TEMPLATE = re.compile(rb"/(?:[^{]|%b)*" % _VARIABLES.pattern, re.ASCII | re.DOTALL)


def is_doh_path(value: bytes) -> bool:
    """Tell whether a value is a relative URI template in UTF-8 that has the variable `dns`."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if not _TEMPLATE.fullmatch(value):
        return False
    return any(b"dns" in names.split(b",") for names in _VARIABLES.findall(value))
