"""The name servers of a hosted zone, as GetHostedZone tells them."""

from typing import Any

import pytest
from botocore.stub import Stubber

from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.sessions import Clients
from zonemesh.errors import SourceRefused, SourceThrottled, ZoneGone

SERVERS = ["ns-512.awsdns-00.net", "NS-0.awsdns-00.com", "ns-1536.awsdns-00.co.uk"]


def hosted_zone(*, private: bool = False, servers: list[str] | None = None) -> dict[str, Any]:
    zone = {
        "Id": "/hostedzone/Z1",
        "Name": "example.com.",
        "CallerReference": "1",
        "Config": {"PrivateZone": private},
    }
    answer: dict[str, Any] = {"HostedZone": zone}
    return answer | ({"DelegationSet": {"NameServers": servers}} if servers else {})


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (
            hosted_zone(servers=SERVERS),
            ("ns-0.awsdns-00.com.", "ns-1536.awsdns-00.co.uk.", "ns-512.awsdns-00.net."),
        ),
        (hosted_zone(private=True), ()),
        (hosted_zone(private=True, servers=SERVERS), ()),
    ],
)
def test_name_servers_are_the_delegation_set(
    clients: Clients, answer: dict[str, Any], names: tuple[str, ...]
) -> None:
    route53 = clients.client("route53")
    source = Route53Source(route53, "Z1", "example.com.")
    with Stubber(route53) as stub:
        stub.add_response("get_hosted_zone", answer, {"Id": "Z1"})
        assert source.name_servers() == names


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("Throttling", SourceThrottled),
        ("NoSuchHostedZone", ZoneGone),
        ("AccessDenied", SourceRefused),
    ],
)
def test_what_goes_wrong_is_named(clients: Clients, code: str, error: type[Exception]) -> None:
    route53 = clients.client("route53")
    source = Route53Source(route53, "Z1", "example.com.", sleep=lambda _: None)
    with Stubber(route53) as stub:
        for _ in range(4):
            stub.add_client_error("get_hosted_zone", code, http_status_code=400)
        with pytest.raises(error, match=r"example\.com\."):
            source.name_servers()
