"""A primary in memory: zones by serial, of which it gives whole ones and what lies between."""

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import canonical_text, order_of
from zonemesh.serial import is_newer
from zonemesh.xfr.reader import Delta
from zonemesh.xfr.rrsets import Spool
from zonemesh.xfr.wire import Record

SOA = "ns1.example.net. admin.example.net. {} 3600 600 86400 60"


def record(line: str) -> Record:
    """Read a master-file line: absolute owner, TTL, type, rdata."""
    owner, ttl, mnemonic, rdata = line.split(" ", 3)
    rdtype = dns.rdatatype.from_text(mnemonic)
    read = dns.rdata.from_text(
        dns.rdataclass.IN, rdtype, rdata, origin=dns.name.root, relativize=False
    )
    name = canonical_text(dns.name.from_text(owner))
    return Record(order_of(name), int(rdtype), int(ttl), read.to_wire())


class MemoryPrimary:
    """What `XfrReader` reads, of one zone.

    `remembers` is how many serials back it knows what changed. `asked` are the calls.
    """

    def __init__(self, apex, serial, *lines, remembers=100):
        self.apex, self.remembers = apex, remembers
        self.asked = []
        self._versions = {}
        self.put(serial, *lines)

    def put(self, serial, *lines):
        """Serve other content under a serial; the SOA and two NS records are added."""
        self.serial = serial
        every = [
            f"{self.apex} 900 SOA {SOA.format(serial)}",
            f"{self.apex} 3600 NS ns1.example.net.",
            f"{self.apex} 3600 NS ns2.example.net.",
            *lines,
        ]
        self.put_records(serial, [record(line) for line in every])

    def put_records(self, serial, records):
        """Serve exactly these records."""
        self.serial = serial
        self._versions.pop(serial, None)
        self._versions[serial] = frozenset(records)

    def since(self, serial):
        self.asked.append("since")
        known = list(self._versions)[-1 - self.remembers :]
        if serial == self.serial:
            return Delta(serial, serial)
        if serial not in known or not is_newer(self.serial, serial):
            return None
        old, new = self._versions[serial], self._versions[self.serial]
        return Delta(serial, self.serial, tuple(old - new), tuple(new - old))

    def spool(self):
        self.asked.append("spool")
        spool = Spool(self.apex)
        for each in self._versions[self.serial]:
            spool.add(each)
        return spool
