"""rest-xml in and out: HTTP requests → parameters, results → HTTP responses.

Both directions are driven by the service model, so that every member of it round-trips.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from .constraints import violations
from .errors import Route53Error, invalid_input
from .model import NAMESPACE, Shape, error_status, operation_model

Params = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]
QueryParams = Mapping[str, str | list[str]]

XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
INTEGERS = frozenset({"integer", "long"})
FLOATS = frozenset({"float", "double"})


def parse_params(
    operation: str, path_values: Mapping[str, str], query: QueryParams, body: bytes
) -> Params:
    """An operation's parameters, typed and within the model's constraints.

    Raises InvalidInput that lists all violations, as Route 53 does.
    """
    shape = operation_model(operation).input_shape
    if shape is None:
        return {}
    params = _located(shape, path_values, query)
    if shape.serialization.get("name"):
        params |= _structure(shape, _root(shape, body))
    found = violations(shape, params)
    if found:
        plural = "error" if len(found) == 1 else "errors"
        raise invalid_input(f"{len(found)} validation {plural} detected: {'; '.join(found)}")
    return params


def _located(shape: Shape, path_values: Mapping[str, str], query: QueryParams) -> Params:
    params: Params = {}
    for member, member_shape in shape.members.items():
        location = member_shape.serialization.get("location")
        name = member_shape.serialization.get("name", member)
        text = None
        if location == "uri":
            text = path_values.get(name)
        elif location == "querystring":
            values = query.get(name, "")
            text = (values[0] if values else "") if isinstance(values, list) else values
        if text:
            params[member] = _scalar(member_shape, text)
    return params


def _root(shape: Shape, body: bytes) -> Element:
    expected = shape.serialization["name"]
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeError) as error:
        raise invalid_input(f"Invalid XML ; {error}") from None
    if _tag(root) != expected:
        raise invalid_input(f"Invalid XML ; expected element '{expected}', found '{_tag(root)}'")
    return root


def _structure(shape: Shape, node: Element) -> Params:
    members = {
        member_shape.serialization.get("name", member): (member, member_shape)
        for member, member_shape in shape.members.items()
        if "location" not in member_shape.serialization
    }
    params: Params = {}
    for child in node:
        if _tag(child) not in members:
            raise invalid_input(
                f"Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting with "
                f"element '{_tag(child)}'. One of {sorted(members)} is expected."
            )
        member, member_shape = members[_tag(child)]
        params[member] = _value(member_shape, child)
    return params


def _value(shape: Shape, node: Element) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, node)
    if shape.type_name == "list":
        return [_value(shape.member, child) for child in node]
    return _scalar(shape, node.text or "")


def _scalar(shape: Shape, text: str) -> Any:
    try:
        if shape.type_name in INTEGERS:
            return int(text)
        if shape.type_name in FLOATS:
            return float(text)
        if shape.type_name == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}[text.strip()]
    except (ValueError, KeyError):
        raise invalid_input(
            f"Invalid XML ; cvc-datatype-valid.1.2.1: '{text}' is not a valid value for "
            f"'{shape.type_name}'."
        ) from None
    if shape.name == "ResourceId":  # "/hostedzone/Z1" and "Z1" name the same zone
        return text.rsplit("/", 1)[-1]
    return text


def _tag(node: Element) -> str:
    return node.tag.rsplit("}", 1)[-1]


def result_reply(operation: str, result: Params, request_id: str) -> Reply:
    """The HTTP response of a call that succeeded; `result` has the output shape's members."""
    model = operation_model(operation)
    shape = model.output_shape
    headers = _headers(request_id)
    for member, member_shape in shape.members.items():
        if member_shape.serialization.get("location") == "header" and member in result:
            headers[member_shape.serialization["name"]] = result[member]
    inner = "".join(_members(shape, result))
    body = f'{XML_HEADER}<{shape.name} xmlns="{NAMESPACE}">{inner}</{shape.name}>'
    return int(model.http.get("responseCode", 200)), headers, body.encode()


def _members(shape: Shape, value: Params) -> Iterator[str]:
    for member, member_shape in shape.members.items():
        located = "location" in member_shape.serialization
        if value.get(member) is not None and not located:
            name = member_shape.serialization.get("name", member)
            yield f"<{name}>{_text(member_shape, value[member])}</{name}>"


def _text(shape: Shape, value: Any) -> str:
    if shape.type_name == "structure":
        return "".join(_members(shape, value))
    if shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        return "".join(f"<{name}>{_text(shape.member, item)}</{name}>" for item in value)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        moment = datetime.fromtimestamp(value, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return escape(str(value))


def error_reply(error: Route53Error, request_id: str) -> Reply:
    """The HTTP response of a refused call.

    InvalidChangeBatch comes in the same envelope, with its messages as a bracketed list: that is
    what SDKs show. (The older <InvalidChangeBatch> root leaves botocore without an error code.)
    """
    status = error.status or error_status(error.code)
    sender = "Sender" if status < 500 else "Receiver"
    body = (
        f'{XML_HEADER}<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{sender}</Type>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return status, _headers(request_id), body.encode()


def _headers(request_id: str) -> dict[str, str]:
    return {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
