"""Process chains for TQM and Six Sigma: what every internal handoff does to every external customer.

Build a ``Chain`` (or read one), ask a question of it (``quality``, ``bottlenecks``, ``customer_effects``), change it by
copy (``what_if``), and look at the answer. Names are loaded when first used, so that importing the package is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qualitychain import metrics as metrics
    from qualitychain import queues as queues
    from qualitychain.analysis.base.result import Result as Result
    from qualitychain.analysis.bottlenecks.bottlenecks import Bottlenecks as Bottlenecks
    from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks as bottlenecks
    from qualitychain.analysis.bottlenecks.quality_list import QualityList as QualityList
    from qualitychain.analysis.bottlenecks.remedies import Remedies as Remedies
    from qualitychain.analysis.bottlenecks.service_list import ServiceList as ServiceList
    from qualitychain.analysis.bottlenecks.waiting_list import WaitingList as WaitingList
    from qualitychain.analysis.causes.lateness import Lateness as Lateness
    from qualitychain.analysis.causes.root_causes import RootCauses as RootCauses
    from qualitychain.analysis.causes.root_causes import root_causes as root_causes
    from qualitychain.analysis.customers.customer_effects import CustomerEffects as CustomerEffects
    from qualitychain.analysis.customers.customer_effects import customer_effects as customer_effects
    from qualitychain.analysis.customers.key_to_customer import key_to_customer as key_to_customer
    from qualitychain.analysis.customers.key_to_customer_result import KeyToCustomer as KeyToCustomer
    from qualitychain.analysis.money.cost_of_quality import CostOfQuality as CostOfQuality
    from qualitychain.analysis.money.cost_of_quality import cost_of_quality as cost_of_quality
    from qualitychain.analysis.quality.quality import Quality as Quality
    from qualitychain.analysis.quality.quality import quality as quality
    from qualitychain.analysis.sensitivity.sensitivities import Sensitivities as Sensitivities
    from qualitychain.analysis.sensitivity.sensitivities import sensitivities as sensitivities
    from qualitychain.analysis.time.customer_lead_time import CustomerLeadTime as CustomerLeadTime
    from qualitychain.analysis.time.distribution import LeadTimeDistribution as LeadTimeDistribution
    from qualitychain.analysis.time.lead_times import LeadTimes as LeadTimes
    from qualitychain.analysis.time.lead_times import lead_times as lead_times
    from qualitychain.analysis.value_stream.value_stream import ValueStream as ValueStream
    from qualitychain.analysis.value_stream.value_stream import value_stream as value_stream
    from qualitychain.analysis.verdicts.compare import compare as compare
    from qualitychain.analysis.verdicts.comparison import Comparison as Comparison
    from qualitychain.checks.check import Check as Check
    from qualitychain.checks.check import check as check
    from qualitychain.discovery.discover import discover as discover
    from qualitychain.discovery.records import LogColumns as LogColumns
    from qualitychain.discovery.records import LogFormat as LogFormat
    from qualitychain.discovery.result import Discovery as Discovery
    from qualitychain.errors import AnalysisError as AnalysisError
    from qualitychain.errors import ChainError as ChainError
    from qualitychain.errors import ChainWarning as ChainWarning
    from qualitychain.errors import LogError as LogError
    from qualitychain.errors import ModelFileError as ModelFileError
    from qualitychain.errors import OverloadedError as OverloadedError
    from qualitychain.errors import QualityChainError as QualityChainError
    from qualitychain.errors import TargetError as TargetError
    from qualitychain.errors import UnknownCustomerError as UnknownCustomerError
    from qualitychain.errors import UnstableQueueError as UnstableQueueError
    from qualitychain.files.reading import read_chain as read_chain
    from qualitychain.files.writing import write_chain as write_chain
    from qualitychain.improvement.allocate.allocate import allocate as allocate
    from qualitychain.improvement.allocate.allocation import Allocation as Allocation
    from qualitychain.improvement.allocate.sla_adequacy import SlaAdequacy as SlaAdequacy
    from qualitychain.improvement.allocate.sla_adequacy import sla_adequacy as sla_adequacy
    from qualitychain.improvement.choose.choice.improve import improve as improve
    from qualitychain.improvement.choose.choice.improvement import Improvement as Improvement
    from qualitychain.improvement.choose.choice.inspections import Placement as Placement
    from qualitychain.improvement.choose.choice.inspections import where_to_inspect as where_to_inspect
    from qualitychain.model.chain.chain import Chain as Chain
    from qualitychain.model.chain.change import what_if as what_if
    from qualitychain.model.records.calendar import Calendar as Calendar
    from qualitychain.model.records.handoff import Handoff as Handoff
    from qualitychain.model.records.handoff import Inspection as Inspection
    from qualitychain.model.records.handoff import Sample as Sample
    from qualitychain.model.records.handoff import Sla as Sla
    from qualitychain.model.records.nodes import Customer as Customer
    from qualitychain.model.records.nodes import Department as Department
    from qualitychain.model.records.nodes import Nps as Nps
    from qualitychain.model.records.nodes import Supplier as Supplier
    from qualitychain.model.records.project import Project as Project
    from qualitychain.model.records.requirement import Requirement as Requirement
    from qualitychain.model.values.distributions import Empirical as Empirical
    from qualitychain.model.values.distributions import Exponential as Exponential
    from qualitychain.model.values.distributions import Fixed as Fixed
    from qualitychain.model.values.distributions import Gamma as Gamma
    from qualitychain.model.values.distributions import Lognormal as Lognormal
    from qualitychain.model.values.distributions import Triangular as Triangular
    from qualitychain.model.values.distributions import Uniform as Uniform
    from qualitychain.model.values.distributions import Weibull as Weibull
    from qualitychain.model.values.scale import Scale as Scale
    from qualitychain.reporting.content.report import report as report
    from qualitychain.reporting.content.report import report_html as report_html
    from qualitychain.reporting.map.draw import draw as draw
    from qualitychain.vocabulary.reason import Place as Place
    from qualitychain.vocabulary.reason import Reason as Reason
    from qualitychain.vocabulary.reason import Why as Why

__version__ = "0.1.0"

# Public names in reading order: build, read, analyse, change, check, draw.
_HOME: dict[str, str] = {
    # build, read, ask, change, check, draw
    "Chain": "model.chain.chain",
    "Calendar": "model.records.calendar",
    "Supplier": "model.records.nodes",
    "Department": "model.records.nodes",
    "Customer": "model.records.nodes",
    "Nps": "model.records.nodes",
    "Handoff": "model.records.handoff",
    "Inspection": "model.records.handoff",
    "Sample": "model.records.handoff",
    "Sla": "model.records.handoff",
    "Requirement": "model.records.requirement",
    "Fixed": "model.values.distributions",
    "Exponential": "model.values.distributions",
    "Gamma": "model.values.distributions",
    "Lognormal": "model.values.distributions",
    "Weibull": "model.values.distributions",
    "Uniform": "model.values.distributions",
    "Triangular": "model.values.distributions",
    "Empirical": "model.values.distributions",
    "read_chain": "files.reading",
    "write_chain": "files.writing",
    "discover": "discovery.discover",
    "LogColumns": "discovery.records",
    "LogFormat": "discovery.records",
    "quality": "analysis.quality.quality",
    "lead_times": "analysis.time.lead_times",
    "value_stream": "analysis.value_stream.value_stream",
    "bottlenecks": "analysis.bottlenecks.bottlenecks",
    "customer_effects": "analysis.customers.customer_effects",
    "key_to_customer": "analysis.customers.key_to_customer",
    "cost_of_quality": "analysis.money.cost_of_quality",
    "sensitivities": "analysis.sensitivity.sensitivities",
    "root_causes": "analysis.causes.root_causes",
    "what_if": "model.chain.change",
    "Scale": "model.values.scale",
    "compare": "analysis.verdicts.compare",
    "Project": "model.records.project",
    "improve": "improvement.choose.choice.improve",
    "where_to_inspect": "improvement.choose.choice.inspections",
    "allocate": "improvement.allocate.allocate",
    "sla_adequacy": "improvement.allocate.sla_adequacy",
    "check": "checks.check",
    "draw": "reporting.map.draw",
    "report": "reporting.content.report",
    "report_html": "reporting.content.report",
    # what the answers are
    "Quality": "analysis.quality.quality",
    "LeadTimes": "analysis.time.lead_times",
    "CustomerLeadTime": "analysis.time.customer_lead_time",
    "LeadTimeDistribution": "analysis.time.distribution",
    "ValueStream": "analysis.value_stream.value_stream",
    "Bottlenecks": "analysis.bottlenecks.bottlenecks",
    "WaitingList": "analysis.bottlenecks.waiting_list",
    "QualityList": "analysis.bottlenecks.quality_list",
    "ServiceList": "analysis.bottlenecks.service_list",
    "Remedies": "analysis.bottlenecks.remedies",
    "CustomerEffects": "analysis.customers.customer_effects",
    "KeyToCustomer": "analysis.customers.key_to_customer_result",
    "CostOfQuality": "analysis.money.cost_of_quality",
    "Sensitivities": "analysis.sensitivity.sensitivities",
    "RootCauses": "analysis.causes.root_causes",
    "Lateness": "analysis.causes.lateness",
    "Comparison": "analysis.verdicts.comparison",
    "Improvement": "improvement.choose.choice.improvement",
    "Placement": "improvement.choose.choice.inspections",
    "Allocation": "improvement.allocate.allocation",
    "SlaAdequacy": "improvement.allocate.sla_adequacy",
    "Check": "checks.check",
    "Discovery": "discovery.result",
    "Result": "analysis.base.result",
    "Reason": "vocabulary.reason",
    "Place": "vocabulary.reason",
    "Why": "vocabulary.reason",
    # what can go wrong
    "QualityChainError": "errors",
    "ChainError": "errors",
    "ModelFileError": "errors",
    "LogError": "errors",
    "AnalysisError": "errors",
    "UnknownCustomerError": "errors",
    "TargetError": "errors",
    "UnstableQueueError": "errors",
    "OverloadedError": "errors",
    "ChainWarning": "errors",
}
_MODULES = ("metrics", "queues")

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604  the names are the keys of the table above


if not TYPE_CHECKING:  # a type checker knows every name from above, and tells of those that are not there

    def __getattr__(name: str) -> object:
        if name in _HOME:
            value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
        elif name in _MODULES:
            value = importlib.import_module(f"{__name__}.{name}")
        else:
            from qualitychain.near import did_you_mean

            raise AttributeError(f"module {__name__!r} has no attribute {name!r}{did_you_mean(name, __all__)}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
