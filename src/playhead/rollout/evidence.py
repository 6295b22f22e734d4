"""The tests of a rollout: e-processes from counts, in closed form, as natural logarithms.

An e-process E begins at 1, and while its null hypothesis holds its expectation is at most 1 whenever one looks. So the
chance that it ever reaches 1/α is at most α (Ville 1939), however often and for whatever reason it is looked at.
Each person counts once. The exponents are sums of counts times constants: nothing overflows before 10^300 people.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma, log, log1p

RISK_RATIOS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""What the relative test is prepared for, times the accepted ratio: from twice as many harmed to nearly all of them
streaming, each twice the one before."""
SAMPLE_PRIOR = 100.0
"""People that the prior of the sample ratio stands for (κ): sharp enough for 40 % in place of 50 % to show among some
450 people, flat enough for a wrong slider to show at all."""
CONFIDENCE = 0.95
"""Of the upper bound that allows the next stage. It is asked for again at each stage, and its error is a delay of the
alarm, not of harm that is not looked for any more."""
STEPS = 40
"""Halvings of an interval of 1: to 10^-12."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mean of likelihood ratios: E = Σ exp(weight + hit · hits + miss · misses), over `terms` of these three."""

    terms: tuple[tuple[float, float, float], ...]

    def log(self, hits: int, misses: int) -> float:
        """The logarithm of E after so many hits and misses."""
        exponents = [weight + hit * hits + miss * misses for weight, hit, miss in self.terms]
        top = max(exponents)
        return top + log(sum(exp(one - top) for one in exponents))


@lru_cache(maxsize=64)
def absolute(budget: float, rates: tuple[float, ...]) -> Mixture:
    """The test of "at most `budget` of the streaming people are harmed": harmed people hit, the others miss.

    Wald's likelihood ratio (1945), as a mean over several alternatives (Robbins 1970). As each alternative is above
    the budget, E is a supermartingale for every rate up to it.

    Args:
        budget: between 0 and 1.
        rates: the alternatives, above the budget and below 1.
    """
    weight = -log(len(rates))
    return Mixture(tuple((weight, log(rate / budget), log1p(-rate) - log1p(-budget)) for rate in rates))


@lru_cache(maxsize=64)
def relative(share: float, odds: float) -> Mixture:
    """The test of "streaming people are harmed at most `odds` times as often": harmed streaming people hit, harmed
    polling people miss.

    Lindon & Malek (arXiv 2011.03567), inhomogeneous Bernoulli process: whoever is harmed is of an arm as the draw has
    it, whatever the rate of harm is at that hour.

    Args:
        share: of people who are drawn to stream in this stage, between 0 and 1.
        odds: the accepted ratio, 1 or more.
    """

    def hit(ratio: float) -> float:
        return share * ratio / (share * ratio + 1 - share)

    null, weight = hit(odds), -log(len(RISK_RATIOS))
    others = [hit(odds * ratio) for ratio in RISK_RATIOS]
    return Mixture(tuple((weight, log(one / null), log((1 - one) / (1 - null))) for one in others))


def sample_ratio(stream: int, poll: int, share: float) -> float:
    """The logarithm of E against "people are drawn as the slider is set".

    Lindon & Malek (arXiv 2011.03567), multinomial test with a Dirichlet prior around the share.

    Args:
        stream: people about whom the flags were asked, and who may stream.
        poll: those who poll.
        share: between 0 and 1.
    """
    a, b = SAMPLE_PRIOR * share, SAMPLE_PRIOR * (1 - share)
    drawn = _log_beta(a + stream, b + poll) - _log_beta(a, b)
    return drawn - stream * log(share) - poll * log1p(-share)


def upper_bound(harmed: int, people: int, confidence: float = CONFIDENCE) -> float:
    """The rate that is above the true one with this confidence, by Chernoff's bound (1952): people · KL(observed ‖
    bound) = ln(1 / (1 − confidence)).

    With nobody harmed it is exact, about 3 / people; else up to a third above Clopper and Pearson's.
    """
    if not people:
        return 1.0
    observed, most = harmed / people, -log(1 - confidence) / people
    low, high = observed, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _divergence(observed, middle) > most else (middle, high)
    return high


def _divergence(observed: float, rate: float) -> float:
    """Kullback and Leibler's, of two coins."""
    if rate >= 1:
        return 0.0 if observed >= 1 else float("inf")
    hit = observed * log(observed / rate) if observed else 0.0
    miss = (1 - observed) * (log1p(-observed) - log1p(-rate)) if observed < 1 else 0.0
    return hit + miss


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
