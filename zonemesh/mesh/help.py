"""What each setting of mesh.yaml means, in a line: editors show it beside the setting.

Settings are told by the type that has them, and else by `ANYWHERE`.
"""

ANYWHERE = {
    "hubs": "The hubs that serve it, by name; `*` is all of them.",
    "targets": "The targets that it is published to besides, by name.",
    "group": "What the catalog zone says of it (RFC 9432 4.4.1).",
    "policy": "How it is served; what is left out is as `defaults` say, else the default.",
    "integration": "The integration whose account holds it, by name.",
    "private": "Private hosted zones, which are served by hubs that are named only.",
    "view": "Tells zones of one name apart; part of the zone's key.",
    "hosted_zone_id": "Which hosted zone is meant where several bear the name.",
    "port": "UDP and TCP port.",
    "tsig_key": "The key that signs, by name, or `none` for transfers without a signature.",
    "hub": "The hub that publishes it, by name.",
    "mode": "`sync`: what the source has and nothing else; `upsert-only`: nothing is deleted.",
    "drift": "What others change there is undone (`repair`) or only shown (`report`).",
    "ignore": "Rrsets that other tools own there: a pattern, and types, as in `_acme* TXT`.",
    "retries": "How often a push that failed is tried again before the next schedule.",
    "guard": "What waits for somebody, as it is more likely a mistake than meant.",
    "removed": "More than so many percent of the rrsets removed are held.",
    "changed": "More than so many percent of the rrsets removed or changed are held.",
    "from_rrsets": "Percentages count from so many rrsets on.",
}

BY_TYPE = {
    "Mesh": {
        "integrations": "The AWS accounts whose hosted zones are sources or targets, by name.",
        "defaults": "What every entry of `zones` starts from; its own settings count more.",
        "zones": "The zones: listed by name, discovered by pattern, or pulled from primaries.",
        "hubs": "The containers that serve zones, by name; `cdk deploy` makes what each needs.",
        "primaries": "The servers that hubs transfer zones from, by name.",
        "targets": "Other providers that zones are published to, by name.",
        "secondaries": "The servers that transfer zones from hubs, by name. Nobody else may.",
        "catalog": "The catalog zone (RFC 9432), which tells secondaries which zones there are.",
        "tsig_keys": "The keys of transfers, named as both ends of a transfer spell them.",
        "history": "How long snapshots are kept.",
        "alerts": "When people are told that something is amiss.",
    },
    "Integration": {
        "role_arn": "The role to be assumed; without it the account that zonemesh is deployed to.",
        "external_id": "What the role's trust policy asks for.",
        "requests_per_second": "The share of the account's Route 53 API rate for full listings.",
        "resolver": "Asked for what aliases point at, instead of Route 53's name servers.",
    },
    "ResolverAddress": {"address": "The IP address of a recursive resolver."},
    "Defaults": {
        "hubs": "The hubs that serve zones whose entries name none; all, where this is left out.",
        "targets": "The targets of zones whose entries name none.",
        "group": "The catalog's group of zones whose entries have none.",
        "policy": "How zones are served where their entries do not say otherwise.",
    },
    "ListedZone": {"name": "The zone's name, like `example.com`."},
    "DiscoveredZones": {
        "tags": "Tags that they must have besides, all of them; each value is a pattern.",
        "discover": "A shell-style pattern of names: `*` spans dots, `?` is one character.",
        "integration": "The integration whose account is looked through, by name.",
    },
    "PulledZone": {
        "name": "The zone's name, like `example.com`.",
        "primaries": "The servers that it is transferred from, by name.",
        "pulled_by": "The hub that transfers it and records it for all.",
        "accept_serial": "A primary may go back to this serial, which it has now.",
    },
    "Hub": {"secondaries": "Who may transfer from it and is sent NOTIFY by it, by name."},
    "Primary": {"address": "The IP address that is asked for SOA and transfers."},
    "Secondary": {
        "address": "The IP address that is sent NOTIFY and may transfer; without it: it polls.",
        "port": "The port that NOTIFY is sent to.",
        "transfer_from": "Networks that it transfers from besides.",
    },
    "Catalog": {
        "name": "The catalog zone's own name.",
        "hubs": "The hubs that serve the catalog, by name; `*` is all of them.",
    },
    "TsigKey": {
        "algorithm": "The key's algorithm.",
        "secret": "Where the secret (base64) is: `env:NAME`, `file:/path`, `secretsmanager:ARN`.",
    },
    "History": {
        "keep_all_days": "Days for which every snapshot is kept.",
        "keep_daily_days": "Days for which the last one of each day is kept then.",
        "syncs_days": "Days for which the syncs of hubs and targets are kept.",
    },
    "Alerts": {
        "hub_offline": "Seconds for which a hub is silent before somebody is told.",
        "hub_failing": "Seconds for which a hub, or a zone on it, has trouble before that.",
        "propagation": "Seconds for which a hub or target has not got a change before that.",
        "secondary_behind": "Seconds for which a secondary lacks what its hub serves before that.",
        "target_failing": "Seconds for which publishing to a target fails before that.",
        "pulling_failing": "Seconds for which a zone is not transferred before that.",
        "not_verified": "Seconds for which a zone was not compared with its source before that.",
        "failover_lost": "Seconds for which a zone would not survive its source before that.",
        "resolve_after": "Seconds for which all is well before that is told.",
        "runbook": "What messages point to: a path, or an address.",
    },
    "Route53Target": {
        "type": "Route 53, in an integration's account.",
        "integration": "The integration in whose account the copies are, by name.",
        "hosted_zone_id": "The one hosted zone of the target; else they are found by name.",
        "apex_ns": "Write the NS records at the apex too.",
        "health_checks": "Health check ids of the source's account: ids of the target's.",
    },
    "OctodnsTarget": {
        "type": "Any provider that octoDNS has a class for.",
        "provider": "The provider's class, like `octodns_cloudflare.CloudflareProvider`.",
        "settings": "The arguments of the class.",
        "secrets": "Arguments that are secret: `env:NAME`, `file:/path`, `secretsmanager:ARN`.",
        "apex_ns": "Write the NS records at the apex too where the provider has its own.",
    },
    "Policy": {
        "soa": "SOA timers in seconds, or `source` for the source's own.",
        "apex_ns": "Which NS stand at the apex: `source`, or with `name_servers`.",
        "name_servers": "The names that `replace` puts at the apex and `union` adds.",
        "serial": "How serials are minted.",
        "aliases": "How Route 53's aliases out of the zone are served.",
        "routing": "Which members of Route 53's routed sets are served.",
        "dnssec": "What becomes of a zone that is signed at its source, with a DS at its parent.",
    },
    "SoaTimers": {
        "refresh": "Seconds after which secondaries ask, should every NOTIFY be lost.",
        "retry": "Seconds after which they ask again where nobody answered.",
        "expire": "Seconds of answers without any hub.",
    },
    "Serial": {
        "strategy": "Seconds since 1970, YYYYMMDDnn, or one more than before.",
        "floor": "A serial that secondaries may hold already; all are above it.",
    },
    "Aliases": {
        "external": "How aliases out of the zone are served.",
        "targets": "A word for single classes of what aliases point at.",
        "min_ttl": "Seconds: the least TTL of what was resolved.",
        "max_ttl": "Seconds: the greatest TTL of what was resolved.",
        "forget_after": "Seconds after which an address that is no longer seen is dropped.",
        "pause": "Seconds between two serials that resolved aliases cause.",
    },
    "Routing": {
        "weighted": "Members of weighted sets.",
        "multivalue": "Members of multivalue sets.",
        "failover": "Member of failover pairs.",
        "latency": "Member of latency sets.",
        "geolocation": "Member of geolocation sets.",
        "geoproximity": "Member of geoproximity sets.",
        "cidr": "Member of sets by IP ranges.",
        "preferred_region": "The AWS Region of latency and geoproximity sets that is served.",
        "max_values": "Records of a merged rrset; BIND refuses more than 100, as it comes.",
    },
    "Guard": {
        "within": "Seconds within which changes are counted together.",
        "apex_ns": "Hold a change of the name servers at the apex.",
        "unresolved": "More than so many percent of the aliases without an address are held.",
    },
}


def setting_help(kind: str, setting: str) -> str | None:
    """Say what a setting of a type means; None where nothing is written of it."""
    return BY_TYPE.get(kind, {}).get(setting, ANYWHERE.get(setting))
