"""What the deployed stack made, as its outputs tell it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from zonemesh import deployment
from zonemesh.errors import NotDeployed


@dataclass(frozen=True, slots=True)
class HubDeployment:
    """What one hub has of AWS: the table, its queue, and the role that it acts under (an ARN)."""

    hub: str
    table: str
    queue_url: str
    role_arn: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the hub must be told."""
        return {
            deployment.HUB: self.hub,
            deployment.TABLE: self.table,
            deployment.HUB_QUEUE_URL: self.queue_url,
        }


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack: its table, topics (ARNs), sweep (a function's name), and its hubs by name."""

    stack: str
    table: str
    topic_arn: str
    sweep_function: str
    alarm_topic_arn: str
    hubs: Mapping[str, HubDeployment]

    @classmethod
    def from_outputs(cls, stack: str, outputs: Mapping[str, str]) -> Self:
        """Read the outputs by their keys; raises NotDeployed for those of another stack."""
        try:
            hubs = [
                _hub(json.loads(value))
                for key, value in outputs.items()
                if key.startswith(deployment.HUB_OUTPUT_PREFIX)
            ]
            return cls(
                stack,
                outputs[deployment.TABLE_OUTPUT],
                outputs[deployment.TOPIC_OUTPUT],
                outputs[deployment.SWEEP_OUTPUT],
                outputs[deployment.ALARMS_OUTPUT],
                {hub.hub: hub for hub in sorted(hubs, key=lambda hub: hub.hub)},
            )
        except (KeyError, TypeError, ValueError):
            raise NotDeployed(
                f"the outputs of stack `{stack}` are not those of this zonemesh; "
                "`scripts/cdk deploy` brings it up to date, `--stack` names another"
            ) from None

    def hub(self, name: str) -> HubDeployment:
        """Give what a hub has; raises NotDeployed, listing the hubs that there are."""
        if name not in self.hubs:
            known = ", ".join(self.hubs) or "none"
            raise NotDeployed(
                f"stack `{self.stack}` has no hub `{name}` (there are: {known}); "
                "`scripts/cdk deploy` makes one that is new in mesh.yaml"
            )
        return self.hubs[name]


class Deployment(Protocol):
    """Where it is to be learnt what the stack made."""

    def deployed(self) -> Deployed:
        """Read it; raises NotDeployed, or StoreUnavailable where AWS refuses or does not answer."""


def _hub(output: Mapping[str, Any]) -> HubDeployment:
    return HubDeployment(
        str(output[deployment.HUB_OUTPUT_NAME]),
        str(output[deployment.TABLE]),
        str(output[deployment.HUB_QUEUE_URL]),
        str(output[deployment.HUB_OUTPUT_ROLE]),
    )
