"""The closed forms against hand-worked values, exact expectations, and ville and SciPy."""

from itertools import product
from math import comb, exp, isfinite, log, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln, logsumexp
from scipy.stats import beta
from ville import BernoulliTest

from playhead.rollout.evidence import Mixture, absolute, relative, sample_ratio, upper_bound
from playhead.rollout.plan import RATES

BUDGETED = absolute(0.02, RATES)
SHARES = (0.05, 0.25, 0.5, 0.9)
RATIOS = (2, 4, 8, 16, 32, 64)


def point_masses(null: float, points: tuple[float, ...], hits: int, misses: int) -> float:
    """ln of the mean of ville's E for priors that are nearly the points themselves."""
    data = np.array([1.0] * hits + [0.0] * misses)
    each = [BernoulliTest(null, prior=(one * 1e8, (1 - one) * 1e8)).fit(data).log_e_values_[-1] for one in points]
    return float(logsumexp(each) - log(len(points)))


@pytest.mark.parametrize(("harmed", "people"), [(0, 50), (3, 20), (12, 200), (20, 20)])
def test_absolute_equals_ville_with_the_same_alternatives(harmed: int, people: int) -> None:
    expected = point_masses(0.02, RATES, harmed, people - harmed)
    assert BUDGETED.log(harmed, people - harmed) == pytest.approx(expected, abs=1e-3)


def test_absolute_is_sharper_than_the_uniform_prior_of_ville() -> None:
    data = np.array([1.0] * 12 + [0.0] * 188)
    assert BUDGETED.log(12, 188) == pytest.approx(3.9, abs=0.05)
    assert BernoulliTest(0.02).fit(data).log_e_values_[-1] == pytest.approx(2.2, abs=0.05)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("stream", "poll"), [(0, 9), (9, 0), (7, 30), (60, 4)])
def test_relative_equals_ville_on_the_arms_of_harmed_people(share: float, stream: int, poll: int) -> None:
    points = tuple(share * 1.5 * ratio / (share * 1.5 * ratio + 1 - share) for ratio in RATIOS)
    null = share * 1.5 / (share * 1.5 + 1 - share)
    assert relative(share, 1.5).log(stream, poll) == pytest.approx(point_masses(null, points, stream, poll), abs=2e-3)


def test_relative_by_hand_at_equal_arms() -> None:
    # Of two arms of one size a harmed person streams with 1/2; with twice the risk 2/3, four times 4/5, …, 64/65.
    streams = [2 / 3, 4 / 5, 8 / 9, 16 / 17, 32 / 33, 64 / 65]
    even = relative(0.5, 1.0)
    assert exp(even.log(1, 0)) == pytest.approx(sum(2 * one for one in streams) / 6)
    assert exp(even.log(3, 0)) == pytest.approx(sum((2 * one) ** 3 for one in streams) / 6)
    assert exp(even.log(2, 1)) == pytest.approx(sum((2 * one) ** 2 * 2 * (1 - one) for one in streams) / 6)
    # A quarter streams: with twice the risk 2/5 of the harmed stream, in place of 1/4.
    quarter = Mixture(relative(0.25, 1.0).terms[:1])
    assert quarter.log(1, 1) - quarter.terms[0][0] == pytest.approx(log(2 / 5 / (1 / 4)) + log(3 / 5 / (3 / 4)))


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("stream", "poll"), [(0, 0), (1, 0), (0, 400), (250, 250), (90, 910)])
def test_sample_ratio_equals_ville_and_scipy(share: float, stream: int, poll: int) -> None:
    a, b = 100 * share, 100 * (1 - share)
    expected = betaln(a + stream, b + poll) - betaln(a, b) - stream * log(share) - poll * log(1 - share)
    assert sample_ratio(stream, poll, share) == pytest.approx(expected, abs=1e-8)
    if stream + poll:
        data = np.array([1.0] * stream + [0.0] * poll)
        assert sample_ratio(stream, poll, share) == pytest.approx(
            BernoulliTest(share, prior=(a, b)).fit(data).log_e_values_[-1], abs=1e-8
        )


def expectation(mixture: Mixture, people: int, rate: float) -> float:
    """Of E after so many people, over all that may have happened to them."""
    return sum(
        comb(people, hits) * rate**hits * (1 - rate) ** (people - hits) * exp(mixture.log(hits, people - hits))
        for hits in range(people + 1)
    )


@pytest.mark.parametrize("people", [1, 7, 60])
def test_expectation_is_one_at_the_null_and_less_within_it(people: int) -> None:
    assert expectation(BUDGETED, people, 0.02) == pytest.approx(1)
    assert expectation(BUDGETED, people, 0.01) < 1
    for share, odds in product(SHARES, (1.0, 1.5)):
        null = share * odds / (share * odds + 1 - share)
        assert expectation(relative(share, odds), people, null) == pytest.approx(1)
        assert expectation(relative(share, odds), people, null * 0.9) < 1


def test_relative_evidence_stays_fair_while_the_base_rate_drifts() -> None:
    # Each person streams with 1/4 and is harmed at the rate of their hour, in whichever arm: all 4^4 histories.
    rates, share, mixture = (0.01, 0.2, 0.9, 0.05), 0.25, relative(0.25, 1.0)
    total = 0.0
    for history in product([(True, True), (True, False), (False, True), (False, False)], repeat=4):
        chance = prod(
            (share if streams else 1 - share) * (rate if harmed else 1 - rate)
            for (streams, harmed), rate in zip(history, rates, strict=True)
        )
        total += chance * exp(mixture.log(history.count((True, True)), history.count((False, True))))
    assert total == pytest.approx(1)


@pytest.mark.parametrize("people", [1, 20, 100, 3000])
def test_upper_bound_is_exact_without_harm_and_never_below_clopper_and_pearson(people: int) -> None:
    assert upper_bound(0, people) == pytest.approx(beta.ppf(0.95, 1, people), rel=1e-9)
    for harmed in range(1, min(people, 40)):
        exact = beta.ppf(0.95, harmed + 1, people - harmed)
        assert exact <= upper_bound(harmed, people) <= 1.35 * exact
    assert upper_bound(people, people) == 1
    assert upper_bound(0, 0) == 1


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from(SHARES))
def test_nothing_overflows(hits: int, misses: int, share: float) -> None:
    found = [BUDGETED.log(hits, misses), relative(share, 1.0).log(hits, misses), sample_ratio(hits, misses, share)]
    assert all(map(isfinite, found))
    assert 0 <= upper_bound(hits, hits + misses) <= 1


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from(SHARES))
def test_evidence_grows_with_harm_of_streaming_people_alone(harmed: int, others: int, share: float) -> None:
    people = harmed + others
    assert BUDGETED.log(harmed + 1, people - harmed - 1) > BUDGETED.log(harmed, people - harmed)
    mixture = relative(share, 1.0)
    assert mixture.log(harmed + 1, others) > mixture.log(harmed, others) > mixture.log(harmed, others + 1)
    assert upper_bound(harmed + 1, people) > upper_bound(harmed, people)
