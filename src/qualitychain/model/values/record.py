"""How every record of the model is made: a frozen pydantic dataclass whose faults are ``ChainError``.

Contract for the next author: decorate with ``@record``; the first fields may be positional, the rest follow ``_:
KW_ONLY``; annotate fields with the kinds of :mod:`qualitychain.model.values.fields`; attribute docstrings become the
file schema and the documentation; rules over several fields go into ``__post_init__`` and raise ``refuse(...)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, ClassVar, Protocol, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from qualitychain.errors import ChainError, Fault
from qualitychain.model.values.fields import ECHO, echo
from qualitychain.near import SHOWN, did_you_mean

T = TypeVar("T")
# not use_attribute_docstrings: parsing the source of every record would cost each start more than reading a file does
_CONFIG = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Record(Protocol):
    """Anything made by ``@record``."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a class a frozen, validated record."""
    made = cast(Any, pydantic_dataclass(frozen=True, config=_CONFIG)(cls))
    validating = made.__init__

    @wraps(validating)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  it becomes the class's own
        try:
            validating(self, *args, **kwargs)
        except ValidationError as error:
            given = {**dict(zip(_positional(made), args, strict=False)), **kwargs}
            # a chain explains its faults itself: record by record, and with those of its structure
            explain = getattr(made, "_explain", None) or (lambda e, g: faults_of(e, made, g))
            raise ChainError(explain(error, given)) from None

    made.__init__ = __init__
    return cast(type[T], made)


def field_names(kind: Any) -> list[str]:
    """Names of a record's fields, in file order."""
    return [f.name for f in dataclasses.fields(kind)]


def _positional(kind: Any) -> list[str]:
    return [f.name for f in dataclasses.fields(kind) if not f.kw_only]


@lru_cache(maxsize=64)
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The validator of a record class, made once."""
    return TypeAdapter(kind)


def build(kind: Any, value: object, path: tuple[str | int, ...] = ()) -> Any:
    """A record from a mapping (or the record itself), with faults placed below ``path``."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise ChainError([_not_a_mapping(kind, value, path)])
    try:
        return adapter(kind).validate_python(dict(value))
    except ValidationError as error:
        raise ChainError(faults_of(error, kind, value, path)) from None


def _not_a_mapping(kind: Any, value: object, path: tuple[str | int, ...]) -> Fault:
    return Fault("QC010", path, f"must be a mapping with the fields of {kind.__name__}, got {echo(value)}")


def nested(kind: Any) -> Callable[[object], Any]:
    """A check for a field that holds another record, or a mapping for it."""
    return lambda value: None if value is None else build(kind, value)


def faults_of(
    error: ValidationError, kind: Any, given: Mapping[str, Any], path: tuple[str | int, ...] = ()
) -> list[Fault]:
    """The faults in a pydantic error, in the words of this library, placed below ``path``."""
    details = error.errors(include_url=False, include_input=False)
    prefix = label(kind, given)
    # near misses are looked for only where they may be read
    return [
        _below(f, path, prefix)
        for place, detail in enumerate(details)
        for f in translate(detail, kind, given, near=place < SHOWN)
    ]


def labelled(detail: Any, kind: Any, value: object, path: tuple[str | int, ...], *, near: bool) -> list[Fault]:
    """Faults of a record in a list, from one entry of the pydantic error of what holds the list.

    Without ``near`` no near misses are looked for, which is what takes time when there are very many faults.
    """
    if not isinstance(value, Mapping):
        return [_not_a_mapping(kind, value, path)]
    inner = {**detail, "loc": detail["loc"][len(path) :]}
    prefix = label(kind, value)
    return [_below(f, path, prefix) for f in translate(inner, kind, value, near=near)]


def _below(fault: Fault, path: tuple[str | int, ...], prefix: str) -> Fault:
    return Fault(fault.code, path + fault.path, prefix + fault.message, fault.line, fault.column)


def translate(detail: Any, kind: Any, given: Mapping[str, Any], *, near: bool = True) -> list[Fault]:
    """One entry of a pydantic error as faults, not yet labelled with the record's name."""
    what, cause, location = detail["type"], detail.get("ctx", {}).get("error"), tuple(detail["loc"])
    if what == "invalid_key":
        return [Fault("QC015", location[:-1], f"the key {echo(location[-1])} is not a text; field names are")]
    if what == "unexpected_positional_argument":
        return _surplus(location[0], kind)
    if location and isinstance(location[0], int):
        location = (field_names(kind)[location[0]], *location[1:])
    field = ".".join(str(p) for p in location)
    if isinstance(cause, ChainError):
        return [dataclasses.replace(f, path=location + f.path, message=_joined(field, f)) for f in cause.faults]
    if what in ("missing", "missing_argument"):
        return [Fault("QC016", location[:-1], f"{field} is missing")]
    if what == "unexpected_keyword_argument":
        names = [n for n in field_names(kind) if n not in given] if near else ()
        return [Fault("QC015", location, f"{_shown(field)} is unknown{did_you_mean(field, names)}")]
    return [Fault("QC010", location, f"{field}: {detail['msg']}" if field else str(detail["msg"]))]


def _surplus(place: int, kind: Any) -> list[Fault]:
    first = _positional(kind)
    if place != len(first):
        return []  # told once, at the first one too many
    by_name = next(n for n in field_names(kind) if n not in first)
    message = f"only {' and '.join(first)} may be given by position; write the rest by name, for instance {by_name}=..."
    return [Fault("QC015", (), message)]


def _joined(field: str, fault: Fault) -> str:
    if not field:
        return fault.message
    if fault.message[:1] == "[":
        return f"{field}{fault.message}"
    # a fault from a nested record may already name its own field
    named = fault.code == "QC016" or any(isinstance(p, str) and fault.message.startswith(p) for p in fault.path)
    return f"{field}.{fault.message}" if named else f"{field} {fault.message}"


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return echo(value)
    text = "".join(c if c.isprintable() else "?" for c in value[: ECHO + 1])
    return text if len(text) <= ECHO else text[: ECHO - 1] + "..."


def label(kind: Any, given: Mapping[str, Any]) -> str:
    """How messages name a record: ``handoff 'A -> B': ``."""
    title = getattr(kind, "_title", "")
    if not title:
        return ""
    own = given.get("name")
    if isinstance(own, str):
        return f"{title} '{_shown(own)}': "
    supplier, customer = given.get("supplier"), given.get("customer")
    if title == "handoff" and (isinstance(supplier, str) or isinstance(customer, str)):
        item = given.get("item")
        tail = f": {_shown(item)}" if isinstance(item, str) else ""
        return f"{title} '{_shown(supplier)} -> {_shown(customer)}{tail}': "
    return f"{title}: "


def plain(value: Any) -> Any:
    """A record as JSON-safe data: fields in order, without those at their default (unless it is written whole)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(written := getattr(value, "written", None), str):
            return written
        result: dict[str, Any] = {}
        whole = getattr(value, "_written_whole", False)
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if item is not None and (whole or not _at_default(field, item)):
                result[field.name] = plain(item)
        # a record that is one of several kinds says which: {gamma: {mean: 3}}
        return {type(value).__name__.lower(): result} if getattr(value, "_named_by_kind", False) else result
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    return value


def _at_default(field: dataclasses.Field[Any], item: Any) -> bool:
    # equal but of another kind (0 and False) is not the default
    return (
        field.default is not dataclasses.MISSING and type(field.default) is type(item) and bool(field.default == item)
    )
