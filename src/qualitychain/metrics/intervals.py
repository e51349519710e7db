"""How much a count of defectives in a sample says about the rate behind it."""

from __future__ import annotations

import numpy as np

from qualitychain.quantities import COUNT, POSITIVE, Value, checked, plain, refuse

__all__ = ["clopper_pearson"]


def clopper_pearson(defects: Value | float, n: Value | float, confidence: Value | float = 0.95) -> tuple[Value, Value]:
    """Exact two-sided interval for a defect rate from a sample.

    Parameters
    ----------
    defects : float or array
        Nonconforming units found, between 0 and ``n``.
    n : float or array
        Units in the sample, above 0.
    confidence : float or array, default 0.95
        Chance, at least, that such an interval covers the true rate; between 0 and 1, both excluded.

    Returns
    -------
    tuple of (lower, upper)
        Each a float or an array. The lower end is 0 when nothing was found, the upper 1 when everything was.

    Raises
    ------
    ValueError
        If a value is NaN or out of range, or ``defects`` exceeds ``n``.

    Notes
    -----
    Formulas page, "Defect rates from samples".

    References
    ----------
    C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934).

    Examples
    --------
    Nothing found in 50 is not perfection:

    >>> lower, upper = clopper_pearson(0, 50)
    >>> lower, round(upper, 4)
    (0.0, 0.0711)
    """
    from scipy.special import betainccinv, betaincinv

    found = checked("defects", defects, COUNT, low=0)
    size = checked("n", n, POSITIVE, above=0)
    level = checked("confidence", confidence, "give a fraction below 1, for instance 0.95", above=0, below=1)
    refuse("defects", found, found > size, "must not exceed n", "count nonconforming units, not defects")
    tail = (1 - level) / 2
    found, size, tail = np.broadcast_arrays(found, size, tail)
    some, rest = np.maximum(found, 1e-300), np.maximum(size - found, 1e-300)
    lower = np.where(found > 0, betaincinv(some, size - found + 1, tail), 0.0)
    upper = np.where(found < size, betainccinv(found + 1, rest, tail), 1.0)
    return plain(lower, defects, n, confidence), plain(upper, defects, n, confidence)
