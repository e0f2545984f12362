"""The control plane: from Route 53's events to an announcement, and what each hub needs."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.change_events import ChangeEvents
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.encryption import MessageKey
from stacks.constructs.queues import VISIBILITY_PER_TIMEOUT, WorkQueue
from stacks.constructs.table import Table
from stacks.constructs.trail import Trail
from stacks.functions.collecting import build_collect_garbage
from stacks.functions.looking import build_refresh_aliases, build_sweep
from stacks.functions.passing_on import build_announce, build_pass_on_orders
from stacks.functions.recording import (
    LIST_HIDDEN_FOR,
    LIST_RECEIVES,
    RECORD_RECEIVES,
    RECORD_TIMEOUT,
    build_list_zone,
    build_record_change,
)
from stacks.functions.watching import build_watch_mesh
from stacks.hub import Hub
from stacks.parts import Parts
from stacks.refusals import refuse_other_regions, refuse_other_retention, refuse_unknown_hubs
from stacks.settings import Settings
from zonemesh import deployment
from zonemesh.mesh.definition import Mesh

CHANGE_WAITED_TOO_LONG = cdk.Duration.minutes(15)
LISTING_WAITED_TOO_LONG = cdk.Duration.hours(2)


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
        parts = self._parts = self._shared(mesh, settings, code)
        ChangeEvents(self, "ChangeEvents", to=parts.changes, key=parts.key, alarms=parts.alarms)
        build_record_change(parts)
        build_list_zone(parts)
        self._sweep = build_sweep(parts)
        build_refresh_aliases(parts)
        build_announce(parts)
        build_pass_on_orders(parts, self._sweep)
        build_collect_garbage(parts)
        build_watch_mesh(parts)
        self._build_hubs()
        if settings.trail:
            Trail(self, "Trail", destroy=settings.destroy)
        self._dashboard = Dashboard(self, "Dashboard", table=parts.table)
        self._output()

    def _shared(self, mesh: Mesh, settings: Settings, code: lambda_.Code) -> Parts:
        removal = cdk.RemovalPolicy.DESTROY if settings.destroy else cdk.RemovalPolicy.RETAIN
        key = MessageKey(self, "MessageKey", removal_policy=removal)
        alarms = Alarms(self, "Alarms", key=key, email=settings.alarm_email)
        table = self._table(settings)
        topic = sns.Topic(
            self,
            "Announcements",
            display_name="zonemesh announcements",
            master_key=key,
            enforce_ssl=True,
        )
        changes, listings = self._changes(key, alarms), self._listings(key, alarms)
        return Parts(
            self, mesh, settings, code, removal, key, alarms, table, topic, changes, listings
        )

    def _table(self, settings: Settings) -> Table:
        if settings.table_stream:
            return Table.restored(self, "RestoredTable", stream_arn=settings.table_stream)
        return Table.of_the_stack(
            self, "Table", table_name=settings.table_name, destroy=settings.destroy
        )

    def _changes(self, key: MessageKey, alarms: Alarms) -> WorkQueue:
        changes = WorkQueue(
            self,
            "Changes",
            what="changes of zones",
            key=key,
            alarms=alarms,
            hidden_for=cdk.Duration.seconds(VISIBILITY_PER_TIMEOUT * RECORD_TIMEOUT.to_seconds()),
            max_receives=RECORD_RECEIVES,
        )
        alarms.on_age(changes, "changes of zones", CHANGE_WAITED_TOO_LONG)
        return changes

    def _listings(self, key: MessageKey, alarms: Alarms) -> WorkQueue:
        listings = WorkQueue(
            self,
            "Listings",
            what="listings of zones",
            key=key,
            alarms=alarms,
            hidden_for=LIST_HIDDEN_FOR,
            max_receives=LIST_RECEIVES,
            fifo=True,
        )
        alarms.on_age(listings, "listings of zones", LISTING_WAITED_TOO_LONG)
        return listings

    def _build_hubs(self) -> None:
        parts = self._parts
        for name in sorted(parts.mesh.hubs):
            hub = Hub(
                self,
                f"Hub-{name}",
                name=name,
                table=parts.table,
                topic=parts.topic,
                key=parts.key,
                alarms=parts.alarms,
                mesh=parts.mesh,
                principals=parts.settings.hub_principals.get(name, ()),
            )
            hub.output(self)

    def _output(self) -> None:
        parts = self._parts
        for id, value in (
            (deployment.TABLE_OUTPUT, parts.table.table_name),
            (deployment.TOPIC_OUTPUT, parts.topic.topic_arn),
            (deployment.SWEEP_OUTPUT, self._sweep.function_name),
            ("ChangesQueueUrl", parts.changes.queue_url),
            ("ListingsQueueUrl", parts.listings.queue_url),
            (deployment.ALARMS_OUTPUT, parts.alarms.topic.topic_arn),
            ("DashboardName", self._dashboard.dashboard_name),
        ):
            cdk.CfnOutput(self, id, value=value)
        cdk.CfnOutput(
            self,
            "SourceReaders",
            description="the roles that the role of another account's integration is to trust",
            value=self.to_json_string([role.role_arn for role in parts.readers]),
        )
