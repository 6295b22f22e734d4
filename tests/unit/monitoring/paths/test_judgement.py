"""The judgement of a path: a table of every step, and who is chosen for a probe."""

import itertools

import pytest

from playhead.monitoring.paths.judgement import (
    REST_MAX_S,
    TRICKLE,
    WIDER_EVERY_S,
    Evidence,
    Judgement,
    PathState,
    is_chosen,
    judge,
    share_of,
)

NOW = 1_000_000.0
HOUR = 3600.0


def healthy(ago_s: float = HOUR, rest_s: float = 0.0) -> Judgement:
    return Judgement(PathState.HEALTHY, NOW - ago_s, rest_s)


def buffered(ago_s: float = 0.0, rest_s: float = 300.0) -> Judgement:
    return Judgement(PathState.BUFFERED, NOW - ago_s, rest_s)


def probing(ago_s: float = 0.0, rest_s: float = 300.0) -> Judgement:
    return Judgement(PathState.PROBING, NOW - ago_s, rest_s)


TABLE: list[tuple[str, Judgement | None, Evidence, Judgement | None]] = [
    ("nothing is known", None, Evidence(readers=9), None),
    ("somebody muted says nothing of it", None, Evidence(readers=9, muted=1), None),
    ("somebody proved it", None, Evidence(readers=9, proven=1, muted=1), healthy(0)),
    ("unknown, and held back from three", None, Evidence(readers=9, muted=3), buffered()),
    ("one person of one", healthy(), Evidence(readers=1, muted=1), healthy()),
    ("two people of two", healthy(), Evidence(readers=2, muted=2), healthy()),
    ("three people of three", healthy(), Evidence(readers=3, muted=3), buffered()),
    ("three of fifteen are a fifth", healthy(), Evidence(readers=15, proven=12, muted=3), buffered()),
    ("three of sixteen are less", healthy(), Evidence(readers=16, proven=13, muted=3), healthy()),
    ("19 of 100", healthy(), Evidence(readers=100, muted=19), healthy()),
    ("20 of 100", healthy(), Evidence(readers=100, muted=20), buffered()),
    ("readers that were not counted yet", healthy(), Evidence(readers=0, muted=3), buffered()),
    ("a relapse rests for longer", healthy(60, 300), Evidence(readers=3, muted=3), buffered(0, 600)),
    ("a relapse after an hour does not", healthy(HOUR, 1200), Evidence(readers=3, muted=3), buffered(0, 300)),
    ("it rests", buffered(299), Evidence(readers=9, proven=9), buffered(299)),
    ("it rests longer after a probe", buffered(300, 600), Evidence(), buffered(300, 600)),
    ("it has rested", buffered(300), Evidence(readers=9, muted=9), probing()),
    ("nobody chosen has reported", probing(3000), Evidence(readers=9), probing(3000)),
    ("somebody chosen proved it", probing(60, 600), Evidence(readers=9, proven=1), healthy(0, 600)),
    ("somebody chosen was muted", probing(60, 300), Evidence(readers=9, muted=1), buffered(0, 600)),
    ("a proof does not outweigh it", probing(60, 600), Evidence(readers=9, proven=5, muted=1), buffered(0, 1200)),
    ("it rests for an hour at most", probing(60, 2400), Evidence(readers=9, muted=1), buffered(0, REST_MAX_S)),
]


@pytest.mark.parametrize(("last", "evidence", "judged"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_judgement(last: Judgement | None, evidence: Evidence, judged: Judgement | None) -> None:
    assert judge(last, evidence, NOW) == judged


def test_one_person_moves_no_path_that_is_not_probed() -> None:
    for last in (None, healthy(), healthy(1, 300), buffered(299)):
        for readers, proven in itertools.product(range(20), range(2)):
            judged = judge(last, Evidence(readers, proven, muted=1), NOW)
            assert (judged and judged.state) in ((last and last.state), PathState.HEALTHY if proven else None)


def test_nobody_streams_while_it_rests_and_all_while_it_is_healthy() -> None:
    assert share_of(buffered(), NOW) == 0
    assert share_of(healthy(), NOW) == 1


def test_trickle_widens_until_it_is_everybody() -> None:
    shares = [share_of(probing(WIDER_EVERY_S * step), NOW) for step in range(6)]
    assert shares == [TRICKLE, 0.1, 0.2, 0.4, 0.8, 1.0]
    assert share_of(probing(WIDER_EVERY_S * 1e6), NOW) == 1
    assert share_of(probing(-10), NOW) == TRICKLE  # clocks differ


def test_about_a_twentieth_is_chosen_and_others_each_time() -> None:
    people = [f"person {number}" for number in range(10_000)]
    first, second = ({one for one in people if is_chosen(one, probing(ago_s), TRICKLE)} for ago_s in (0, 1))
    assert 400 < len(first) < 600
    assert 400 < len(second) < 600
    assert len(first & second) < 60


def test_who_was_chosen_stays_chosen_while_the_trickle_widens() -> None:
    people = [f"person {number}" for number in range(1_000)]
    chosen = [{one for one in people if is_chosen(one, probing(), share)} for share in (0.0, 0.05, 0.1, 1.0)]
    assert chosen[0] < chosen[1] < chosen[2] < chosen[3] == set(people)
