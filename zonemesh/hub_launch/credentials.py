"""How a hub outside of AWS comes to its role, with as little as can be: files for the AWS SDK."""

import json
from dataclasses import dataclass
from enum import StrEnum

PROFILE = "hub"
_MACHINE = "machine"
INSIDE = "/aws"  # where a container sees the files

# Stands where an ARN is to be written; the AWS SDK takes none of it.
_ANCHOR, _ANYWHERE_PROFILE = "TRUST_ANCHOR_ARN", "ROLES_ANYWHERE_PROFILE_ARN"


class Kind(StrEnum):
    """Whose credentials take the hub's role."""

    ASSUME_ROLE = "assume-role"  # an IAM user's that may do nothing else
    ROLES_ANYWHERE = "roles-anywhere"  # a certificate's, without any lasting key
    ECS = "ecs"  # a task's, which has the role itself


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose credentials a hub takes its role (an ARN) with, and the host's folder with the files.

    `trust_anchor` and `profile` (ARNs) are those of Roles Anywhere, empty where not known yet.
    """

    kind: Kind
    hub: str
    role_arn: str
    region: str
    folder: str
    trust_anchor: str = ""
    profile: str = ""

    inside = INSIDE

    @property
    def directory(self) -> str:
        """The folder with the files; empty where there are none."""
        return "" if self.kind is Kind.ECS else self.folder

    @property
    def only_in_containers(self) -> bool:
        """Whether the process is in a container by all means: a task of ECS."""
        return self.kind is Kind.ECS

    def environment(self, *, inside: bool) -> dict[str, str]:
        """Give the variables of the AWS SDK.

        Both files are named: a source_profile is looked for in either, and HOME has neither.
        """
        if self.kind is Kind.ECS:
            return {"AWS_REGION": self.region}
        folder = INSIDE if inside else self.folder
        return {
            "AWS_CONFIG_FILE": f"{folder}/config",
            "AWS_SHARED_CREDENTIALS_FILE": f"{folder}/credentials",
            "AWS_PROFILE": PROFILE,
        }

    def config(self, *, inside: bool) -> str:
        """Give the text of `config`; empty where none is needed.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
        https://docs.aws.amazon.com/rolesanywhere/latest/userguide/credential-helper.html
        """
        if self.kind is Kind.ECS:
            return ""
        lines = [f"[profile {PROFILE}]", f"region = {self.region}"]
        if self.kind is Kind.ASSUME_ROLE:
            lines += [f"role_arn = {self.role_arn}", f"source_profile = {_MACHINE}"]
        else:
            lines.append(f"credential_process = {self._helper(INSIDE if inside else self.folder)}")
        return "\n".join(lines) + "\n"

    def _helper(self, folder: str) -> str:
        return (
            f"{folder}/aws_signing_helper credential-process"
            f" --certificate {folder}/hub.pem --private-key {folder}/hub.key"
            f" --trust-anchor-arn {self.trust_anchor or _ANCHOR}"
            f" --profile-arn {self.profile or _ANYWHERE_PROFILE} --role-arn {self.role_arn}"
        )

    def by_hand(self) -> list[str]:
        """Say what the operator puts into the folder besides, a line each."""
        if self.kind is Kind.ECS:
            return [f"The task's role is {self.role_arn}."]
        if self.kind is Kind.ASSUME_ROLE:
            return [
                f"{self.folder}/credentials has the keys of an IAM user that may do nothing but",
                f"sts:AssumeRole on {self.role_arn}:",
                f"    [{_MACHINE}]",
                "    aws_access_key_id = …",
                "    aws_secret_access_key = …",
            ]
        trusted = json.dumps({self.hub: self.trust_anchor or _ANCHOR})
        return [
            f"{self.folder} has hub.pem (the certificate), hub.key (its private key), AWS's",
            "aws_signing_helper for Linux, and an empty file credentials. The role trusts the",
            f"anchor after `scripts/cdk deploy -c hubPrincipals='{trusted}'`.",
        ]
