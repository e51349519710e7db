"""The records of a chain with their places in its data: what the rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qualitychain.model.records.handoff import Handoff
from qualitychain.model.records.nodes import Customer, Department, Supplier
from qualitychain.model.records.project import Project
from qualitychain.model.records.requirement import Requirement
from qualitychain.model.rules.places import Place, places
from qualitychain.model.values.durations import Clock


@dataclass(frozen=True)
class Parts:
    """The records of a chain with their places; ``lost`` names nodes that are there but could not be read.

    ``nameless``: the name of some such node could not be read either. ``all_nodes``, ``all_handoffs``,
    ``all_projects``: none is missing. ``lost_projects``: names of projects that could not be read, None where not even
    all names could. ``clock_known``: time unit and calendar could be read; if not, ``clock`` is a lenient one.
    """

    suppliers: list[tuple[int, Supplier]]
    departments: list[tuple[int, Department]]
    customers: list[tuple[int, Customer]]
    handoffs: list[tuple[int, Handoff]]
    requirements: list[tuple[int, Requirement]]
    projects: list[tuple[int, Project]]
    lost: frozenset[str] = frozenset()
    nameless: bool = False
    all_nodes: bool = True
    all_handoffs: bool = True
    all_projects: bool = True
    lost_projects: frozenset[str] | None = frozenset()
    clock: Clock = Clock()  # noqa: RUF009  it is immutable
    clock_known: bool = True

    @property
    def complete(self) -> bool:
        """Whether every node and handoff could be read."""
        return self.all_nodes and self.all_handoffs

    def nodes(self) -> Iterator[tuple[str, int, Any]]:
        """Every node with the list it stands in and its place there."""
        for key, records in (
            ("suppliers", self.suppliers),
            ("departments", self.departments),
            ("customers", self.customers),
        ):
            for index, node in records:
                yield key, index, node

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Name of each node -> supplier, department or customer."""
        return {node.name: key[:-1] for key, _, node in self.nodes()}

    @cached_property
    def times(self) -> list[Place]:
        """Every length of time above zero, with its place."""
        return list(places(vars(self)))

    @cached_property
    def flow_by_supplier(self) -> dict[str, list[tuple[int, Handoff]]]:
        """Flow handoffs of each supplier."""
        groups: dict[str, list[tuple[int, Handoff]]] = defaultdict(list)
        for index, handoff in self.handoffs:
            if not handoff.pulled:
                groups[handoff.supplier].append((index, handoff))
        return groups

    @cached_property
    def pulled_groups(self) -> dict[tuple[str, str | None, int], list[tuple[int, Handoff]]]:
        """Pulled handoffs of each (customer, item); one without an item is a need of its own."""
        groups: dict[tuple[str, str | None, int], list[tuple[int, Handoff]]] = defaultdict(list)
        for index, handoff in self.handoffs:
            if handoff.pulled:
                alone = -1 if handoff.item is not None else index
                groups[handoff.customer, handoff.item, alone].append((index, handoff))
        return groups
