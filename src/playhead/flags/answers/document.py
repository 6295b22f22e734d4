"""What every JSON document of Unleash's has in common: how a flag is described, to clients and in an export."""

from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind")


class Constraint(msgspec.Struct, frozen=True, rename="camel"):
    context_name: str
    operator: str
    values: list[str] = []
    value: str = ""
    inverted: bool = False
    case_insensitive: bool = False


class Payload(msgspec.Struct, frozen=True):
    type: str
    value: str


class Variant(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    name: str
    weight: int
    weight_type: str = ""
    stickiness: str = ""
    payload: Payload | None = None
    overrides: list[dict[str, Any]] = []


class Parent(msgspec.Struct, frozen=True):
    """A flag that another one depends on."""

    feature: str
    enabled: bool = True
    variants: list[str] = []


def decode(text: bytes, kind: type[Kind]) -> Kind:
    """Decode JSON written by Unleash, which writes null for an absent field.

    Raises:
        msgspec.DecodeError: not JSON, or not of this type.
    """
    return msgspec.convert(_without_nulls(msgspec.json.decode(text)), kind)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value
