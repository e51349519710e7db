"""Changes to a chain, by copy: set, scale, add, remove, re-route."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qualitychain.errors import ChainError, ChainWarning, Fault
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.project_following import projects_after
from qualitychain.model.records.changeable import TIME_FIELDS, changed_record, name_of
from qualitychain.model.records.handoff import Handoff
from qualitychain.model.records.nodes import Customer, Department, Supplier
from qualitychain.model.records.project import Project
from qualitychain.model.records.requirement import Requirement
from qualitychain.model.values.fields import echo
from qualitychain.model.values.scale import Scale
from qualitychain.near import did_you_mean

Node = Supplier | Department | Customer
_LISTS: dict[type[Any], str] = {
    Supplier: "suppliers",
    Department: "departments",
    Customer: "customers",
    Handoff: "handoffs",
}


def what_if(
    chain: Chain,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    add: Node | Handoff | Iterable[Node | Handoff] = (),
    remove: str | Iterable[str] = (),
    name: str | None = None,
) -> Chain:
    """A changed copy of a chain.

    Parameters
    ----------
    chain : Chain
        Stays as it is.
    changes : mapping of names to mappings of fields to values
        For each handoff, department, supplier or customer by name: fields to set. A value ``Scale(0.5)`` multiplies the
        present one; a mapping changes the named fields of a nested record (``{"inspection": {"detect": 0.95}}``), and
        None removes it. Setting one of defect_rate, sample, dpu, dpo replaces whichever stated the rate before, and
        scaling ``defect_rate`` scales the rate however it was stated. Setting ``supplier`` or ``customer`` of a handoff
        re-routes it; setting ``name`` of a node renames it in every handoff, requirement and project.
    add : record or iterable of records
        Suppliers, departments, customers and handoffs to add.
    remove : name or iterable of names
        Handoffs and nodes to remove. A node goes with its handoffs, and each with the requirements on it, the projects
        that change it, and those that require these.
    name : str, optional
        Name of the copy.

    Returns
    -------
    Chain

    Raises
    ------
    ChainError
        When a name or field is unknown (near misses are named), or the changed chain breaks a rule; shares are never
        adjusted silently, so removing one of two routes needs the other's share set in the same call.

    Warns
    -----
    ChainWarning
        When one of the chain's own projects no longer fits, for instance because it scales what was removed: it is left
        out.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("S")], customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "K", sample=qc.Sample(n=100, defects=4))])
    >>> better = what_if(chain, {"S -> K": {"defect_rate": qc.Scale(0.5)}})
    >>> better.handoffs[0].defect_rate, chain.handoffs[0].sample
    (0.02, Sample(n=100, defects=4))
    """
    data: dict[str, list[Any]] = {key: list(getattr(chain, key)) for key in _LISTS.values()}
    places = _places(data)
    faults: list[Fault] = []
    renamed: dict[str, str] = {}
    for target, fields in (changes or {}).items():
        place = places.get(target)
        if place is None:
            faults.append(_unknown(target, places))
            continue
        key, index = place
        try:
            new = changed_record(data[key][index], fields)
        except ChainError as error:
            faults.extend(dataclasses.replace(f, path=(target, *f.path)) for f in error.faults)
            continue
        data[key][index] = new
        if key != "handoffs" and new.name != target:
            renamed[target] = new.name
    gone = dict.fromkeys([remove] if isinstance(remove, str) else remove)
    faults.extend(_unknown(target, places) for target in gone if target not in places)
    if faults:
        raise ChainError(faults)
    nodes_gone = {t for t in gone if places[t][0] != "handoffs"}
    # by their ends after the change: a handoff re-routed away from a removed node stays
    ends = zip(chain.handoffs, data["handoffs"], strict=True)
    gone.update(dict.fromkeys(old.full_name for old, new in ends if {new.supplier, new.customer} & nodes_gone))
    data["handoffs"] = [_renamed(h, renamed) for h in data["handoffs"]]
    follows = renamed | {old: data["handoffs"][i].full_name for old, (key, i) in places.items() if key == "handoffs"}
    dropped = {places[t] for t in gone}
    for key, items in data.items():
        data[key] = [item for index, item in enumerate(items) if (key, index) not in dropped]
    extras: Iterable[Node | Handoff]
    extras = (add,) if isinstance(add, Supplier | Department | Customer | Handoff) else add
    for extra in extras:
        data[_list_of(extra)].append(extra)
    projects: Sequence[Project] = chain.projects
    if projects:
        projects, left = projects_after(chain, data, follows, gone)
        for fault in left:
            warnings.warn(ChainWarning(f"{fault.code} {fault.message}", fault), stacklevel=2)
    return dataclasses.replace(
        chain,
        name=chain.name if name is None else name,
        projects=projects,
        requirements=[_follow(r, follows) for r in chain.requirements if r.subject[1] not in gone],
        **data,  # type: ignore[arg-type]  # the lists are those of its fields
    )


def _places(data: Mapping[str, Sequence[Any]]) -> dict[str, tuple[str, int]]:
    return {name_of(item): (key, index) for key, items in data.items() for index, item in enumerate(items)}


def _unknown(target: object, places: Mapping[str, Any]) -> Fault:
    return Fault(
        "QC021", (), f"change: {echo(target)} is not a node or handoff of the chain{did_you_mean(target, places)}"
    )


def _list_of(item: object) -> str:
    for kind, key in _LISTS.items():
        if isinstance(item, kind):
            return key
    raise ChainError(
        [Fault("QC010", (), f"add takes suppliers, departments, customers and handoffs, got {echo(item)}")]
    )


def _renamed(handoff: Handoff, renamed: Mapping[str, str]) -> Handoff:
    new: dict[str, Any] = {
        field: renamed[getattr(handoff, field)]
        for field in ("supplier", "customer")
        if getattr(handoff, field) in renamed
    }
    check = handoff.inspection
    if check is not None and check.rework_to is not None and check.rework_to in renamed:
        new["inspection"] = dataclasses.replace(check, rework_to=renamed[check.rework_to])
    return dataclasses.replace(handoff, **new) if new else handoff


def _follow(requirement: Requirement, follows: Mapping[str, str]) -> Requirement:
    kind, subject = requirement.subject
    now = follows.get(subject, subject)
    return requirement if now == subject else dataclasses.replace(requirement, **{kind: now})  # type: ignore[arg-type]  # kind is a field


__all__ = ["TIME_FIELDS", "Node", "Scale", "what_if"]
