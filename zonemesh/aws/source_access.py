"""An integration's Route 53: under whose credentials its zones are read and written."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from zonemesh.aws.backoff import Pace
from zonemesh.aws.failures import source_calls
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.route53_writer import Route53Account, Route53Writer
from zonemesh.aws.sessions import Clients, assumed
from zonemesh.errors import SourceRefused
from zonemesh.mesh.definition import Mesh


@dataclass(frozen=True)
class SourceAccess:
    """An integration's Route 53: `clients` under credentials that may write there.

    Listings keep to `pace`; without one somebody is waiting, and nothing slows them down.
    """

    clients: Clients
    integration: str
    pace: Pace | None = None

    @cached_property
    def _route53(self) -> Any:
        return self.clients.late("route53")

    @cached_property
    def account(self) -> Route53Account:
        return Route53Account(self._route53, f"integration {self.integration}")

    def source(self, hosted_zone_id: str, apex: str) -> Route53Source:
        """Give a hosted zone to read."""
        return Route53Source(self._route53, hosted_zone_id, apex, pace=self.pace)

    def writer(self, hosted_zone_id: str, apex: str) -> Route53Writer:
        return Route53Writer(self._route53, hosted_zone_id, apex)


def source_access(
    ambient: Clients, mesh: Mesh, integration: str, profile: str | None
) -> SourceAccess:
    """Give access to an integration's Route 53.

    Under a profile of the AWS configuration where one is named, else under the integration's role,
    else with the operator's own credentials. Raises SourceRefused.
    """
    declared = mesh.integrations.get(integration)
    if declared is None:
        known = ", ".join(mesh.integrations) or "none yet"
        raise SourceRefused(f"the mesh has no integration `{integration}`; known: {known}")
    if profile is not None:
        with source_calls(f"integration {integration}, profile {profile}"):
            return SourceAccess(Clients(boto3.Session(profile_name=profile)), integration)
    if declared.role_arn is None:
        return SourceAccess(ambient, integration)
    role = assumed(ambient, declared.role_arn, declared.external_id)
    return SourceAccess(role, integration)
