"""A source's names in memory, to translate from, and rrsets as Route 53 writes them."""

import dns.name

from zonemesh.mesh_zone import MeshZone
from zonemesh.names import canonical_text, parse_name
from zonemesh.policy import Policy
from zonemesh.route53.rrsets import owner_of
from zonemesh.translation.needs import questions
from zonemesh.translation.question import Answer
from zonemesh.translation.translator import Translator

APEX = "example.com."
ZONE_ID = "Z0EXAMPLE"
CLOUDFRONT_ID = "Z2FDTNDATAQYW2"
ELB = "dualstack.shop-1.eu-central-1.elb.amazonaws.com"


def rrset(name, rdtype, *values, ttl=300, **more):
    return {
        "Name": f"{name}.",
        "Type": rdtype,
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
        **more,
    }


def alias(name, target, rdtype="A", zone=ZONE_ID, health=False, **more):
    return {
        "Name": f"{name}.",
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": health},
        **more,
    }


def cloudfront(name, rdtype="A", target="d111.cloudfront.net", **more):
    return alias(name, target, rdtype, CLOUDFRONT_ID, **more)


def elb(name, rdtype="A", target=ELB, **more):
    return alias(name, target, rdtype, "Z215JYRZR1TBD5", **more)


def weighted(name, identifier, weight, *values, rdtype="A", **more):
    return rrset(name, rdtype, *values, SetIdentifier=identifier, Weight=weight, **more)


class SourceNames:
    """A lookup in dictionaries."""

    def __init__(self, rrsets, answers=()):
        self._rrsets = {}
        for each in rrsets:
            self._rrsets.setdefault(owner_of(each), []).append(each)
        self._names = set()
        for owner in self._rrsets:
            name = parse_name(owner)
            while name != dns.name.root:
                self._names.add(canonical_text(name))
                name = name.parent()
        self._answers = {}
        for answer in answers:
            of_owner = self._answers.setdefault(answer.owner, {})
            of_owner[answer.rdtype, answer.set_identifier] = answer

    def rrsets(self, owner):
        return self._rrsets.get(owner, [])

    def is_name(self, owner):
        return owner in self._names

    def answers(self, owner):
        return self._answers.get(owner, {})


class Source:
    """A zone as its source has it, the answers to its questions, and what is made of them.

    `told` gives the answers: from owner, type and set identifier to TTL and values; None where
    nobody answered. A test asks for what the translation says it needs, and for nothing else.
    """

    def __init__(self, *rrsets, told=None, asks_itself=True, **policy):
        self.zone = MeshZone("key", APEX, Policy.model_validate(policy), ZONE_ID, asks_itself)
        self._sets = rrsets
        self._told = told or {}
        self._plain = SourceNames(rrsets)
        answers = [self._answer(each) for name in self.owners for each in self.questions(name)]
        self.lookup = SourceNames(rrsets, [answer for answer in answers if answer])
        self.translator = Translator(self.zone, self.lookup)

    @property
    def owners(self):
        return sorted({owner_of(each) for each in self._sets})

    def questions(self, owner):
        return questions(self.zone, owner, self._plain.rrsets(owner))

    def _answer(self, asked):
        key = (asked.owner.removesuffix("."), asked.rdtype, asked.set_identifier)
        if key not in self._told:
            return None
        ttl, *values = self._told[key]
        return Answer(
            asked.owner, asked.rdtype, asked.set_identifier, asked.question, tuple(values), ttl
        )

    def translate(self, name):
        return self.translator.owner(f"{name}.")

    def served(self, name):
        """Master-file lines, without owner and class."""
        return [
            line.replace(" IN ", " ", 1).split(" ", 1)[1]
            for each in self.translate(name).rrsets
            if each.name.labels[0] != b"_zonemesh"
            for line in each.lines().splitlines()
        ]

    def report(self, name):
        """The lines of a name by set identifier, else by type."""
        lines = self.translate(name).report
        found = {line.set_identifier or line.rdtype: line for line in lines}
        assert len(found) == len(lines)
        return found

    def line(self, name):
        (line,) = self.translate(name).report
        return line
