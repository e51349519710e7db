"""Measures of causes: who is behind defects and lateness."""

from __future__ import annotations

import math

from qualitychain.vocabulary.measure import Measure, Per, Unit, named, share

CAUSES = named(
    share("share_of_defects", "share of the nonconforming units that the customer keeps", low=-math.inf),
    share("contribution", "share of the defects, times the accepted defect rate", low=-math.inf),
    share("removal_effect", "fall of the rate if this handoff alone made no defects", low=-math.inf),
    share("error", "how far a share may be off"),
    Measure("step_time", Unit.TIME, "mean time, repeats included", per=Per.DELIVERED),
    share("share_of_lead_time", "share of the mean lead time"),
    Measure("covariance", Unit.RATIO, "covariance with the whole lead time, in squares of times", low=-math.inf),
    share("variance_share", "covariance as a share of the variance of the lead time", low=-math.inf),
)
