"""What a control plane is not synthesized with: each raises SynthRefused, with what to write."""

from stacks.constructs.functions import RETENTION
from stacks.errors import SynthRefused
from stacks.settings import Settings
from zonemesh import deployment
from zonemesh.mesh.definition import Mesh


def refuse_other_regions(region: str | None) -> None:
    """Refuse a Region that Route 53's change events do not reach."""
    if region != deployment.EVENT_REGION:
        raise SynthRefused(
            f"the control plane cannot be deployed to {region or 'an unnamed region'}: Route 53's "
            f"change events reach EventBridge in {deployment.EVENT_REGION} only. Deploy it there "
            f"(the app does so when no region is given); hubs may run anywhere."
        )


def refuse_unknown_hubs(mesh: Mesh, settings: Settings) -> None:
    """Refuse principals for a hub that the mesh does not declare."""
    unknown = sorted(set(settings.hub_principals) - set(mesh.hubs))
    if unknown:
        raise SynthRefused(
            f"context hubPrincipals names {', '.join(unknown)}, but {settings.mesh} declares "
            f"{', '.join(sorted(mesh.hubs)) or 'no hub'}"
        )


def refuse_other_retention(settings: Settings) -> None:
    """Refuse a number of days that CloudWatch Logs does not know."""
    if settings.log_days not in RETENTION:
        known = ", ".join(str(days) for days in RETENTION)
        raise SynthRefused(f"context logDays: {settings.log_days} is not one of {known}")
