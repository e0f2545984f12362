"""The places of geolocation routing: continents, countries, states of the United States."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# API reference, GeoLocation. Countries are ISO 3166-1 alpha-2, `*` is every other place.
CONTINENTS = frozenset({"AF", "AN", "AS", "EU", "OC", "NA", "SA"})
_COUNTRIES = """
* AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG
EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR
HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR
LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE
SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA
UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_STATES = """
AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM
NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY
"""
COUNTRIES, STATES = frozenset(_COUNTRIES.split()), frozenset(_STATES.split())


def place_problems(place: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a GeoLocation."""
    continent, country = place.get("ContinentCode"), place.get("CountryCode")
    subdivision = place.get("SubdivisionCode")
    if (continent is None) == (country is None):
        yield "Expected exactly one of [ContinentCode, CountryCode] of GeoLocation"
    if continent is not None and continent not in CONTINENTS:
        yield f"ContinentCode {continent} of GeoLocation is not one of {sorted(CONTINENTS)}"
    if country is not None and country not in COUNTRIES:
        yield f"CountryCode {country} of GeoLocation is not a code of ISO 3166-1"
    if subdivision is not None and country is None:
        yield "Missing field 'CountryCode' beside SubdivisionCode of GeoLocation"
    elif subdivision is not None and (country != "US" or subdivision not in STATES):
        yield f"SubdivisionCode {subdivision} of GeoLocation is not a state of the United States"
