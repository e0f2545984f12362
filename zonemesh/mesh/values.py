"""Values that mesh.yaml may hold: each function takes what was written and gives the clean form.

They raise ValueError with a sentence that says what to write instead. A text that may be a secret
is never repeated.
"""

import re
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from zonemesh.errors import InvalidName
from zonemesh.names import canonical_text, parse_name

NO_KEY = "none"  # as a secondary's `tsig_key`: transfers without a signature

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}")
_HOSTED_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
_PATTERN = re.compile(r"[a-z0-9_.*?!\[\]/-]+")
_ENVIRONMENT = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_SECRET_ARN = re.compile(
    r"secretsmanager:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_NOT_SHOWN = "(what is written there is not shown, it may be a secret)"


def shown(value: object) -> str:
    """Quote a value for a message; what looks like a secret or is long is not repeated whole."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = str(value)
    if _looks_secret(text):
        return "a text that may be a secret"
    return f"`{text if len(text) <= 80 else text[:77] + '...'}`"


def _looks_secret(text: str) -> bool:
    """Tell whether a text has the look of base64 key material."""
    kinds = (str.isupper, str.islower, str.isdigit)
    mixed = sum(any(kind(character) for character in text) for kind in kinds) == 3
    return bool(_BASE64.fullmatch(text)) and (mixed or text.endswith("="))


def _label(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a usable name; write 1 to 40 of a-z, 0-9 and -, "
            "beginning and ending with a letter or digit"
        )
    return text


def domain_name(text: str) -> str:
    """Give a domain name as canonical text: absolute, lower-cased, with the trailing dot."""
    if "://" in text or re.search(r"[\s:\"*]", text):
        raise ValueError(f"{shown(text)} is not a domain name; write it like `example.com`")
    try:
        return canonical_text(parse_name(text))
    except InvalidName as problem:
        raise ValueError(_name_advice(text, problem)) from problem


def _name_advice(text: str, problem: InvalidName) -> str:
    if text.isascii():
        return f"{problem}; write it like `example.com`"
    try:
        encoded = text.encode("idna").decode()
    except UnicodeError:
        return f"{shown(text)} is not a domain name; write it in its ASCII form (`xn--...`)"
    return f"{shown(text)} is not ASCII; write `{encoded}`"


def _zone_name(text: str) -> str:
    if "*" in text:
        raise ValueError(f"{shown(text)} is a pattern; write `discover: {text}` instead of `name`")
    name = domain_name(text)
    if is_top_level(name):
        raise ValueError(
            f"{shown(text)} is the root or a top-level domain, which zonemesh does not serve; "
            "write a name of two labels or more, like `example.com`"
        )
    return name


def is_top_level(apex: str) -> bool:
    """Tell whether a name is the root or a single label."""
    return len(parse_name(apex).labels) <= 2


def _server_name(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        return domain_name(text)
    raise ValueError(
        f"{shown(text)} is an address; write the server's name, like `ns1.example.net`"
    )


def key_name(text: str) -> str:
    """Give a TSIG key's name lower-cased and without the trailing dot."""
    if re.search(r"[+/=]", text):
        raise ValueError("a key's name is wanted here, not its secret " + _NOT_SHOWN)
    return domain_name(text).removesuffix(".")


def _declared_key_name(text: str) -> str:
    name = key_name(text)
    if name == NO_KEY:
        raise ValueError("`none` means that there is no key; give the key another name")
    return name


def _pattern(text: str) -> str:
    pattern = text.lower().removesuffix(".")
    if not _PATTERN.fullmatch(pattern) or pattern.count("[") != pattern.count("]"):
        raise ValueError(
            f"{shown(text)} is not a shell-style pattern; write `*` for all zones "
            "or for instance `*.example.com`, with `?` for one character"
        )
    if not re.search(r"[*?\[.]", pattern):
        raise ValueError(f"{shown(text)} can only match a top-level domain, which is never served")
    if ".." in f".{pattern}.":
        raise ValueError(f"{shown(text)} has an empty label and matches nothing")
    return pattern


def matches(pattern: str, apex: str) -> bool:
    """Tell whether a discovery pattern takes in a zone; `*` also spans dots."""
    return fnmatchcase(apex.removesuffix("."), pattern)


def _tag_key(text: str) -> str:
    if not text or len(text) > 128:
        raise ValueError(f"{shown(text)} is no tag's key; write 1 to 128 characters")
    return text


def _tag_pattern(text: str) -> str:
    if len(text) > 256:
        raise ValueError(f"{shown(text)} is longer than a tag's value, of 256 characters at most")
    return text


def _hosted_zone_id(text: str) -> str:
    bare = text.removeprefix("/hostedzone/")
    if not _HOSTED_ZONE_ID.fullmatch(bare):
        raise ValueError(f"{shown(text)} is not a hosted zone id; write it like `Z0123456789ABC`")
    return bare


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an AWS region; write it like `eu-central-1`")
    return text


def _role_arn(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a role's ARN; write it like "
            "`arn:aws:iam::111122223333:role/zonemesh-source`"
        )
    return text


def _secret_reference(text: str) -> str:
    if text.startswith("file:") and not text.startswith("file:/"):
        raise ValueError(
            f"`file:` wants an absolute path, like `file:/run/secrets/key` {_NOT_SHOWN}"
        )
    if text.startswith("file:") and "\n" not in text and len(text) > len("file:/"):
        return text
    if _ENVIRONMENT.fullmatch(text) or _SECRET_ARN.fullmatch(text):
        return text
    raise ValueError(
        "not a reference to a secret; write `env:NAME`, `file:/absolute/path` or "
        f"`secretsmanager:ARN` {_NOT_SHOWN}"
    )


_IGNORED = re.compile(r"[a-z0-9_.*?!@\[\]\\/-]+( [A-Z0-9]+(,[A-Z0-9]+)*)?")
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def _ignore_pattern(text: str) -> str:
    name, _, types = text.strip().partition(" ")
    listed = ",".join(each.strip() for each in types.upper().split(","))
    pattern = f"{name.lower().removesuffix('.')} {listed}".strip()
    if not _IGNORED.fullmatch(pattern):
        raise ValueError(
            f"{shown(text)} is not a pattern; write a shell-style one for the name and, if wanted, "
            "types, like `_acme-challenge.* TXT`"
        )
    return pattern


def _provider_class(text: str) -> str:
    if not _CLASS.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a provider's class; write it as octoDNS does, like "
            "`octodns_cloudflare.CloudflareProvider`"
        )
    return text


def _address(value: Any) -> Any:
    try:
        address = ip_address(value)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not an IP address; write one like `192.0.2.53` or "
            "`2001:db8::53` (a port goes under `port`, names are not looked up)"
        ) from None
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"{shown(value)} is the address of no server; write the server's own")
    return address


def _network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value)
    except ValueError:
        pass
    try:
        wider = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not a network; write one like `192.0.2.0/24`"
        ) from None
    address = str(value).split("/")[0]
    raise ValueError(
        f"{shown(value)} has host bits set; write `{wider}` for the network "
        f"or `{address}` for the one address"
    )


Label = Annotated[str, AfterValidator(_label)]
ZoneName = Annotated[str, AfterValidator(_zone_name)]
ServerName = Annotated[str, AfterValidator(_server_name)]
KeyName = Annotated[str, AfterValidator(_declared_key_name)]
KeyChoice = Annotated[str, AfterValidator(key_name)]
Pattern = Annotated[str, AfterValidator(_pattern)]
TagKey = Annotated[str, AfterValidator(_tag_key)]
TagPattern = Annotated[str, AfterValidator(_tag_pattern)]
HostedZoneId = Annotated[str, AfterValidator(_hosted_zone_id)]
Region = Annotated[str, AfterValidator(_region)]
RoleArn = Annotated[str, AfterValidator(_role_arn)]
SecretReference = Annotated[str, AfterValidator(_secret_reference)]
IgnorePattern = Annotated[str, AfterValidator(_ignore_pattern)]
ProviderClass = Annotated[str, AfterValidator(_provider_class)]
CheckAddress = BeforeValidator(_address)
CheckNetwork = BeforeValidator(_network)
