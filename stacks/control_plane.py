"""The control plane: from Route 53's events to an announcement, and what each hub needs."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.change_events import ChangeEvents
from stacks.constructs.encryption import MessageKey
from stacks.constructs.function_alarms import (
    alarm_on_collecting,
    alarm_on_listing,
    alarm_on_recording,
    alarm_on_refreshing,
    alarm_on_signing,
    alarm_on_sweeps,
)
from stacks.constructs.functions import Function
from stacks.constructs.queues import VISIBILITY_PER_TIMEOUT, DeadLetterQueue, WorkQueue
from stacks.constructs.schedule import Schedule
from stacks.constructs.sources import (
    let_look_up_events,
    let_read_name_servers,
    let_read_route53,
)
from stacks.constructs.table import DELETE, READ, WRITE, WRITE_MANY, Table
from stacks.constructs.trail import Trail
from stacks.hub import Hub
from stacks.refusals import refuse_other_regions, refuse_other_retention, refuse_unknown_hubs
from stacks.settings import Settings
from zonemesh import deployment
from zonemesh.mesh import Mesh

RECORD_TIMEOUT = cdk.Duration.seconds(30)
LIST_TIMEOUT = cdk.Duration.minutes(15)  # Lambda's most; a listing resumes from its last page
SWEEP_TIMEOUT = cdk.Duration.minutes(5)
REFRESH_TIMEOUT = cdk.Duration.minutes(1)  # the next run goes on where one had no time
ANNOUNCE_TIMEOUT = cdk.Duration.seconds(30)
COLLECT_TIMEOUT = cdk.Duration.minutes(15)  # Lambda's most; the next run goes on where one ended
# A collection begins once a day; what it has no time for is for the runs in between.
COLLECT_EVERY_MINUTES = 60

# After these a run that could not begin is left to the next one.
SWEEP_GIVEN_UP_AFTER = cdk.Duration.minutes(5)
REFRESH_GIVEN_UP_AFTER = cdk.Duration.minutes(1)
COLLECT_GIVEN_UP_AFTER = cdk.Duration.minutes(30)
# One run of the sixty in an hour is nobody's concern; as many as these are.
REFRESHES_LOST = 5
REFRESHES_LOST_WITHIN = cdk.Duration.hours(1)

# Lambda gives processor time by memory; 1,769 MB is one whole processor.
RECORD_MEMORY = 1024
LIST_MEMORY = 1769
SWEEP_MEMORY = 512
REFRESH_MEMORY = 1769  # some 1.3 ms of it a question
ANNOUNCE_MEMORY = 512  # it reads the mesh definition, most of a second of this for 500 zones
COLLECT_MEMORY = 1024

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
CHANGE_WAITED_TOO_LONG = cdk.Duration.minutes(15)
LISTING_WAITED_TOO_LONG = cdk.Duration.hours(2)

ANNOUNCE_BATCH = 10
ANNOUNCE_TRIES = 10
ANNOUNCED_WITHIN = cdk.Duration.hours(1)  # later the sweep has rung long ago

ZONES = f"{deployment.ZONE_PREFIX}*"
CHUNKS = f"{deployment.CHUNK_PREFIX}*"
HUBS = f"{deployment.HUB_PREFIX}*"
MESH = deployment.MESH_PARTITION
MEMBERS = deployment.MEMBERS_PARTITION
SWEEP = deployment.SWEEP_PARTITION
ALIASES = deployment.ALIASES_PARTITION
GARBAGE = deployment.GARBAGE_PARTITION


class ControlPlane(cdk.Stack):
    """Everything in the source account. Only us-east-1 hears of Route 53's changes."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        mesh: Mesh,
        settings: Settings,
        code: lambda_.Code,
        env: cdk.Environment,
    ) -> None:
        refuse_other_regions(env.region)
        refuse_unknown_hubs(mesh, settings)
        refuse_other_retention(settings)
        super().__init__(
            scope, id, env=env, description="zonemesh: keeps copies of DNS zones current"
        )
        self._mesh, self._settings, self._code = mesh, settings, code
        self._removal = cdk.RemovalPolicy.DESTROY if settings.destroy else cdk.RemovalPolicy.RETAIN
        self._readers: list[iam.Role] = []
        self._build_shared()
        self._build_queues()
        self._build_record_change()
        self._build_list_zone()
        self._build_sweep()
        self._build_refresh_aliases()
        self._build_announce()
        self._build_collect_garbage()
        self._build_hubs()
        if settings.trail:
            Trail(self, "Trail", destroy=settings.destroy)
        self._output()

    def _build_shared(self) -> None:
        settings = self._settings
        self.key = MessageKey(self, "MessageKey", removal_policy=self._removal)
        self.alarms = Alarms(self, "Alarms", key=self.key, email=settings.alarm_email)
        if settings.table_stream:
            self.table = Table.restored(self, "RestoredTable", stream_arn=settings.table_stream)
        else:
            self.table = Table.of_the_stack(
                self, "Table", table_name=settings.table_name, destroy=settings.destroy
            )
        self.topic = sns.Topic(
            self,
            "Announcements",
            display_name="zonemesh announcements",
            master_key=self.key,
            enforce_ssl=True,
        )

    def _build_queues(self) -> None:
        self.changes = WorkQueue(
            self,
            "Changes",
            what="changes of zones",
            key=self.key,
            alarms=self.alarms,
            hidden_for=cdk.Duration.seconds(VISIBILITY_PER_TIMEOUT * RECORD_TIMEOUT.to_seconds()),
            max_receives=RECORD_RECEIVES,
        )
        self.alarms.on_age(self.changes, "changes of zones", CHANGE_WAITED_TOO_LONG)
        self.listings = WorkQueue(
            self,
            "Listings",
            what="listings of zones",
            key=self.key,
            alarms=self.alarms,
            hidden_for=LIST_HIDDEN_FOR,
            max_receives=LIST_RECEIVES,
            fifo=True,
        )
        self.alarms.on_age(self.listings, "listings of zones", LISTING_WAITED_TOO_LONG)
        ChangeEvents(self, "ChangeEvents", to=self.changes, key=self.key, alarms=self.alarms)

    def _build_record_change(self) -> None:
        record = self._function(
            "RecordChange",
            "record_change",
            "records the zones that changed",
            timeout=RECORD_TIMEOUT,
            memory_mb=RECORD_MEMORY,
        )
        self._let_record(record.role)
        record.function.add_event_source(
            event_sources.SqsEventSource(
                self.changes,
                batch_size=RECORD_BATCH,
                report_batch_item_failures=True,
                max_concurrency=self._settings.record_concurrency,
            )
        )
        alarm_on_recording(self.alarms, record.function)

    def _build_list_zone(self) -> None:
        list_zone = self._function(
            "ListZone",
            "list_zone",
            "lists a whole zone and records what differs",
            timeout=LIST_TIMEOUT,
            memory_mb=LIST_MEMORY,
        )
        self._let_record(list_zone.role)
        # One message at a time: each stands for many minutes of work. FIFO groups see to it that
        # an account is listed once at a time.
        list_zone.function.add_event_source(
            event_sources.SqsEventSource(
                self.listings, batch_size=1, report_batch_item_failures=True
            )
        )
        alarm_on_listing(self.alarms, list_zone.function, self._settings.sweep_minutes)

    def _build_sweep(self) -> None:
        sweep = self._function(
            "Sweep",
            "sweep",
            "finds what no event told of",
            timeout=SWEEP_TIMEOUT,
            memory_mb=SWEEP_MEMORY,
        )
        self._sweep = sweep.function
        self._let_record(sweep.role)
        self.table.allow(sweep.role, (*READ, *WRITE), [SWEEP])
        let_look_up_events(sweep.role, self._mesh.integrations.values())
        self.topic.grant_publish(sweep.role)
        Schedule(
            self,
            "SweepSchedule",
            function=sweep.function,
            what="sweeps",
            given_up_after=SWEEP_GIVEN_UP_AFTER,
            every_minutes=self._settings.sweep_minutes,
            key=self.key,
            alarms=self.alarms,
        )
        alarm_on_sweeps(self.alarms, sweep.function, self._settings.sweep_minutes)
        alarm_on_signing(self.alarms, sweep.function, self._settings.sweep_minutes)

    def _build_refresh_aliases(self) -> None:
        # Nothing is reserved for it: two runs at once do each other no harm, and in a new account
        # of ten concurrent runs none could be.
        refresh = self._function(
            "RefreshAliases",
            "refresh_aliases",
            "asks what aliases resolve to",
            timeout=REFRESH_TIMEOUT,
            memory_mb=REFRESH_MEMORY,
        )
        self._readers.append(refresh.role)
        self.alarms.topic.grant_publish(refresh.role)
        let_read_name_servers(refresh.role, self._mesh.integrations.values())
        self.table.allow(refresh.role, READ, [ZONES, CHUNKS, MESH, MEMBERS, ALIASES, HUBS])
        self.table.allow(refresh.role, WRITE, [ZONES, CHUNKS, ALIASES])
        self.table.allow(refresh.role, WRITE_MANY, [CHUNKS])
        Schedule(
            self,
            "RefreshSchedule",
            function=refresh.function,
            what="refreshes of aliases",
            given_up_after=REFRESH_GIVEN_UP_AFTER,
            every_minutes=self._settings.alias_minutes,
            key=self.key,
            alarms=self.alarms,
            lost_most=REFRESHES_LOST,
            lost_within=REFRESHES_LOST_WITHIN,
        )
        alarm_on_refreshing(self.alarms, refresh.function)

    def _build_announce(self) -> None:
        announce = self._function(
            "Announce",
            "announce",
            "rings the hubs when a head has moved",
            timeout=ANNOUNCE_TIMEOUT,
            memory_mb=ANNOUNCE_MEMORY,
        )
        self.table.allow(announce.role, READ, [ZONES, MEMBERS, MESH])
        self.table.allow(announce.role, WRITE, [ZONES])
        self.topic.grant_publish(announce.role)
        undelivered = DeadLetterQueue(
            self,
            "Unannounced",
            of="moved heads that were not announced",
            key=self.key,
            alarms=self.alarms,
        )
        announce.function.add_event_source(
            event_sources.DynamoEventSource(
                self.table.resource,
                # LATEST would lose the heads that move while the mapping comes up.
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=ANNOUNCE_BATCH,
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                retry_attempts=ANNOUNCE_TRIES,
                max_record_age=ANNOUNCED_WITHIN,
                on_failure=event_sources.SqsDlq(undelivered),
                filters=[_moved_heads()],
            )
        )

    def _build_collect_garbage(self) -> None:
        collect = self._function(
            "CollectGarbage",
            "collect_garbage",
            "drops old snapshots and what no snapshot is made of",
            timeout=COLLECT_TIMEOUT,
            memory_mb=COLLECT_MEMORY,
        )
        self.table.allow(collect.role, READ, [ZONES, CHUNKS, MESH, GARBAGE])
        self.table.allow(collect.role, WRITE, [GARBAGE])
        self.table.allow(collect.role, DELETE, [ZONES, CHUNKS])
        self.table.allow_looking_through(
            collect.role, (deployment.PARTITION_KEY, deployment.SORT_KEY, deployment.USED_AT)
        )
        Schedule(
            self,
            "CollectSchedule",
            function=collect.function,
            what="collections of garbage",
            given_up_after=COLLECT_GIVEN_UP_AFTER,
            every_minutes=COLLECT_EVERY_MINUTES,
            key=self.key,
            alarms=self.alarms,
        )
        alarm_on_collecting(self.alarms, collect.function)

    def _build_hubs(self) -> None:
        for name in sorted(self._mesh.hubs):
            hub = Hub(
                self,
                f"Hub-{name}",
                name=name,
                table=self.table,
                topic=self.topic,
                key=self.key,
                alarms=self.alarms,
                mesh=self._mesh,
                principals=self._settings.hub_principals.get(name, ()),
            )
            hub.output(self)

    def _function(
        self, id: str, name: str, what: str, *, timeout: cdk.Duration, memory_mb: int
    ) -> Function:
        return Function(
            self,
            id,
            name=name,
            what=what,
            code=self._code,
            timeout=timeout,
            memory_mb=memory_mb,
            environment={
                deployment.TABLE: self.table.table_name,
                deployment.TOPIC_ARN: self.topic.topic_arn,
                deployment.ALERTS_ARN: self.alarms.topic.topic_arn,
                deployment.CHANGES_QUEUE_URL: self.changes.queue_url,
                deployment.LISTINGS_QUEUE_URL: self.listings.queue_url,
                deployment.SWEEP_EVERY: str(self._settings.sweep_minutes * 60),
            },
            log_days=self._settings.log_days,
            removal_policy=self._removal,
            alarms=self.alarms,
        )

    def _let_record(self, role: iam.Role) -> None:
        """Let a role read Route 53, record zones, take hosted zones in, and order listings."""
        self._readers.append(role)
        self.alarms.topic.grant_publish(role)
        let_read_route53(role, self._mesh.integrations.values())
        self.table.allow(role, READ, [ZONES, CHUNKS, MESH, MEMBERS, HUBS])
        self.table.allow(role, WRITE, [ZONES, CHUNKS, MEMBERS])
        self.table.allow(role, WRITE_MANY, [CHUNKS])
        self.table.allow(role, DELETE, [MEMBERS])  # zones and chunks are for the collector
        self.listings.grant_send_messages(role)

    def _output(self) -> None:
        for id, value in (
            (deployment.TABLE_OUTPUT, self.table.table_name),
            (deployment.TOPIC_OUTPUT, self.topic.topic_arn),
            (deployment.SWEEP_OUTPUT, self._sweep.function_name),
            ("ChangesQueueUrl", self.changes.queue_url),
            ("ListingsQueueUrl", self.listings.queue_url),
            (deployment.ALARMS_OUTPUT, self.alarms.topic.topic_arn),
        ):
            cdk.CfnOutput(self, id, value=value)
        cdk.CfnOutput(
            self,
            "SourceReaders",
            description="the roles that the role of another account's integration is to trust",
            value=self.to_json_string([role.role_arn for role in self._readers]),
        )


def _moved_heads() -> Mapping[str, Any]:
    """Only items that are a zone's head, when they come or change."""
    return lambda_.FilterCriteria.filter(
        {
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {
                "Keys": {
                    deployment.PARTITION_KEY: {"S": [{"prefix": deployment.ZONE_PREFIX}]},
                    deployment.SORT_KEY: {"S": [deployment.HEAD]},
                }
            },
        }
    )
