"""Who records zones: after an event, and when a whole listing was ordered."""

import aws_cdk as cdk
from aws_cdk import aws_lambda_event_sources as event_sources

from stacks.constructs.function_alarms import alarm_on_listing, alarm_on_recording
from stacks.constructs.sources import let_read_tags
from stacks.parts import Parts

RECORD_TIMEOUT = cdk.Duration.seconds(30)
LIST_TIMEOUT = cdk.Duration.minutes(15)  # Lambda's most; a listing resumes from its last page

# Lambda gives processor time by memory; 1,769 MB is one whole processor.
RECORD_MEMORY = 1024
LIST_MEMORY = 1769

RECORD_BATCH = 10  # without a batching window, which may delay a lone message by 20 s
# With the waits of functions/batch.py a change that is always throttled is tried for 70 minutes and
# more; the sweep has found it by then.
RECORD_RECEIVES = 15
# All of an account's listings wait behind one that fails: half an hour of it is enough, the sweep
# orders it anew. After a crash, which hands nothing back, a message is hidden until no run can be
# left of it; six times the timeout is AWS's advice for batches and throttled functions, and would
# stop an account's listings for 90 minutes.
LIST_RECEIVES = 25
LIST_HIDDEN_FOR = cdk.Duration.minutes(16)


def build_record_change(parts: Parts) -> None:
    """Build what records the zones that events name."""
    record = parts.function(
        "RecordChange",
        "record_change",
        "records the zones that changed",
        timeout=RECORD_TIMEOUT,
        memory_mb=RECORD_MEMORY,
    )
    parts.let_record(record.role)
    let_read_tags(record.role, parts.mesh.integrations.values())
    record.function.add_event_source(
        event_sources.SqsEventSource(
            parts.changes,
            batch_size=RECORD_BATCH,
            report_batch_item_failures=True,
            max_concurrency=parts.settings.record_concurrency,
        )
    )
    alarm_on_recording(parts.alarms, record.function)


def build_list_zone(parts: Parts) -> None:
    """Build what carries out orders to list a zone."""
    list_zone = parts.function(
        "ListZone",
        "list_zone",
        "lists a whole zone and records what differs",
        timeout=LIST_TIMEOUT,
        memory_mb=LIST_MEMORY,
    )
    parts.let_record(list_zone.role)
    # One message at a time: each stands for many minutes of work. FIFO groups see to it that
    # an account is listed once at a time.
    list_zone.function.add_event_source(
        event_sources.SqsEventSource(parts.listings, batch_size=1, report_batch_item_failures=True)
    )
    alarm_on_listing(parts.alarms, list_zone.function, parts.settings.sweep_minutes)
