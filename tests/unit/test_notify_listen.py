"""Where a hub hears its primaries' NOTIFY, as its environment says."""

import pytest

from hub_container.settings import Endpoint, InvalidSettings, Settings

NEEDED = {"ZONEMESH_HUB": "hq", "ZONEMESH_TABLE": "mesh", "ZONEMESH_QUEUE_URL": "https://queue"}


def test_nowhere_unless_it_is_told() -> None:
    assert Settings.from_environment(NEEDED).notify_listen == ()


def test_at_addresses_and_ports() -> None:
    settings = Settings.from_environment(
        NEEDED | {"ZONEMESH_NOTIFY_LISTEN": "0.0.0.0@5300,::@5300"}
    )
    assert settings.notify_listen == (Endpoint("0.0.0.0", 5300), Endpoint("::", 5300))


def test_a_port_that_is_missing_is_named() -> None:
    with pytest.raises(InvalidSettings, match=r"ZONEMESH_NOTIFY_LISTEN.*write ADDRESS@PORT"):
        Settings.from_environment(NEEDED | {"ZONEMESH_NOTIFY_LISTEN": "0.0.0.0"})
