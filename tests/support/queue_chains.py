"""The chains on which waits and lead times are held against simulation, as data of chain files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Data = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A chain, and how long it is simulated: time units of one replication at scale 1."""

    key: str
    title: str
    chain: Data
    warm_up: float
    length: float
    exact_means: bool = False
    several: bool = False
    row: bool = False
    two_phases: bool = False

    @property
    def simulated(self) -> Data:
        """The data for the simulators, which also say of what kind the times between starts are."""
        suppliers = [given | {"two_phases": self.two_phases} for given in self.chain["suppliers"]]
        return self.chain | {"suppliers": suppliers}


def department(name: str, mean: float, scv: float = 1.0, servers: int = 1, **more: Any) -> Data:
    return {"name": name, "servers": servers, "cycle_time": {"mean": mean, "scv": scv}, **more}


def flow(giver: str, receiver: str, **more: Any) -> Data:
    return {"supplier": giver, "customer": receiver, "defect_rate": 0.0, **more}


def pulled(giver: str, receiver: str, per_unit: float, **more: Any) -> Data:
    return {"supplier": giver, "customer": receiver, "per_unit": per_unit, "defect_rate": 0.0, **more}


def redone(share: float, to: str | None = None) -> Data:
    """The fields of a handoff after which this share of the units is redone."""
    look: Data = {"detect": 1.0, "by": "supplier", "on_reject": "rework"}
    return {"defect_rate": share, "inspection": look | ({"rework_to": to} if to else {})}


def chain(rate: float, arrival_scv: float, departments: list[Data], handoffs: list[Data], **customer: Any) -> Data:
    return {
        "name": "Queues",
        "suppliers": [{"name": "Orders", "rate": rate, "arrival_scv": arrival_scv}],
        "departments": departments,
        "customers": [{"name": "Client", **customer}],
        "handoffs": handoffs,
    }


def row(rate: float, arrival_scv: float, departments: list[Data]) -> Data:
    """Departments in a row, all work right first time."""
    names = ["Orders", *(d["name"] for d in departments), "Client"]
    return chain(rate, arrival_scv, departments, [flow(a, b) for a, b in pairwise(names)])


def one_loop() -> Data:
    """One department; a fifth of its work is redone: utilization 0.8."""
    handoffs = [flow("Orders", "Make"), flow("Make", "Client", **redone(0.2))]
    return chain(0.64, 1.0, [department("Make", 1.0)], handoffs, promise=12.0)


def network_of_teams() -> Data:
    """Two suppliers, four teams, a branch and rework over several steps: Jackson's theorem holds."""
    data = chain(
        1.0,
        1.0,
        [
            department("Sales", 0.6, servers=1),
            department("Works", 2.2, servers=4),
            department("Branch", 1.5, servers=2),
            department("Test", 0.5),
        ],
        [
            flow("Orders", "Sales"),
            flow("Web", "Works"),
            flow("Sales", "Works", share=0.6),
            flow("Sales", "Branch", share=0.4),
            flow("Works", "Test"),
            flow("Branch", "Test"),
            flow("Test", "Client", **redone(0.15, "Works")),
        ],
    )
    data["suppliers"].append({"name": "Web", "rate": 0.4})
    return data


def two_stations(arrival_scv: float) -> Data:
    """Two departments with rework of a tenth."""
    return chain(
        0.5,
        arrival_scv,
        [department("Make", 1.3, 0.5), department("Test", 1.4, 0.5)],
        [flow("Orders", "Make"), flow("Make", "Test"), flow("Test", "Client", **redone(0.1, "Make"))],
    )


def stations_with_help(arrival_scv: float, work_scv: float, rate: float = 0.5) -> Data:
    """Two departments with rework of a tenth, helped by IT on 30 % and 20 % of the units."""
    return chain(
        rate,
        arrival_scv,
        [department("Make", 1.25, work_scv), department("Test", 1.4, work_scv), department("IT", 1.2, work_scv)],
        [
            flow("Orders", "Make"),
            flow("Make", "Test"),
            flow("Test", "Client", **redone(0.1, "Make")),
            pulled("IT", "Make", 0.3),
            pulled("IT", "Test", 0.2),
        ],
    )


def assembly() -> Data:
    """Each product needs two frames and one or two harnesses, made at the same time by others."""
    return chain(
        0.3,
        1.0,
        [
            department("Assembly", 2.2, 0.5),
            department("Frames", 1.2, 0.5),
            department("Harness A", 2.0, 0.5),
            department("Harness B", 3.0, 1.0),
        ],
        [
            flow("Orders", "Assembly"),
            flow("Assembly", "Client"),
            pulled("Frames", "Assembly", 2, item="frame"),
            pulled("Harness A", "Assembly", 1.5, item="harness", share=0.6),
            pulled("Harness B", "Assembly", 1.5, item="harness", share=0.4),
        ],
    )


def teams_with_help() -> Data:
    """Teams of two to five with rework and a help desk; work is of medium variability."""
    return chain(
        1.0,
        1.0,
        [
            department("Intake", 1.6, 0.5, servers=2),
            department("Case work", 4.0, 0.8, servers=6),
            department("Review", 2.0, 0.4, servers=3),
            department("Help desk", 2.5, 1.5, servers=2),
        ],
        [
            flow("Orders", "Intake"),
            flow("Intake", "Case work"),
            flow("Case work", "Review"),
            flow("Review", "Client", **redone(0.2, "Case work")),
            pulled("Help desk", "Case work", 0.4),
        ],
    )


def breakdowns() -> Data:
    """The machines of Factory Physics (times in minutes): the same availability, by long and by short stops."""
    machines = [
        department("Long stops", 15.0, 0.05, availability=0.75, mttr=248.0),
        department("Short stops", 15.0, 0.05, availability=0.75, mttr=38.0),
    ]
    return row(0.04, 1.0, machines) | {"time_unit": "minute"}


def nine_queues(arrival_scv: float) -> Data:
    """Eight queues at utilization 0.6, then one at 0.9, all with exponential times (Suresh and Whitt)."""
    queues = [department(f"Queue {n}", 0.6 if n < 9 else 0.9) for n in range(1, 10)]
    return row(1.0, arrival_scv, queues)


CASES = (
    Case("rework_loop", "Rework loop, M/M/1", one_loop(), 2e3, 1e5, exact_means=True),
    Case("network_of_teams", "Network of teams, M/M/c (Jackson)", network_of_teams(), 1e3, 5e4, True, several=True),
    Case(
        "fixed_times",
        "Fixed working times in a row",
        row(1.0, 1.0, [department("First", 0.7, 0.0), department("Second", 0.9, 0.0), department("Third", 0.8, 0.0)]),
        2e3,
        2e5,
        row=True,
    ),
    Case("bursty", "Bursts (scv 4), a tenth redone", two_stations(4.0), 4e3, 2e5),
    Case("bursty_phases", "Two-phase bursts (scv 4), a tenth redone", two_stations(4.0), 4e3, 2e5, two_phases=True),
    Case(
        "quiet_line",
        "Regular work, utilization 0.5 (scv 0.25)",
        row(0.5, 0.25, [department("One", 1.0, 0.25), department("Two", 1.0, 0.25)]),
        1e3,
        2e5,
        row=True,
    ),
    Case("breakdowns", "Breakdowns, long and short stops", breakdowns(), 1e5, 6e6, row=True),
    Case("help_random", "Two stations and IT, scv 1", stations_with_help(1.0, 1.0), 2e3, 1e5, True),
    Case("help_even", "Two stations and IT, even work (0.25)", stations_with_help(1.0, 0.25), 2e3, 1e5),
    Case("help_regular", "Two stations and IT, all even (0.25)", stations_with_help(0.25, 0.25), 2e3, 1e5),
    Case("help_uneven", "Two stations and IT, uneven work (2.5)", stations_with_help(1.0, 2.5), 4e3, 1e5),
    Case("help_bursty", "Two stations and IT, bursts (4)", stations_with_help(4.0, 1.0), 4e3, 1e5),
    Case(
        "help_phases",
        "Two stations and IT, two-phase bursts (4)",
        stations_with_help(4.0, 1.0),
        4e3,
        1e5,
        two_phases=True,
    ),
    Case("high_load", "Two stations and IT, utilization 0.92", stations_with_help(1.0, 0.5, rate=0.5914), 2e4, 4e5),
    Case("assembly", "Parallel inputs with several uses", assembly(), 2e3, 1e5),
    Case(
        "three_clerks",
        "Three clerks, utilization 0.6 (scv 0.25)",
        row(1.8, 0.25, [department("Counter", 1.0, 0.25, servers=3)]),
        500,
        5e4,
        several=True,
    ),
    Case("teams_with_help", "Teams with rework and a help desk", teams_with_help(), 1e3, 5e4, several=True),
    Case("nine_bursty", "Nine queues, bursts (scv 8)", nine_queues(8.0), 1e4, 1e6, row=True),
    Case(
        "nine_phases",
        "Nine queues, two-phase bursts (scv 8)",
        nine_queues(8.0),
        1e4,
        1e6,
        row=True,
        two_phases=True,
    ),
    Case("nine_regular", "Nine queues, regular arrivals (scv 0)", nine_queues(0.0), 1e4, 1e6, row=True),
)

BY_KEY = {case.key: case for case in CASES}

GRID = tuple(
    (servers, utilization, arrival_scv, service_scv)
    for servers in (1, 2, 3, 5, 10)
    for utilization in (0.4, 0.6, 0.8, 0.9)
    for arrival_scv, service_scv in ((0.25, 0.25), (1.0, 0.25), (0.25, 1.0), (1.0, 2.5), (4.0, 1.0))
)
"""Departments alone: servers, utilization, and the scv of arrivals and of work."""
