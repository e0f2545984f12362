"""Pages as HTML. Everything that is put into a template is escaped: records hold anything."""

import json
import time
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from zonemesh.dashboard import links
from zonemesh.duration import duration

# `open` of details is the reader's own, and an answer that is no page of ours replaces none.
HTMX = {
    "extensions": "sse",
    "includeIndicatorCSS": False,
    "morphIgnore": ["data-htmx-powered", "open"],
    "noSwap": [204, 304, 401, 403, "5xx"],
    "sse": {"reconnectMaxDelay": 4000},
}


def environment() -> Environment:
    """Make the environment of all templates."""
    made = Environment(
        loader=PackageLoader("zonemesh.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"ago": ago, "moment": moment, "code": code, "rrsets": rrsets}
    made.globals |= {
        "htmx_config": json.dumps(HTMX),
        "zone_url": links.zone_url,
        "hub_url": links.hub_url,
        "target_url": links.target_url,
        "secondary_url": links.secondary_url,
        "diff_path": links.diff_path,
        "diff_url": links.diff_url,
    }
    return made


def ago(at: float | None, never: str = "never") -> Markup:
    """Write how long ago something was; the page counts on by itself."""
    if at is None:
        return escape(never)
    text = f"{duration(max(0.0, time.time() - at))} ago"
    return _time(at, text, "data-ago")


def moment(at: float | None, never: str = "never") -> Markup:
    """Write when something was, in UTC."""
    if at is None:
        return escape(never)
    return _time(at, f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}", "data-moment")


def _time(at: float, text: str, name: str) -> Markup:
    iso = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    told = f"{iso[:10]} {iso[11:19]} UTC"
    return Markup('<time datetime="{}" title="{}" {}="{:.0f}">{}</time>').format(
        iso, told, Markup(name), at, text
    )


def code(text: str) -> Markup:
    """Write a sentence with what is between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one has no partner
        return escape(text)
    wrapped = (
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
    return Markup("").join(wrapped)


def rrsets(number: int) -> str:
    """Write a number of rrsets."""
    return "1 rrset" if number == 1 else f"{number} rrsets"
