"""The bell, the queues and the event history."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from zonemesh.aws.backoff import Pace
from zonemesh.aws.cloudtrail import PAGE_ATTEMPTS, CloudTrailHistory
from zonemesh.aws.sessions import Clients
from zonemesh.aws.sns import SnsAnnouncer
from zonemesh.aws.sqs import ChangesQueue, SqsInbox, SqsListingQueue
from zonemesh.deployment import EVERY_HUB, HUBS_ATTRIBUTE
from zonemesh.errors import MessagingFailed, SourceRefused, SourceThrottled
from zonemesh.ports import ListingOrder, Ring
from zonemesh.snapshot import Announcement

RANG = Announcement("Z1", 7)


def make_queue(clients: Clients, name: str, **attributes: str) -> str:
    url: str = clients.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def subscribed_hub(clients: Clients, topic: str, hub: str) -> SqsInbox:
    url = make_queue(clients, hub)
    arn = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    clients.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({HUBS_ATTRIBUTE: [hub, EVERY_HUB]}),
        },
    )
    return SqsInbox(clients.client("sqs"), url)


# Announcing


@pytest.mark.parametrize(
    ("hubs", "rung"),
    [(["fra"], {"fra"}), (["fra", "ams"], {"fra", "ams"}), (["*"], {"fra", "ams", "lon"})],
)
def test_hubs_that_are_named_hear_the_bell(
    clients: Clients, hubs: list[str], rung: set[str]
) -> None:
    topic = clients.client("sns").create_topic(Name="bell")["TopicArn"]
    inboxes = {hub: subscribed_hub(clients, topic, hub) for hub in ("fra", "ams", "lon")}
    SnsAnnouncer(clients.client("sns"), topic).announce(RANG, hubs)
    heard = {hub: [ring.body for ring in inbox.receive(0)] for hub, inbox in inboxes.items()}
    assert heard == {hub: [RANG.to_json()] if hub in rung else [] for hub in inboxes}


def test_bell_for_no_hub_is_not_rung(clients: Clients) -> None:
    with Stubber(clients.client("sns")):  # any call would fail
        SnsAnnouncer(clients.client("sns"), "arn:aws:sns:us-east-1:1:bell").announce(RANG, [])


def test_an_order_is_for_one_hub_and_a_new_mesh_for_all(clients: Clients) -> None:
    topic = clients.client("sns").create_topic(Name="bell")["TopicArn"]
    inboxes = {hub: subscribed_hub(clients, topic, hub) for hub in ("fra", "ams")}
    bell = SnsAnnouncer(clients.client("sns"), topic)
    bell.order_placed("fra", "17-ab")
    bell.mesh_applied(3)
    heard = {hub: {ring.body for ring in inbox.receive(0)} for hub, inbox in inboxes.items()}
    assert heard == {"fra": {'{"order":"17-ab"}', '{"mesh":3}'}, "ams": {'{"mesh":3}'}}


def test_missing_topic_is_named(clients: Clients) -> None:
    arn = "arn:aws:sns:us-east-1:123456789012:nowhere"
    with pytest.raises(MessagingFailed, match=arn):
        SnsAnnouncer(clients.client("sns"), arn).announce(RANG, ["*"])


# Queues


def test_rings_are_received_until_they_are_done(clients: Clients) -> None:
    url = make_queue(clients, "hub", VisibilityTimeout="0")
    for number in range(25):
        clients.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    inbox = SqsInbox(clients.client("sqs"), url)
    received: list[Ring] = []
    for _ in range(100):
        if not (batch := inbox.receive(0)):
            break
        assert len(batch) <= 10
        received += batch
        inbox.done(batch)
    assert sorted(int(ring.body) for ring in received) == list(range(25))
    assert inbox.receive(0) == []
    inbox.done([])


def test_more_rings_than_a_batch_are_done_at_once(clients: Clients) -> None:
    url = make_queue(clients, "hub")
    inbox = SqsInbox(clients.client("sqs"), url)
    for number in range(25):
        clients.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    rings = [ring for _ in range(3) for ring in inbox.receive(0)]
    inbox.done(rings)
    left = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"
    assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_ring_that_stays_on_the_queue_is_told(clients: Clients) -> None:
    client = clients.client("sqs")
    failed = [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]
    with Stubber(client) as stub:
        stub.add_response("delete_message_batch", {"Successful": [], "Failed": failed})
        with pytest.raises(MessagingFailed, match="1 not deleted"):
            SqsInbox(client, "https://queue").done([Ring("{}", "handle")])


def test_missing_queue_is_named(clients: Clients) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/nowhere"
    with pytest.raises(MessagingFailed, match=url):
        SqsInbox(clients.client("sqs"), url).receive(0)


def test_change_handed_back_is_received_again(clients: Clients) -> None:
    url = make_queue(clients, "changes", VisibilityTimeout="180")
    queue, inbox = ChangesQueue(clients.client("sqs"), url), SqsInbox(clients.client("sqs"), url)
    queue.send('{"detail": {}}')
    (ring,) = inbox.receive(0)
    assert inbox.receive(0) == []
    queue.hand_back(ring.handle, 0)
    (again,) = inbox.receive(0)
    assert again.body == '{"detail": {}}'


def listing_queue(clients: Clients) -> tuple[SqsListingQueue, str]:
    url = make_queue(clients, "listings.fifo", FifoQueue="true")
    return SqsListingQueue(clients.client("sqs"), url), url


def received(clients: Clients, url: str) -> list[Any]:
    answer = clients.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    messages: list[Any] = answer.get("Messages", [])
    return messages


def test_listing_of_an_account_waits_for_the_one_before(clients: Clients) -> None:
    queue, url = listing_queue(clients)
    orders = [ListingOrder(zone, "main", 1000, "listing") for zone in ("Z1", "Z2")]
    for order in orders:
        queue.send(order)
    messages = received(clients, url)
    assert [ListingOrder.from_json(message["Body"]) for message in messages] == orders
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"main"}


def test_order_sent_twice_is_one_listing(clients: Clients) -> None:
    queue, url = listing_queue(clients)
    for _ in range(2):
        queue.send(ListingOrder("Z1", "main", 1000, "listing"))
    assert len(received(clients, url)) == 1


def test_new_need_within_five_minutes_is_a_new_listing(clients: Clients) -> None:
    queue, url = listing_queue(clients)
    queue.send(ListingOrder("Z1", "main", 1000, "event"))
    (message,) = received(clients, url)
    clients.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    queue.send(ListingOrder("Z1", "main", 1010, "event"))
    assert len(received(clients, url)) == 1


# Event history


def event(name: str, *, read_only: bool = False) -> dict[str, Any]:
    record = {"eventName": name, "eventSource": "route53.amazonaws.com", "readOnly": read_only}
    return {
        "EventId": name,
        "EventName": name,
        "ReadOnly": str(read_only).lower(),
        "CloudTrailEvent": json.dumps(record),
    }


REQUEST = {
    "LookupAttributes": [
        {"AttributeKey": "EventSource", "AttributeValue": "route53.amazonaws.com"}
    ],
    "StartTime": datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    "EndTime": datetime(2026, 11, 22, 10, 10, tzinfo=UTC),
    "MaxResults": 50,
}
SINCE, UNTIL = (int(REQUEST[name].timestamp()) for name in ("StartTime", "EndTime"))  # type: ignore[attr-defined]


def history(clients: Clients, pauses: list[float]) -> CloudTrailHistory:
    pace = Pace(2.0, clock=lambda: 0.0, sleep=pauses.append)
    return CloudTrailHistory(clients.client("cloudtrail"), pace=pace, sleep=lambda _: None)


def test_changes_of_all_pages_are_found_at_two_calls_a_second(clients: Clients) -> None:
    pauses: list[float] = []
    with Stubber(clients.client("cloudtrail")) as stub:
        first = [event("ChangeResourceRecordSets"), event("ListHostedZones", read_only=True)]
        stub.add_response("lookup_events", {"Events": first, "NextToken": "t"}, REQUEST)
        stub.add_response(
            "lookup_events", {"Events": [event("DeleteHostedZone")]}, REQUEST | {"NextToken": "t"}
        )
        pages = list(history(clients, pauses).lookup_events(SINCE, UNTIL))
    assert [[record["eventName"] for record in page.details] for page in pages] == [
        ["ChangeResourceRecordSets"],
        ["DeleteHostedZone"],
    ]
    assert [page.read_to for page in pages] == [SINCE, UNTIL]
    assert pauses == [0.5]


def test_history_is_read_in_windows_the_oldest_first_and_pages_of_reads_are_pages(
    clients: Clients,
) -> None:
    middle = {"EndTime": REQUEST["EndTime"]}, {"StartTime": REQUEST["EndTime"]}
    reads = [event("ListHostedZones", read_only=True)] * 3
    with Stubber(clients.client("cloudtrail")) as stub:
        stub.add_response("lookup_events", {"Events": reads, "NextToken": "t"}, REQUEST | middle[0])
        stub.add_response("lookup_events", {"Events": []}, REQUEST | middle[0] | {"NextToken": "t"})
        stub.add_response(
            "lookup_events",
            {"Events": [event("CreateHostedZone")]},
            REQUEST | middle[1] | {"EndTime": datetime(2026, 11, 22, 10, 15, tzinfo=UTC)},
        )
        pages = list(history(clients, []).lookup_events(SINCE, UNTIL + 300))
    assert [(len(page.details), page.read_to) for page in pages] == [
        (0, SINCE),
        (0, UNTIL),
        (1, UNTIL + 300),
    ]


def test_throttled_lookup_is_made_again(clients: Clients) -> None:
    with Stubber(clients.client("cloudtrail")) as stub:
        stub.add_client_error("lookup_events", "ThrottlingException", http_status_code=400)
        stub.add_response("lookup_events", {"Events": [event("CreateHostedZone")]}, REQUEST)
        (page,) = history(clients, []).lookup_events(SINCE, UNTIL)
    assert [found["eventName"] for found in page.details] == ["CreateHostedZone"]


def test_lookup_throttled_for_long_is_given_up(clients: Clients) -> None:
    with Stubber(clients.client("cloudtrail")) as stub:
        for _ in range(PAGE_ATTEMPTS):
            stub.add_client_error("lookup_events", "ThrottlingException", http_status_code=400)
        with pytest.raises(SourceThrottled):
            list(history(clients, []).lookup_events(SINCE, UNTIL))


def test_refused_lookup_names_the_action(clients: Clients) -> None:
    with Stubber(clients.client("cloudtrail")) as stub:
        stub.add_client_error("lookup_events", "AccessDeniedException", http_status_code=400)
        with pytest.raises(SourceRefused, match="allow cloudtrail:LookupEvents"):
            list(history(clients, []).lookup_events(SINCE, UNTIL))
