"""What DNSSEC adds to a zone that comes signed: which rrsets they are, and when signatures expire.

Signing a zone anew changes half of its rrsets and means nothing by it, so that the guard looks past
them. When the first signature expires is told by counting them by the hour: an edit costs what it
changes, in a zone of any size.
"""

from calendar import timegm
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from time import strptime
from typing import Any

import dns.rdatatype

from zonemesh.names import order_of
from zonemesh.route53.rrsets import source_rrset
from zonemesh.snapshot import Signatures
from zonemesh.zone import RRsetKey

_HOUR = 3600
_RRSIG = int(dns.rdatatype.RRSIG)
_DNSKEY = int(dns.rdatatype.DNSKEY)
DNSSEC_TYPES = frozenset(
    int(dns.rdatatype.from_text(mnemonic))
    for mnemonic in ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD")
)
_EXPIRATION = 4  # covered algorithm labels TTL EXPIRATION … (RFC 4034 3.2)

Texts = Mapping[RRsetKey, str]
"""The source view's rrsets by key, a line of JSON each."""


def is_dnssec(key: RRsetKey) -> bool:
    """Tell whether an rrset is DNSSEC's own, of which the zone's content says nothing."""
    return key.rdtype in DNSSEC_TYPES


def dnskey_of(apex: str) -> RRsetKey:
    """Give the key of the rrset that makes a zone a signed one."""
    return RRsetKey(order_of(apex), _DNSKEY)


class Tally:
    """Counts what DNSSEC adds, rrset by rrset."""

    def __init__(self) -> None:
        self.rrsets = 0
        self.moments: Counter[int] = Counter()

    def add(self, key: RRsetKey, rrset: Mapping[str, Any]) -> None:
        """Count an rrset of the source view, if it is DNSSEC's own."""
        if not is_dnssec(key):
            return
        self.rrsets += 1
        if key.rdtype == _RRSIG:
            values = [record["Value"] for record in rrset["ResourceRecords"]]
            self.moments.update(moment for value in values if (moment := _expiration(value)))

    @property
    def hours(self) -> Counter[int]:
        """How many signatures expire in each hour."""
        found: Counter[int] = Counter()
        for moment, count in self.moments.items():
            found[moment // _HOUR] += count
        return found

    def signatures(self) -> Signatures:
        """Give what was counted."""
        return Signatures(self.rrsets, min(self.moments, default=0), _as_text(self.hours))


def recounted(known: Signatures, before: Texts, after: Texts) -> Signatures:
    """Count the signatures after an edit; `before` and `after` are the rrsets that it touched."""
    gone, come = Tally(), Tally()
    for tally, texts in ((gone, before), (come, after)):
        for key, text in texts.items():
            tally.add(key, source_rrset(text))
    hours = Counter({int(hour): count for hour, count in known.hours.items()})
    hours.subtract(gone.hours)
    hours.update(come.hours)
    left = +hours
    return Signatures(
        known.rrsets + come.rrsets - gone.rrsets, _earliest(known, left, gone, come), _as_text(left)
    )


def _earliest(known: Signatures, hours: Counter[int], gone: Tally, come: Tally) -> int:
    """Give the first expiration: to the second while it is known, or else the hour's beginning."""
    if not hours:
        return 0
    hour = min(hours)
    fresh = min((moment for moment in come.moments if moment // _HOUR == hour), default=None)
    if hours[hour] == come.hours[hour]:
        assert fresh is not None
        return fresh
    if known.expires // _HOUR != hour or known.expires in gone.moments:
        return hour * _HOUR
    return known.expires if fresh is None else min(known.expires, fresh)


def _as_text(hours: Counter[int]) -> dict[str, int]:
    return {str(hour): count for hour, count in sorted(hours.items())}


def _expiration(value: str) -> int | None:
    """Read when a signature expires (epoch seconds); None where it cannot be read."""
    fields = value.split(" ", _EXPIRATION + 1)
    return None if len(fields) <= _EXPIRATION else _moment(fields[_EXPIRATION])


@lru_cache(1024)  # signatures are made many at a time
def _moment(text: str) -> int | None:
    try:
        return timegm(strptime(text, "%Y%m%d%H%M%S"))
    except ValueError:
        return None
