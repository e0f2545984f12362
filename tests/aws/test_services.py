"""The services that a hub stands on, as a test of them finds them."""

import time
from typing import Any

import pytest

from tests.aws.conftest import TABLE_NAME
from zonemesh.aws.services import HubServices
from zonemesh.aws.sessions import Clients
from zonemesh.aws.table import Table
from zonemesh.errors import ServiceUnreachable


def found(*place: Any, **wanted: Any) -> list[Any]:
    """Find every endpoint: where tests run there may be no DNS."""
    return [(2, 1, 6, "", ("192.0.2.1", 443))]


def unknown(*place: Any, **wanted: Any) -> list[Any]:
    raise OSError(-2, "Name or service not known")


def services(clients: Clients, queue: str = "hub", find: Any = found) -> HubServices:
    url = f"https://sqs.us-east-1.amazonaws.com/1/{queue}"
    return HubServices(clients, "hq", TABLE_NAME, url, find)


def test_a_service_that_answers_says_where_it_is(clients: Clients, table: Table) -> None:
    answer = services(clients).ask("DynamoDB")
    assert answer.endpoint == "https://dynamodb.us-east-1.amazonaws.com"
    assert answer.addresses == 1
    assert answer.time is None or abs(answer.time - time.time()) < 60


def test_a_service_that_refuses_says_why(clients: Clients, table: Table) -> None:
    with pytest.raises(ServiceUnreachable, match=r"answers, and refuses: .*does not exist"):
        services(clients, "nowhere").ask("SQS")


def test_an_endpoint_that_dns_does_not_know_is_named(clients: Clients) -> None:
    with pytest.raises(ServiceUnreachable, match=r"sts.*not found in DNS: Name or service"):
        services(clients, find=unknown).ask("STS")


def test_all_of_them_have_a_name(clients: Clients) -> None:
    assert services(clients).names() == ["DynamoDB", "SQS", "STS"]
