"""A CloudFormation template, asked by meaning rather than by logical id."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


def listed(value: Any) -> list[Any]:
    """A member that CloudFormation allows to be one or many."""
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Resource:
    """One resource; equal by its logical id."""

    id: str
    kind: str = field(compare=False)
    properties: dict[str, Any] = field(compare=False, hash=False)
    policies: dict[str, str] = field(compare=False, hash=False)

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def get(self, name: str) -> Any:
        return self.properties.get(name)


class Template:
    """The resources of a template."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.resources = {
            id: Resource(
                id,
                resource["Type"],
                resource.get("Properties", {}),
                {name: resource[name] for name in resource if name.endswith("Policy")},
            )
            for id, resource in document["Resources"].items()
        }

    def all(self, kind: str) -> list[Resource]:
        found = [each for each in self.resources.values() if each.kind == f"AWS::{kind}"]
        assert found, f"the template has no AWS::{kind}"
        return found

    def one(self, kind: str, id_begins: str = "") -> Resource:
        (found,) = [each for each in self.all(kind) if each.id.startswith(id_begins)]
        return found

    def named(self, reference: Any) -> Resource:
        """The resource that a Ref or GetAtt is about."""
        id = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
        return self.resources[id]

    def queue(self, id_begins: str) -> Resource:
        return self.one("SQS::Queue", id_begins)

    def statements(self, role: Resource) -> Iterator[dict[str, Any]]:
        """What the policies of a role allow."""
        for policy in self.all("IAM::Policy"):
            if role in [self.named(each) for each in policy["Roles"]]:
                yield from policy["PolicyDocument"]["Statement"]

    def allowed(self, role: Resource) -> set[str]:
        """All actions that a role may do on something."""
        return {
            action for statement in self.statements(role) for action in listed(statement["Action"])
        }

    def function(self, name: str) -> Resource:
        (found,) = [
            each
            for each in self.all("Lambda::Function")
            if each["Handler"] == f"functions.{name}.lambda_handler"
        ]
        return found

    def role_of(self, function: str) -> Resource:
        return self.named(self.function(function)["Role"])

    def source_of(self, function: str) -> Resource:
        """The mapping that feeds a function."""
        (found,) = [
            each
            for each in self.all("Lambda::EventSourceMapping")
            if self.named(each["FunctionName"]) == self.function(function)
        ]
        return found

    def schedule_of(self, function: str) -> Resource:
        """The schedule that starts a function."""
        (found,) = [
            each
            for each in self.all("Scheduler::Schedule")
            if self.named(each["Target"]["Arn"]) == self.function(function)
        ]
        return found

    def hub_role(self, hub: str) -> Resource:
        (found,) = [
            each
            for each in self.all("IAM::Role")
            if each.get("Description") == f"zonemesh: hub {hub}"
        ]
        return found
