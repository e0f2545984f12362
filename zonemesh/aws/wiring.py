"""Composition roots: the ports of the functions, of a hub and of an operator, from the environment.

Nothing is read and no client is made before a port is asked for.
"""

import os
from collections.abc import Mapping
from functools import cached_property

from zonemesh.aws.alert_log import DynamoAlertLog
from zonemesh.aws.answer_memory import DynamoAnswerMemory
from zonemesh.aws.audit import DynamoAudit
from zonemesh.aws.backoff import Pace
from zonemesh.aws.cloudtrail import CloudTrailHistory
from zonemesh.aws.epochs import DynamoEpochs
from zonemesh.aws.garbage import DynamoStoreroom
from zonemesh.aws.hosted_zones import Route53HostedZones
from zonemesh.aws.hub_reports import DynamoHubReports
from zonemesh.aws.identity import StsIdentity
from zonemesh.aws.ledger import DynamoLedger
from zonemesh.aws.mesh_table import DynamoMeshStore, DynamoRegister, DynamoSweepState
from zonemesh.aws.orders import DynamoHubOrders, DynamoZoneOrders
from zonemesh.aws.parked import DynamoParkedListings
from zonemesh.aws.publications import DynamoApprovals, DynamoPublications
from zonemesh.aws.readiness import DynamoReadinessNotes
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.secrets import SecretReader
from zonemesh.aws.services import HubServices
from zonemesh.aws.sessions import Clients, assumed
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.sns import SnsAlerts, SnsAnnouncer
from zonemesh.aws.source_access import SourceAccess
from zonemesh.aws.sqs import ChangesQueue, SqsInbox, SqsListingQueue
from zonemesh.aws.stack_outputs import CloudFormationDeployment
from zonemesh.aws.sweeps import LambdaSweeps
from zonemesh.aws.syncs import DynamoSyncs
from zonemesh.aws.table import Table
from zonemesh.deployment import (
    ALERTS_ARN,
    CHANGES_QUEUE_URL,
    HUB_QUEUE_URL,
    LISTINGS_QUEUE_URL,
    SWEEP_FUNCTION,
    TABLE,
    TOPIC_ARN,
)
from zonemesh.dns_resolver import DnsResolver
from zonemesh.errors import SettingMissing, SourceRefused
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.verify.asking import DnsAsker
from zonemesh.watch.looks import Dns


class TablePorts:
    """What lives in the table; enough for an operator's commands."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clients: Clients | None = None
    ) -> None:
        self.clients = clients or Clients()
        self._environment = environment

    def setting(self, name: str) -> str:
        """Read a variable; raises SettingMissing."""
        if not (value := self._environment.get(name)):
            raise SettingMissing(f"{name} is not set in the environment")
        return value

    @cached_property
    def _table(self) -> Table:
        return Table(self.clients.late("dynamodb"), self.setting(TABLE))

    @cached_property
    def store(self) -> DynamoSnapshotStore:
        return DynamoSnapshotStore(self._table)

    @cached_property
    def ledger(self) -> DynamoLedger:
        return DynamoLedger(self._table)

    @cached_property
    def register(self) -> DynamoRegister:
        return DynamoRegister(self._table)

    @cached_property
    def mesh_store(self) -> DynamoMeshStore:
        return DynamoMeshStore(self._table)

    @cached_property
    def reports(self) -> DynamoHubReports:
        return DynamoHubReports(self._table)

    @cached_property
    def syncs(self) -> DynamoSyncs:
        return DynamoSyncs(self._table)

    @cached_property
    def parked(self) -> DynamoParkedListings:
        return DynamoParkedListings(self._table)

    @cached_property
    def answers(self) -> DynamoAnswerMemory:
        return DynamoAnswerMemory(self._table)

    @cached_property
    def epochs(self) -> DynamoEpochs:
        return DynamoEpochs(self._table)

    @cached_property
    def audit(self) -> DynamoAudit:
        return DynamoAudit(self._table)

    @cached_property
    def identity(self) -> StsIdentity:
        return StsIdentity(self.clients.late("sts"))

    @cached_property
    def sweep_state(self) -> DynamoSweepState:
        return DynamoSweepState(self._table)

    @cached_property
    def approvals(self) -> DynamoApprovals:
        return DynamoApprovals(self._table)

    @cached_property
    def readiness_notes(self) -> DynamoReadinessNotes:
        return DynamoReadinessNotes(self._table)

    @cached_property
    def hub_orders(self) -> DynamoHubOrders:
        return DynamoHubOrders(self._table)

    @cached_property
    def zone_orders(self) -> DynamoZoneOrders:
        return DynamoZoneOrders(self._table)

    def deployment(self, stack: str) -> CloudFormationDeployment:
        """Give where it is to be learnt what a stack made; no table needs to be known for that."""
        return CloudFormationDeployment(self.clients.late("cloudformation"), stack)

    @cached_property
    def alert_log(self) -> DynamoAlertLog:
        return DynamoAlertLog(self._table)

    def publications(self, hub: str) -> DynamoPublications:
        """Give what is kept of a hub's publications; that hub alone may write it."""
        return DynamoPublications(self._table, hub)


class IntegrationPorts(TablePorts):
    """What lives in the table, and the accounts of the integrations."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clients: Clients | None = None
    ) -> None:
        super().__init__(environment, clients)
        self._assumed: dict[tuple[str, str | None], Clients] = {}
        self._paces: dict[tuple[str, float], Pace] = {}

    def _of(self, integration: str, mesh: Mesh) -> Clients:
        """Give the clients of an integration: the process's own, or under its role."""
        declared = mesh.integrations.get(integration)
        if declared is None:
            raise SourceRefused(f"integration {integration} is not in the mesh definition; add it")
        if declared.role_arn is None:
            return self.clients
        key = (declared.role_arn, declared.external_id)
        if key not in self._assumed:
            self._assumed[key] = assumed(self.clients, *key)
        return self._assumed[key]

    def _pace(self, integration: str, mesh: Mesh) -> Pace:
        key = (integration, mesh.integrations[integration].requests_per_second)
        return self._paces.setdefault(key, Pace(key[1]))


class Functions(IntegrationPorts):
    """The ports of the Lambda functions; one instance serves all calls of a warm function."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, clients: Clients | None = None
    ) -> None:
        super().__init__(environment, clients)
        self._resolvers: dict[tuple[str, int] | None, DnsResolver] = {}

    @cached_property
    def announcer(self) -> SnsAnnouncer:
        return SnsAnnouncer(self.clients.late("sns"), self.setting(TOPIC_ARN))

    @property
    def order_bell(self) -> SnsAnnouncer:
        return self.announcer

    @cached_property
    def sweeps(self) -> LambdaSweeps:
        return LambdaSweeps(self.clients.late("lambda"), self.setting(SWEEP_FUNCTION))

    @cached_property
    def storeroom(self) -> DynamoStoreroom:
        return DynamoStoreroom(self._table)

    @cached_property
    def alerts(self) -> SnsAlerts:
        return SnsAlerts(self.clients.late("sns"), self.setting(ALERTS_ARN))

    @cached_property
    def changes(self) -> ChangesQueue:
        return ChangesQueue(self.clients.late("sqs"), self.setting(CHANGES_QUEUE_URL))

    @cached_property
    def listings(self) -> SqsListingQueue:
        return SqsListingQueue(self.clients.late("sqs"), self.setting(LISTINGS_QUEUE_URL))

    def source(self, member: Member, mesh: Mesh) -> Route53Source:
        """Give a member's hosted zone; listings keep to the integration's rate."""
        clients = self._of(member.integration, mesh)
        return Route53Source(
            clients.late("route53"),
            member.hosted_zone_id,
            member.apex,
            pace=self._pace(member.integration, mesh),
        )

    def hosted_zones(self, integration: str, mesh: Mesh) -> Route53HostedZones:
        """Give the hosted zones of an integration; their tags keep to its rate."""
        clients, pace = self._of(integration, mesh), self._pace(integration, mesh)
        return Route53HostedZones(clients.late("route53"), f"integration {integration}", pace=pace)

    def history(self, integration: str, mesh: Mesh) -> CloudTrailHistory:
        """Give the event history of an integration's account."""
        clients = self._of(integration, mesh)
        return CloudTrailHistory(clients.late("cloudtrail"), f"integration {integration}")

    def dns(self, mesh: Mesh) -> Dns:
        """Give who is asked about zones; those of no integration have the system's resolver."""

        def resolver(integration: str) -> DnsResolver:
            if integration in mesh.integrations:
                return self.resolver(integration, mesh)
            return self._resolvers.setdefault(None, DnsResolver())

        return Dns(DnsAsker(), resolver)

    def resolver(self, integration: str, mesh: Mesh) -> DnsResolver:
        """Give who is asked for what an integration's zones point at; its cache outlives a call."""
        named = mesh.integrations[integration].resolver
        server = (str(named.address), named.port) if named else None
        if server not in self._resolvers:
            self._resolvers[server] = DnsResolver(server)
        return self._resolvers[server]


class HubPorts(IntegrationPorts):
    """The ports of a hub, besides what it has from the table; used from any thread."""

    @cached_property
    def inbox(self) -> SqsInbox:
        return SqsInbox(self.clients.late("sqs"), self.setting(HUB_QUEUE_URL))

    @cached_property
    def secrets(self) -> SecretReader:
        return SecretReader(lambda: self.clients.client("secretsmanager"), self._environment)

    def services(self, hub: str) -> HubServices:
        """Give the services that a hub stands on."""
        queue_url = self.setting(HUB_QUEUE_URL)
        return HubServices(self.clients, hub, self.setting(TABLE), queue_url)

    def target_account(self, integration: str, mesh: Mesh) -> SourceAccess:
        """Give an integration's Route 53 to publish to; listings keep to the integration's rate."""
        clients = self._of(integration, mesh)
        return SourceAccess(clients, integration, self._pace(integration, mesh))
