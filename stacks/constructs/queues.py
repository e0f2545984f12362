"""Queues, each with a dead-letter queue that somebody hears of."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarms import Alarms

KEPT_FOR = cdk.Duration.days(14)  # the most that SQS keeps: time to look at a dead letter
DATA_KEY_REUSED_FOR = cdk.Duration.hours(1)  # KMS is asked once an hour, not every 5 minutes
# AWS: "set the queue's visibility timeout to at least six times" the function's timeout.
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_PER_TIMEOUT = 6


class DeadLetterQueue(sqs.Queue):
    """Where messages end that nobody could deal with; an alarm rings at the first one.

    Or at the first above `most`, of the time that messages are `kept_for`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        of: str,
        key: kms.IKey,
        alarms: Alarms,
        fifo: bool = False,
        kept_for: cdk.Duration = KEPT_FOR,
        most: int = 0,
    ) -> None:
        super().__init__(
            scope,
            id,
            fifo=True if fifo else None,  # CloudFormation refuses an explicit false
            encryption_master_key=key,
            data_key_reuse=DATA_KEY_REUSED_FOR,
            enforce_ssl=True,
            retention_period=kept_for,
        )
        alarms.on_dead_letters(self, of, most)


class WorkQueue(sqs.Queue):
    """A queue that a function works off, with its own dead-letter queue.

    `hidden_for` is at least the function's timeout, or Lambda refuses the queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        what: str,
        key: kms.IKey,
        alarms: Alarms,
        hidden_for: cdk.Duration,
        max_receives: int,
        fifo: bool = False,
    ) -> None:
        dead_letters = DeadLetterQueue(
            scope, f"{id}DeadLetters", of=what, key=key, alarms=alarms, fifo=fifo
        )
        super().__init__(
            scope,
            id,
            fifo=True if fifo else None,
            encryption_master_key=key,
            data_key_reuse=DATA_KEY_REUSED_FOR,
            enforce_ssl=True,
            retention_period=KEPT_FOR,
            visibility_timeout=hidden_for,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=dead_letters, max_receive_count=max_receives
            ),
        )
