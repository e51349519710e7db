"""Reading a chain from a file, with every fault at its line and column."""

from __future__ import annotations

import dataclasses
import threading
import warnings
from collections.abc import Iterable

from qualitychain.errors import ChainError, ChainWarning, Fault, ModelFileError
from qualitychain.files.characters import unfit, without_mark
from qualitychain.files.content import Content, Path, Positions, UnreadableError
from qualitychain.files.json_nodes import read_json
from qualitychain.files.limits import Limits
from qualitychain.files.scalars import cut
from qualitychain.files.source import Readable, Source, open_source
from qualitychain.files.yaml_nodes import read_yaml
from qualitychain.model.chain.chain import Chain

__all__ = ["read_chain"]

NAMES = frozenset({"name", "supplier", "customer", "item", "rework_to", "handoff", "department", "kind", "measure"})
LISTS_OF_NAMES = frozenset({"group", "requires"})
"""Fields that hold names, where an unquoted number is refused however it is written."""

_RECORDING = threading.Lock()


def read_chain(
    source: Readable,
    *,
    format: str | None = None,  # noqa: A002  the usual word for it
    limits: Limits | None = None,
) -> Chain:
    """Read a chain from a YAML or JSON file.

    Nothing in the file can run code or lead to another file, and its size and depth are capped.

    Parameters
    ----------
    source : str, path-like, file object or "-"
        A path, an open file (text or binary), or ``"-"`` for standard input.
    format : {"yaml", "json"}, optional
        How to read it; by default by the suffix of its name (``.json``, ``.yaml``, ``.yml``), otherwise as
        YAML.
    limits : Limits, optional
        Caps on size, depth and elements, to be raised for trusted large files.

    Returns
    -------
    Chain

    Raises
    ------
    ModelFileError
        With everything that is wrong, each fault as ``file:line:column: code message``.

    Warns
    -----
    ChainWarning
        When a value is probably not what was meant, for instance a number that rounds to zero.

    Examples
    --------
    >>> import io
    >>> chain = read_chain(io.StringIO('''
    ... name: Two steps
    ... suppliers: [{name: Farm, rate: 2}]
    ... customers: [{name: Town}]
    ... handoffs:
    ...   - {supplier: Farm, customer: Town, defect_rate: 0.1}
    ... '''))
    >>> chain.handoffs[0].defect_rate
    0.1
    """
    caps = limits if limits is not None else Limits()
    opened = open_source(source, format, caps)
    content = parse(opened, caps)
    faults = [*content.faults, *_numbers_as_names(content)]
    settled = content.settled | {fault.path for fault in faults if fault.code == "QC018"}
    chain: Chain | None = None
    told: list[Fault] = []
    try:
        chain, told = _build(content.data)
    except ChainError as error:
        found = [fault for fault in error.faults if not _below(fault.path, settled)]
        faults.extend(_placed(found, content))
    if faults or chain is None:
        raise ModelFileError(sorted(faults, key=_in_file_order), opened.name)
    for caution in sorted([*content.cautions, *_placed(told, content)], key=_in_file_order):
        warnings.warn(ChainWarning(caution.at(opened.name)), stacklevel=2)
    return chain


def parse(source: Source, limits: Limits) -> Content:
    """The plain data of an opened file.

    Raises
    ------
    ModelFileError
        When the file as such cannot be read; faults that leave the data readable are in the result.
    """
    fault = unfit(source.data)
    if fault is not None:
        raise ModelFileError([fault], source.name)
    data = without_mark(source.data)
    try:
        if source.format == "json":
            return read_json(data, limits, source.reason)
        content = read_yaml(data, limits)
    except UnreadableError as stop:
        raise ModelFileError([stop.fault], source.name) from None
    if content.data is None:
        faults = [_as_yaml(f, source) for f in content.faults]
        raise ModelFileError(sorted(faults, key=_in_file_order), source.name)
    return content


def _as_yaml(fault: Fault, source: Source) -> Fault:
    if fault.code != "QC004" or source.data.lstrip()[:1] not in (b"{", b"["):
        return fault
    return dataclasses.replace(fault, message=f"{fault.message} (read as YAML {source.reason})")


def _build(data: object) -> tuple[Chain, list[Fault]]:
    """The chain, and its warnings as faults, so that they can be given their place in the file."""
    # catching warnings changes a state that all threads share
    with _RECORDING, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        chain = Chain.from_dict(data)  # type: ignore[arg-type]  # it says itself what is no mapping
    told: list[Fault] = []
    for entry in caught:
        fault = getattr(entry.message, "fault", None)
        if isinstance(fault, Fault):
            told.append(fault)
        else:
            warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)
    return chain, told


def _numbers_as_names(content: Content) -> list[Fault]:
    return [
        Fault(
            "QC018",
            path,
            f'{field} is a number ({cut(text)}) where a name is due; write it in quotes: "{cut(text)}"',
            *place,
        )
        for path, text, place in content.ambiguous
        if (field := _name_field(path))
    ]


def _name_field(path: Path) -> str:
    """The field that a path leads to (or into the list of), when that holds a name."""
    last: str | int = path[-1] if path else ""
    listed = isinstance(last, int) and len(path) > 1
    field = path[-2] if listed else last
    return field if isinstance(field, str) and (field in LISTS_OF_NAMES or (field in NAMES and not listed)) else ""


def _below(path: Path, settled: set[Path]) -> bool:
    return bool(settled) and any(path[:length] in settled for length in range(len(path) + 1))


def _placed(faults: Iterable[Fault], content: Content) -> list[Fault]:
    """The faults with line and column: of the key for an unknown key or target, otherwise of the value."""
    wanted = list(faults)
    if not wanted:
        return []
    positions = content.find({fault.path for fault in wanted})
    return [_with_place(fault, positions) for fault in wanted]


def _with_place(fault: Fault, positions: Positions) -> Fault:
    at_key = (fault.path, True)
    if at_key in positions and (fault.code == "QC015" or _names_a_target(fault.path)):
        line, column = positions[at_key]
        return dataclasses.replace(fault, line=line, column=column)
    for length in range(len(fault.path), -1, -1):
        place = positions.get((fault.path[:length], False))
        if place is not None:
            return dataclasses.replace(fault, line=place[0], column=place[1])
    return dataclasses.replace(fault, line=1, column=1)


def _names_a_target(path: Path) -> bool:
    """Whether a path ends at what a project changes: its name is the key."""
    return len(path) == 4 and path[0] == "projects" and path[2] == "changes"


def _in_file_order(fault: Fault) -> tuple[int, int, str]:
    return fault.line or 1, fault.column or 1, fault.code
