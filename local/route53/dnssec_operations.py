"""DNSSEC signing: key-signing keys and whether a zone is signed.

The keys are real P-256 public keys, so DNSKEY, DS and key tag agree; nothing is signed with them.
"""

from __future__ import annotations

import base64
import re

import dns.dnssec
import dns.rdtypes.ANY.DNSKEY
from cryptography.hazmat.primitives.asymmetric import ec

from .account import Call, HostedZone, Json
from .changes import change_zone
from .errors import Route53Error
from .zone_views import location

MAX_KEYS = 2  # a zone
KEY_SIGNING_FLAG = 257  # RFC 4034 2.1.1: zone key and secure entry point
ALGORITHM = 13  # ECDSAP256SHA256, the only one of Route 53
KMS_ARN = re.compile(r"arn:aws[\w-]*:kms:us-east-1:\d{12}:key/[\w-]+")  # AWS: us-east-1 only
NAME = re.compile(r"[A-Za-z0-9_]{3,128}")
STATUSES = frozenset({"ACTIVE", "INACTIVE"})


def get_dnssec(call: Call, params: Json) -> Json:
    """GetDNSSEC."""
    zone = call.account.zone(params["HostedZoneId"])
    if zone.private:
        raise Route53Error("InvalidArgument", f"{zone.id} is private; DNSSEC is for public zones")
    return {
        "Status": {"ServeSignature": "SIGNING" if zone.signing else "NOT_SIGNING"},
        "KeySigningKeys": list(zone.keys.values()),
    }


def enable_dnssec(call: Call, params: Json) -> Json:
    """EnableHostedZoneDNSSEC: needs an active key."""
    zone = call.account.zone(params["HostedZoneId"])
    if not any(key["Status"] == "ACTIVE" for key in zone.keys.values()):
        raise Route53Error(
            "KeySigningKeyWithActiveStatusNotFound",
            f"Hosted zone {zone.id} has no key-signing key with status ACTIVE",
        )
    zone.signing = True
    return {"ChangeInfo": change_zone(call, zone)}


def disable_dnssec(call: Call, params: Json) -> Json:
    """DisableHostedZoneDNSSEC."""
    zone = call.account.zone(params["HostedZoneId"])
    if not zone.signing:
        raise Route53Error("DNSSECNotFound", f"Hosted zone {zone.id} does not have DNSSEC enabled")
    zone.signing = False
    return {"ChangeInfo": change_zone(call, zone)}


def create_key(call: Call, params: Json) -> Json:
    """CreateKeySigningKey."""
    zone, name = call.account.zone(params["HostedZoneId"]), params["Name"]
    arn, status = params["KeyManagementServiceArn"], params["Status"]
    if zone.private:
        raise Route53Error("InvalidArgument", f"{zone.id} is private; DNSSEC is for public zones")
    if not NAME.fullmatch(name):
        raise Route53Error("InvalidKeySigningKeyName", f"{name}: letters, digits and _ only")
    if not KMS_ARN.fullmatch(arn):
        raise Route53Error("InvalidKMSArn", f"{arn} is not the ARN of a KMS key in us-east-1")
    if status not in STATUSES:
        raise Route53Error("InvalidKeySigningKeyStatus", f"{status} is not ACTIVE or INACTIVE")
    if name in zone.keys:
        raise Route53Error("KeySigningKeyAlreadyExists", f"{zone.id} has a key {name} already")
    if len(zone.keys) >= MAX_KEYS:
        raise Route53Error("TooManyKeySigningKeys", f"{zone.id} has {MAX_KEYS} keys already")
    key = _new_key(call, zone, name, arn, status)
    zone.keys[name] = key
    return {
        "ChangeInfo": change_zone(call, zone),
        "KeySigningKey": key,
        "Location": location(f"keysigningkey/{zone.id}/{name}"),
    }


def _new_key(call: Call, zone: HostedZone, name: str, arn: str, status: str) -> Json:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    dnskey: dns.rdtypes.ANY.DNSKEY.DNSKEY = dns.dnssec.make_dnskey(
        public, ALGORITHM, flags=KEY_SIGNING_FLAG
    )
    ds = dns.dnssec.make_ds(zone.name, dnskey, "SHA256")
    public_key = base64.b64encode(dnskey.key).decode()
    digest = ds.digest.hex().upper()
    tag = dns.dnssec.key_id(dnskey)
    return {
        "Name": name,
        "KmsArn": arn,
        "Flag": KEY_SIGNING_FLAG,
        "SigningAlgorithmMnemonic": "ECDSAP256SHA256",
        "SigningAlgorithmType": ALGORITHM,
        "DigestAlgorithmMnemonic": "SHA-256",
        "DigestAlgorithmType": 2,
        "KeyTag": tag,
        "DigestValue": digest,
        "PublicKey": public_key,
        "DSRecord": f"{tag} {ALGORITHM} 2 {digest}",
        "DNSKEYRecord": f"{KEY_SIGNING_FLAG} 3 {ALGORITHM} {public_key}",
        "Status": status,
        "CreatedDate": call.now,
        "LastModifiedDate": call.now,
    }


def activate_key(call: Call, params: Json) -> Json:
    """ActivateKeySigningKey."""
    zone, key = _key(call, params)
    return _set_status(call, zone, key, "ACTIVE")


def deactivate_key(call: Call, params: Json) -> Json:
    """DeactivateKeySigningKey: a signed zone keeps one active key."""
    zone, key = _key(call, params)
    active = [other for other in zone.keys.values() if other["Status"] == "ACTIVE"]
    if zone.signing and active == [key]:
        raise Route53Error("KeySigningKeyInUse", f"{key['Name']} is the zone's only active key")
    return _set_status(call, zone, key, "INACTIVE")


def delete_key(call: Call, params: Json) -> Json:
    """DeleteKeySigningKey: it must be inactive."""
    zone, key = _key(call, params)
    if key["Status"] == "ACTIVE":
        raise Route53Error("InvalidKeySigningKeyStatus", f"{key['Name']} is ACTIVE; deactivate it")
    del zone.keys[key["Name"]]
    return {"ChangeInfo": change_zone(call, zone)}


def _key(call: Call, params: Json) -> tuple[HostedZone, Json]:
    zone = call.account.zone(params["HostedZoneId"])
    if params["Name"] not in zone.keys:
        raise Route53Error("NoSuchKeySigningKey", f"{zone.id} has no key {params['Name']}")
    return zone, zone.keys[params["Name"]]


def _set_status(call: Call, zone: HostedZone, key: Json, status: str) -> Json:
    key |= {"Status": status, "LastModifiedDate": call.now}
    return {"ChangeInfo": change_zone(call, zone)}
