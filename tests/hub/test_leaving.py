"""Which zones a hub keeps for its catalog's sake after they left the mesh."""

from pathlib import Path

import pytest

from hub_container.catalogs import leaving, named_in
from hub_container.configuration import ServedZone

CATALOG = ServedZone("catalog:c.example.", "c.example.")
EARLIER = {
    each.zone: each
    for each in (
        CATALOG,
        ServedZone("route53:main:a.example.", "a.example."),
        ServedZone("route53:main:b.example.", "b.example."),
    )
}
FILE = """\
c.example. 0 IN NS invalid.
c.example. 0 IN SOA invalid. invalid. 7 900 300 2147483647 0
version.c.example. 0 IN TXT "2"
1111.zones.c.example. 0 IN PTR a.example.
group.1111.zones.c.example. 0 IN TXT "PTR x.example."
2222.zones.c.example. 0 IN PTR odd\\032name.example.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.zone"
    path.write_text(FILE)
    return path


def kept(file: Path, *now: ServedZone, withdrawn: tuple[str, ...] = ()) -> set[str]:
    zones = {zone.zone: zone for zone in now}
    return {zone.apex for zone in leaving(zones, EARLIER, withdrawn, lambda _: file).values()}


def test_a_catalogs_file_tells_what_it_names(file: Path, tmp_path: Path) -> None:
    assert named_in(file) == {"a.example.", "odd\\032name.example."}
    assert named_in(tmp_path / "none") == set()


def test_a_zone_that_the_catalog_still_names_is_kept(file: Path) -> None:
    assert kept(file, CATALOG) == {"a.example."}


def test_a_zone_is_not_kept_without_a_catalog(file: Path) -> None:
    assert kept(file, ServedZone("route53:main:z.example.", "z.example.")) == set()


def test_a_zone_whose_name_another_has_is_not_kept(file: Path) -> None:
    assert kept(file, CATALOG, ServedZone("route53:dev:a.example.", "a.example.")) == set()


def test_a_zone_that_is_withdrawn_goes_at_once(file: Path) -> None:
    assert kept(file, CATALOG, withdrawn=("route53:main:a.example.",)) == set()
