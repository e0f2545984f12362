"""What people would hear of a world: its alarm topic, as a queue that subscribed to it hears it."""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from local.world import WATCH, World
from tests.e2e.hosted_zone import PATIENCE, deployed


@dataclass
class Listener:
    """Hears the alarm topic from now on; `heard` are the messages as SNS hands them over."""

    world: World
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sqs = self.world.client("sqs")
        self._url = self._sqs.create_queue(QueueName="people")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        self._topic = deployed(self.world, "AlarmTopicArn")
        policy = {
            "Statement": {
                "Effect": "Allow",
                "Action": "sqs:SendMessage",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": self._topic}},
            }
        }
        self._sqs.set_queue_attributes(
            QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)}
        )
        self.world.client("sns").subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=arn,
        )

    def watch(self) -> list[str]:
        """Let the watch look; gives the subjects of what was told since the last call."""
        self.world.run(WATCH)
        return self.told()

    def told(self) -> list[str]:
        """Take what was told off the queue; gives the subjects.

        What is told after it arrives after it: all is there once a mark has come.
        """
        mark = uuid.uuid4().hex
        self.world.client("sns").publish(TopicArn=self._topic, Subject=mark, Message="-")
        subjects: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while mark not in subjects:
            assert time.monotonic() < deadline, "the topic does not reach its subscription"
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                self.heard.append(json.loads(message["Body"]))
                subjects.append(self.heard[-1]["Subject"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        subjects.remove(mark)
        self.heard = [each for each in self.heard if each["Subject"] != mark]
        return subjects
