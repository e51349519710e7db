"""What can go wrong, by cause. Every exception of the library is a ``QualityChainError``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qualitychain.near import SHOWN, did_you_mean

__all__ = [
    "AnalysisError",
    "ChainError",
    "ChainWarning",
    "Fault",
    "LogError",
    "ModelFileError",
    "OverloadedError",
    "QualityChainError",
    "TargetError",
    "UnknownCustomerError",
    "UnstableQueueError",
]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a chain: what, where, and how to mend it.

    ``path`` leads to the value in the chain's data, for instance ``("handoffs", 3, "defect_rate")``; it is empty for
    the chain as a whole. ``line`` and ``column`` (from 1) are known only when the chain came from a file. ``code`` is
    one of the codes of :mod:`qualitychain.codes`.
    """

    code: str
    path: tuple[str | int, ...]
    message: str
    line: int | None = None
    column: int | None = None

    def at(self, file: str) -> str:
        """The fault as one line, ``file:line:column: code message``."""
        return f"{file}:{self.line or 1}:{self.column or 1}: {self.code} {self.message}"


class QualityChainError(Exception):
    """Base of all errors of this library: catch it to catch them all.

    Examples
    --------
    >>> issubclass(ChainError, QualityChainError)
    True
    """


class ChainError(QualityChainError, ValueError):
    """A chain, or a record of one, is not valid. ``faults`` holds everything found, not only the first.

    Examples
    --------
    >>> error = ChainError([Fault("QC012", ("handoffs", 0), "defect_rate must be between 0 and 1, got 1.2")])
    >>> print(error)
    QC012 defect_rate must be between 0 and 1, got 1.2
    """

    faults: tuple[Fault, ...]

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self._text())

    def _line(self, fault: Fault) -> str:
        return f"{fault.code} {fault.message}"

    def _text(self) -> str:
        lines = [self._line(f) for f in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            lines.append(f"... and {len(self.faults) - SHOWN} more")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle by their args (the text); ours are rebuilt from the faults.
        return type(self), (self.faults,)


class ModelFileError(ChainError):
    """A model file cannot be read as a chain. Each fault carries its line and column in ``file``.

    Examples
    --------
    >>> print(ModelFileError([Fault("QC001", (), "the file is empty", 1, 1)], "orders.chain.yaml"))
    orders.chain.yaml:1:1: QC001 the file is empty
    """

    def __init__(self, faults: Sequence[Fault], file: str) -> None:
        self.file = file
        super().__init__(faults)

    def _line(self, fault: Fault) -> str:
        return fault.at(self.file)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.faults, self.file)


class LogError(QualityChainError, ValueError):
    """An event log cannot be read: a column is missing, a stamp cannot be parsed, nothing is left.

    Examples
    --------
    >>> issubclass(LogError, ValueError)
    True
    """


class AnalysisError(QualityChainError):
    """The chain is valid, but the question asked of it has no answer. The message says why and what would help.

    Examples
    --------
    >>> issubclass(AnalysisError, QualityChainError)
    True
    """


class UnknownCustomerError(AnalysisError, ValueError, KeyError):
    """An analysis was asked about an external customer that the chain does not have; near misses are named.

    It is a ValueError where a customer is an argument, and a KeyError where a result is asked for one by its name.

    Examples
    --------
    >>> print(UnknownCustomerError("Retial", ["Retail"]))
    there is no customer 'Retial'; did you mean 'Retail'? (customers: Retail)
    """

    asked: object
    customers: tuple[str, ...]

    def __init__(self, asked: object, customers: Sequence[str]) -> None:
        self.asked, self.customers = asked, tuple(customers)
        shown = ", ".join(self.customers[:10]) + (", ..." if len(self.customers) > 10 else "")
        super().__init__(f"there is no customer {asked!r}{did_you_mean(asked, self.customers)} (customers: {shown})")

    def __str__(self) -> str:
        # a KeyError shows the repr of its message
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.asked, self.customers)


class TargetError(AnalysisError, ValueError):
    """A target that no chain could be given: out of its range, or of an unknown measure.

    Examples
    --------
    >>> issubclass(TargetError, ValueError)
    True
    """


class UnstableQueueError(AnalysisError):
    """More work arrives at a queue than its servers can do: there is no steady state.

    Examples
    --------
    >>> issubclass(UnstableQueueError, AnalysisError)
    True
    """


class OverloadedError(UnstableQueueError):
    """Departments of a chain cannot keep up. ``result`` is the analysis with the figures that stay meaningful.

    It is raised by ``lead_times`` and ``value_stream``; ``overloaded="report"`` gives the result without the error.

    Examples
    --------
    >>> OverloadedError("department 'Paint': demand 3 h per h, capacity 2, short by 1", result=None).result is None
    True
    """

    def __init__(self, message: str, result: Any) -> None:
        self.result = result
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.result)


class ChainWarning(UserWarning):
    """The chain is valid, but something in it is probably not what was meant.

    ``fault`` says where, so that the reader of a file can name line and column.

    Examples
    --------
    >>> ChainWarning("QC041 two names look alike").fault is None
    True
    """

    def __init__(self, message: str, fault: Fault | None = None) -> None:
        super().__init__(message)
        self.fault = fault
