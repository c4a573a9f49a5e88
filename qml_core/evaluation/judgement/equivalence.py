"""Probabilities that a difference matters: the Bayesian correlated t-test."""

from dataclasses import dataclass

from scipy.special import stdtr


@dataclass(frozen=True)
class Practical:
    """Probabilities of a difference above the threshold, and of one within ± the threshold."""

    better: float
    equivalent: float


def practical(mean: float, error: float, freedom: int, threshold: float) -> Practical:
    """Posterior of the mean difference: Student's t around `mean`, scale `error`.

    With the variance of the corrected resampled t-test the posterior is that of Corani & Benavoli,
    Machine Learning 100 (2015) 285, equation 8; the region of practical equivalence is that of
    Benavoli et al., JMLR 18 (2017) 77, section 3.

    Args:
        mean: of the differences, in units of the metric.
        error: corrected standard error of the mean, same units; 0: the posterior is a point.
        freedom: degrees of freedom, differences − 1.
        threshold: least difference that matters, same units.
    """
    if error == 0.0:
        return Practical(float(mean > threshold), float(abs(mean) <= threshold))
    above = float(stdtr(freedom, (mean - threshold) / error))
    below = float(stdtr(freedom, (-threshold - mean) / error))
    return Practical(above, max(0.0, 1.0 - above - below))
