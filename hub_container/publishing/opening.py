"""From a job to what carries it out: Route 53 under an integration's credentials, or octoDNS."""

from collections.abc import Callable

from hub_container.publishing.pushes import Job
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import OctodnsTarget, Route53Target
from zonemesh.ports import Secrets, SnapshotStore
from zonemesh.targets.loops import why_not_written
from zonemesh.targets.octodns.target import OctodnsPublisher
from zonemesh.targets.ports import TargetPublisher
from zonemesh.targets.route53_planning import TargetAccount
from zonemesh.targets.route53_target import Route53Publisher

TargetAccounts = Callable[[str, Mesh], TargetAccount]
"""Gives an integration's Route 53 under credentials that may write there."""


class Opener:
    """An OpenTarget. It may raise SecretUnreadable, SourceRefused and TargetFailed."""

    def __init__(self, store: SnapshotStore, secrets: Secrets, accounts: TargetAccounts) -> None:
        self._store, self._secrets, self._accounts = store, secrets, accounts

    def __call__(self, job: Job) -> TargetPublisher:
        if isinstance(job.target, OctodnsTarget):
            return self._octodns(job, job.target)
        return self._route53(job, job.target)

    def _route53(self, job: Job, target: Route53Target) -> TargetPublisher:
        account = self._accounts(target.integration, job.mesh)

        def why_not(hosted_zone_id: str) -> str:
            return why_not_written(job.mesh, job.members, job.member, hosted_zone_id)

        return Route53Publisher(job.name, target, job.member, self._store, account, why_not)

    def _octodns(self, job: Job, target: OctodnsTarget) -> TargetPublisher:
        secrets = {name: self._secrets.read(ref) for name, ref in target.secrets.items()}
        return OctodnsPublisher(job.name, target, self._store, secrets)
