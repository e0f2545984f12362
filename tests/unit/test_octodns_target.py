"""Publications through octoDNS to providers that refuse, alter, and lack things."""

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from tests.fakes.octodns_provider import SHELVES, Shelf
from tests.hub.octodns_world import APEX, Story
from tests.hub.world import key_of
from zonemesh.errors import StoreError, StoreUnavailable
from zonemesh.route53.words import remark_line
from zonemesh.targets.octodns.provider import in_words
from zonemesh.targets.octodns.writing import AT_ONCE, MOST_REFUSED
from zonemesh.targets.ports import Order, TargetFailed

NS = ["@ 3600 NS ns1.example.net."]
HOSTS = [*NS, *(f"h{number:02d} 300 A 192.0.2.{number}" for number in range(1, 41))]
TOKEN = "t0ken-of-the-test"


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    SHELVES["one"] = Shelf()
    yield SHELVES["one"]
    SHELVES.clear()


def story(kind: str = "MemoryProvider", **more) -> Story:
    settings = {"shelf": "one", **more.pop("settings", {})}
    return Story(settings, {"token": TOKEN}, f"tests.fakes.octodns_provider.{kind}", more=more)


def owners(shelf: Shelf) -> set[str]:
    return {name for name, _ in shelf.records}


def told(remarks) -> str:
    return "\n".join(map(remark_line, remarks))


def test_many_zones_are_published_at_once_from_the_start():
    code = """if True:
        import sys, threading
        from tests.hub.octodns_world import APEX, rrsets_of
        from zonemesh.targets.octodns.provider import need_octodns
        from zonemesh.targets.octodns.records import octodns_records
        rrsets = rrsets_of(f"h{number} 300 A 192.0.2.1" for number in range(300))
        made, start = [], threading.Barrier(8)
        def work():
            start.wait()
            need_octodns()
            made.append(octodns_records(APEX, rrsets))
        threads = [threading.Thread(target=work) for _ in range(8)]
        sys.setswitchinterval(1e-6)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(each.zone.records) for each in made] == [300] * 8, made
        assert not any(each.remarks for each in made)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_octodns_is_not_imported_before_it_is_needed():
    code = (
        "import sys, zonemesh.targets.octodns.target, hub_container.main\n"
        "found = [name for name in sys.modules if name.split('.')[0].startswith('octodns')]\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_octodns_it_is_said_what_to_install(shelf, monkeypatch):
    monkeypatch.setitem(sys.modules, "octodns.record", None)
    with pytest.raises(TargetFailed, match=r"octoDNS is not installed.*zonemesh\[octodns\]"):
        story().put(HOSTS)


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ("octodns_nosuch.Provider", "pip install octodns-nosuch.*OCTODNS_PROVIDERS"),
        ("tests.fakes.octodns_provider.NoSuch", "no octoDNS provider"),
        ("tests.fakes.octodns_provider.NotAProvider", "no octoDNS provider"),
        ("octodns.source.base.BaseSource", "no octoDNS provider"),
    ],
)
def test_a_class_that_is_not_there_or_no_provider_is_told(shelf, provider, said):
    wrong = story()
    wrong.provider = provider
    with pytest.raises(TargetFailed, match=said):
        wrong.put(HOSTS)


def test_settings_that_do_not_fit_are_told_by_name(shelf):
    with pytest.raises(TargetFailed, match=r"target `other`.*\(hosst, shelf, token\).*hosst"):
        story(settings={"hosst": "192.0.2.1"}).put(HOSTS)


def test_a_plan_says_what_would_change_and_changes_nothing(shelf):
    zone = story()
    zone.put(HOSTS[:4])
    writes = shelf.writes
    snapshot = zone.snapshot([*HOSTS[:2], "h02 300 A 192.0.2.99", HOSTS[5]])
    lines = zone.publisher().plan(snapshot, zone.base)
    assert sorted(line for line in lines if line[0] in "+-") == [
        "+ h02.example.com. 300 IN A 192.0.2.99",
        "+ h05.example.com. 300 IN A 192.0.2.5",
        "- h02.example.com. 300 IN A 192.0.2.2",
        "- h03.example.com. 300 IN A 192.0.2.3",
    ]
    assert lines[-1].endswith("example.com.: 1 to create, 1 to change, 1 to delete.")
    assert shelf.writes == writes
    assert zone.publisher().reach(snapshot).endswith("example.com. can be listed")


def test_a_plan_of_what_is_published_has_nothing_to_do(shelf):
    zone = story()
    snapshot = zone.snapshot(HOSTS[:4])
    zone.again(snapshot)
    assert zone.publisher().plan(snapshot, zone.base) == [
        "Nothing to do: the target holds what serial 1 does."
    ]


def test_no_secret_is_in_a_message(shelf):
    shelf.status = 403
    with pytest.raises(TargetFailed, match=r"not with \*\*\*") as problem:
        story().put(HOSTS)
    assert TOKEN not in str(problem.value)
    shelf.listing_status = 401
    with pytest.raises(TargetFailed, match=r"no such token: \*\*\*"):
        story().put(HOSTS)
    unreadable = story()
    unreadable.secrets["token"] = "unreadable"
    with pytest.raises(TargetFailed, match=r"\*\*\* is no token"):
        unreadable.put(HOSTS)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_provider_that_takes_nothing_is_asked_once(shelf, status):
    shelf.status = status
    with pytest.raises(TargetFailed, match="cannot be written"):
        story().put(HOSTS)
    assert shelf.writes == 1


def test_what_is_refused_is_told_and_all_others_are_published(shelf):
    shelf.refused = {"h07", "h31"}
    outcome = story().put([*HOSTS, 'h07 300 TXT "beside it"'])
    assert owners(shelf) == {"", *(f"h{number:02d}" for number in range(1, 41))} - {"h07", "h31"}
    refused = told(outcome.lost)
    assert "h07.example.com. A: the provider refuses it: " in refused
    assert "h07.example.com. TXT" in refused
    assert "h31.example.com. is reserved" in refused
    assert outcome.created == 39 and outcome.published
    assert outcome.published.lost == ("h07.example.com.", "h31.example.com.")


def test_what_was_refused_is_tried_again_and_is_nobodys_drift(shelf):
    shelf.refused = {"h07"}
    target = story(drift="report")
    target.put(HOSTS)
    again = target.again(target.store.snapshot(key_of(APEX), 1), Order(listed=True))
    assert not again.drift and len(again.lost) == 1
    shelf.refused.clear()
    later = target.put([*HOSTS, "new 300 A 192.0.2.99"])
    assert later.created == 2 and not later.lost and not later.drift


def test_a_provider_that_refuses_all_records_is_not_asked_for_each(shelf):
    shelf.refused = {f"h{number:02d}" for number in range(1, 41)}
    with pytest.raises(TargetFailed, match=r"refuses h01\.example\.com\..*and so on.*reserved"):
        story().put(HOSTS)
    assert shelf.writes < 6 * (MOST_REFUSED + 1)


def test_a_large_zone_is_written_in_pieces_and_begins_with_its_apex(shelf):
    many = [*NS, *(f"n{number} 300 A 192.0.2.1" for number in range(2 * AT_ONCE))]
    shelf.refused = {f"n{AT_ONCE + 500}"}
    outcome = story().put(many)
    assert outcome.created == 2 * AT_ONCE and len(shelf.records) == 2 * AT_ONCE
    assert next(iter(shelf.records)) == ("", "NS")
    assert f"n{AT_ONCE + 500}.example.com. A: the provider refuses it" in told(outcome.lost)


def test_types_that_the_provider_lacks_are_told(shelf):
    caa = '@ 300 CAA 0 issue "ca.example.net"'
    outcome = story().put([*HOSTS, caa, "@ 300 SRV 1 2 3 h01.example.com."])
    assert "example.com. CAA: the provider has no CAA records" in told(outcome.lost)
    assert len(outcome.lost) == 2 and outcome.created == 41
    assert story().put([*HOSTS, caa]).lost


def test_a_provider_may_be_wanted_strict(shelf):
    strict = story(settings={"strict_supports": True})
    with pytest.raises(TargetFailed, match="CAA records not supported"):
        strict.put([*HOSTS, '@ 300 CAA 0 issue "ca.example.net"'])
    assert not shelf.records


def test_what_the_provider_makes_something_else_of_is_told(shelf):
    outcome = story("SparseProvider").put([*HOSTS, "p 60 PTR a.example.net.", "p 60 PTR b.test."])
    assert "p.example.com. PTR: the provider makes it 60 a.example.net." in told(outcome.lost)
    assert told(outcome.left) == "example.com. NS: the provider keeps its own"
    assert outcome.created == 41


def test_what_the_provider_does_not_keep_is_told_and_is_nobodys_drift(shelf):
    shelf.lowest_ttl = 120
    target = story()
    outcome = target.put([*HOSTS, "fast 30 A 192.0.2.99"])
    assert told(outcome.lost) == (
        "fast.example.com. A: taken, but the provider holds something else"
    )
    again = target.again(target.store.snapshot(key_of(APEX), 1), Order(listed=True))
    assert not again.drift and len(again.lost) == 1


def test_what_the_provider_keeps_and_hides_is_told(shelf):
    shelf.lowest_ttl, shelf.hides_ttls = 120, True
    target = story()
    outcome = target.put([*HOSTS, "fast 30 A 192.0.2.99"])
    said = "fast.example.com. A: is kept as 120 192.0.2.99"
    assert told(outcome.lost) == said
    again = target.again(target.store.snapshot(key_of(APEX), 1), Order(listed=True))
    assert told(again.lost) == said and not again.written and not again.drift


def test_what_octodns_has_no_form_for_stays_as_it_is_there(shelf):
    shelf.records["odd", "TXT"] = {"type": "TXT", "ttl": 300, "value": "by hand"}
    outcome = story().put([*HOSTS, 'odd 300 TXT "a \\"quoted\\" word"'])
    assert shelf.records["odd", "TXT"]["value"] == "by hand"
    assert "odd.example.com. TXT: left out" in told(outcome.lost) and outcome.deleted == 0


def test_what_only_the_provider_knows_is_never_deleted(shelf):
    forward = {"path": "/", "target": "https://example.net", "code": 301, "masking": 2, "query": 0}
    shelf.records["old", "URLFWD"] = {"type": "URLFWD", "ttl": 300, "values": [forward]}
    shelf.records["", "ALIAS"] = {"type": "ALIAS", "ttl": 300, "value": "web.example.net."}
    outcome = story().put(HOSTS)
    assert ("old", "URLFWD") in shelf.records and ("", "ALIAS") in shelf.records
    assert outcome.deleted == 0
    said = "old.example.com. URLFWD: is the provider's own invention, and stays"
    assert said in told(outcome.left)


@pytest.mark.parametrize("more", [{"mode": "upsert-only"}, {"ignore": ["own*"]}])
def test_a_provider_that_writes_its_whole_zone_keeps_what_is_not_ours(shelf, more, monkeypatch):
    monkeypatch.setattr("zonemesh.targets.octodns.writing.AT_ONCE", 10)
    shelf.records["own", "TXT"] = {"type": "TXT", "ttl": 300, "value": "by hand"}
    shelf.records["", "NS"] = {"type": "NS", "ttl": 300, "value": "ns.theirs.example.net."}
    target = story("WholeProvider", **more)
    shelf.refused = {"h15"}
    outcome = target.put(HOSTS)
    assert outcome.created == 39 and shelf.writes > 4
    assert shelf.records["own", "TXT"]["value"] == "by hand"
    assert shelf.records["", "NS"]["value"] == "ns.theirs.example.net."
    assert len(shelf.records) == 39 + 2
    target.put([*HOSTS[:-2], "new 300 A 192.0.2.99"])
    assert ("own", "TXT") in shelf.records and ("new", "A") in shelf.records
    assert (("h40", "A") in shelf.records) == ("mode" in more)


def test_upsert_only_makes_nothing_beside_which_what_stays_cannot_be(shelf):
    target = story(mode="upsert-only")
    target.put([*HOSTS, "alias 300 CNAME h01.example.com."])
    cname = "h02 300 CNAME h01.example.com."
    lines = [*(line for line in HOSTS if not line.startswith("h02")), cname]
    outcome = target.put([*lines, "alias 300 A 192.0.2.1"])
    assert ("h02", "A") in shelf.records and ("h02", "CNAME") not in shelf.records
    assert ("alias", "CNAME") in shelf.records and ("alias", "A") not in shelf.records
    assert "h02.example.com. CNAME: left out: a record is in the way" in told(outcome.lost)
    assert "alias.example.com. A: left out: a record is in the way" in told(outcome.lost)
    del shelf.records["h02", "A"]
    later = target.again(target.store.snapshot(key_of(APEX), 2), Order(listed=True))
    assert ("h02", "CNAME") in shelf.records and not later.drift


def test_another_tools_record_is_not_replaced_by_a_cname(shelf):
    shelf.records["h41", "TXT"] = {"type": "TXT", "ttl": 300, "value": "owner"}
    outcome = story(ignore=["* TXT"]).put([*HOSTS, "h41 300 CNAME h01.example.com."])
    assert ("h41", "TXT") in shelf.records and ("h41", "CNAME") not in shelf.records
    assert "h41.example.com. CNAME: left out" in told(outcome.lost)


@pytest.mark.parametrize(
    "secret", ["a b/c+d=e%", 'quo"te\\d', "line-one-of-a-key\nline-two-of-a-key"]
)
def test_no_secret_is_in_a_message_in_another_spelling(secret):
    said = (
        f"{secret!r} {json.dumps(secret)} {quote(secret)} {quote(secret, safe='')} "
        f"{quote_plus(secret)} {b64encode(secret.encode()).decode()} {secret}"
    )
    shown = in_words(ValueError(said), [secret])
    assert shown.count("***") >= 7
    assert not any(part in shown for part in ("line-one", "quo", "a b", "a%20b", "a+b"))


def test_what_the_provider_attaches_to_a_record_stays(shelf):
    proxied = {"memory": {"proxied": True}}
    target = story()
    target.put(HOSTS)
    shelf.records["h01", "A"]["octodns"] = proxied
    looked = target.again(target.store.snapshot(key_of(APEX), 1), Order(listed=True))
    assert not looked.drift and not looked.written
    edited = target.put(
        [line.replace("192.0.2.1", "192.0.2.101") for line in HOSTS[:2]] + HOSTS[2:]
    )
    assert edited.changed == 1
    assert shelf.records["h01", "A"]["value"] == "192.0.2.101"
    assert shelf.records["h01", "A"]["octodns"] == proxied


def test_a_signed_zone_is_not_published_without_its_signatures(shelf):
    key = "@ 3600 DNSKEY 257 3 13 " + "A" * 86 + "=="
    with pytest.raises(TargetFailed, match="is signed"):
        story().put([*HOSTS, key])
    assert not shelf.records


def test_a_change_of_the_definition_begins_with_a_listing(shelf):
    target = story(ignore=["h01.* A"])
    snapshot = target.snapshot(HOSTS)
    target.again(snapshot)
    assert "h01" not in owners(shelf)
    target.more["ignore"] = []
    outcome = target.again(snapshot)
    assert outcome.listed and outcome.created == 1 and not outcome.drift


def test_the_first_write_is_told_before_it_is_made(shelf):
    seen: list[int] = []
    order = Order(begins=lambda: seen.append(shelf.writes))
    target = story()
    target.put(HOSTS, order)
    assert seen == [0] and shelf.writes == 1
    target.put(HOSTS, order)
    assert seen == [0]


def test_what_is_held_writes_nothing_and_stays_known(shelf):
    target = story()
    target.put(HOSTS)
    published = target.base
    held = target.put(HOSTS[:10], Order(begins=lambda: pytest.fail("nothing may be written")))
    assert held.held and published and held.published == published.unclean()


def test_what_was_begun_and_changed_back_before_it_was_done_is_no_drift(shelf):
    target = story(drift="report")
    target.put(HOSTS)
    before = target.base
    target.put([line.replace("192.0.2.7", "192.0.2.77") for line in HOSTS])
    assert before and shelf.records["h07", "A"]["value"] == "192.0.2.77"
    shelf.records["h08", "A"]["value"] = "203.0.113.1"
    target.base = before.begun(2)  # as if the second publication had not come to its end
    outcome = target.put(HOSTS)
    assert shelf.records["h07", "A"]["value"] == "192.0.2.7"
    assert shelf.records["h08", "A"]["value"] == "203.0.113.1"
    assert len(outcome.drift) == 1 and outcome.published and outcome.published.tried == ()


def test_a_store_that_is_away_puts_drift_off_and_writes_over_nothing(shelf, monkeypatch):
    target = story(drift="report")
    target.put(HOSTS)
    shelf.records["h01", "A"]["value"] = "203.0.113.1"
    newer = target.snapshot([*HOSTS, "new 300 A 192.0.2.99"])

    def away(*_: object) -> None:
        raise StoreUnavailable("the table does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(target.store, "snapshot", away)
        with pytest.raises(StoreUnavailable):
            target.again(newer)
    outcome = target.again(newer)
    assert len(outcome.drift) == 1 and shelf.records["h01", "A"]["value"] == "203.0.113.1"


def test_drift_is_not_told_of_what_nobody_knows_any_more(shelf):
    target = story()
    target.put(HOSTS)
    del target.store.roots[key_of(APEX), 1]
    outcome = target.put([*HOSTS, "new 300 A 192.0.2.99"])
    assert not outcome.drift and outcome.created == 1


def test_errors_of_the_store_are_not_the_providers(shelf):
    target = story()
    snapshot = target.snapshot(HOSTS)
    target.store.nodes.clear()
    with pytest.raises(StoreError):
        target.again(snapshot)
