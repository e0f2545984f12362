"""A snapshot written out is a zone that servers load, and the rrsets that Route 53 gave."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.story import Story
from tests.unit.test_record import APEX, alias, rrset
from zonemesh.converge import LOADED_AT_ONCE
from zonemesh.export import Format, export

RRSETS = [
    rrset(APEX, "MX", "10 mail.example.com.", "20 mail.example.net."),
    rrset(APEX, "TXT", r'"v=spf1 -all"', r'"a \"quoted\" \344"'),
    rrset(APEX, "CAA", '0 issue "letsencrypt.org"'),
    rrset(f"mail.{APEX}", "A", "192.0.2.25"),
    rrset(f"\\052.{APEX}", "A", "192.0.2.9"),
    rrset(f"_sip._tcp.{APEX}", "SRV", "1 2 5060 mail.example.com."),
    rrset(f"svc.{APEX}", "HTTPS", "1 . alpn=h2"),
    alias(f"api.{APEX}", f"mail.{APEX}"),
    rrset(f"eu.{APEX}", "A", "192.0.2.4", SetIdentifier="a", Weight=3, HealthCheckId="h-1"),
    rrset(f"eu.{APEX}", "A", "192.0.2.5", SetIdentifier="b", Weight=2),
]


def text(story: Story, snapshot, form=Format.ZONEFILE) -> str:
    return "".join(export(story.store, snapshot, form))


def checked(path: Path, *checker: str) -> str:
    if not shutil.which(checker[0]):
        pytest.fail(f"{checker[0]} is missing; see README.md")
    done = subprocess.run([*checker, APEX, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("checker", [("nsd-checkzone",), ("named-checkzone", "-i", "local")])
def test_a_zone_file_is_accepted_by_servers_with_its_serial(tmp_path: Path, checker):
    story = Story(*RRSETS)
    story.put(rrset(f"mail.{APEX}", "A", "192.0.2.26"))
    for serial in (story.first.serial, story.store.head(story.zone.key).serial):
        snapshot = story.store.snapshot(story.zone.key, serial)
        path = tmp_path / "zone"
        path.write_text(text(story, snapshot))
        said = checked(path, *checker)
        assert "ok" in said.lower()
        if checker[0] == "named-checkzone":
            assert f"loaded serial {serial}" in said
        assert path.read_text().count(f" SOA ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. "
                                      f"{serial} ") == 1  # fmt: skip


def test_an_older_serial_is_written_as_it_was():
    story = Story(*RRSETS)
    before = text(story, story.first)
    story.put(rrset(f"mail.{APEX}", "A", "192.0.2.26"), rrset(f"new.{APEX}", "A", "192.0.2.1"))
    assert text(story, story.first) == before
    assert "mail.example.com. 300 IN A 192.0.2.25\n" in before


def test_the_source_s_rrsets_are_what_route_53_gave_one_a_line():
    story = Story(*RRSETS)
    lines = text(story, story.first, Format.JSON).splitlines()
    given = list(story.source.rrsets.values())
    assert sorted(map(json.dumps, map(json.loads, lines))) == sorted(
        json.dumps(each, sort_keys=True) for each in given
    )


def test_a_zone_of_many_chunks_is_whole_and_in_order():
    many = [rrset(f"h{number:05}.{APEX}", "A", "192.0.2.1") for number in range(9_000)]
    story = Story(*many)
    pieces = list(export(story.store, story.first, Format.ZONEFILE))
    assert len(pieces) > LOADED_AT_ONCE
    hosts = [line.split(" ")[0] for line in "".join(pieces).splitlines() if line.startswith("h")]
    assert hosts == [each["Name"] for each in many]
    assert len(text(story, story.first, Format.JSON).splitlines()) == 9_002
