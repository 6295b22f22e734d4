"""The verdict on recorded vectors, and on made ones: what is wrong, on what evidence, and when nothing is."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from infra.proxies.doctor import MANNERS, REAL

from playhead.doctor.compare import between
from playhead.doctor.findings import FindingId, Verdict
from playhead.doctor.measured import AnnouncedUpload, Measured, Received, Stream
from playhead.doctor.verdict import verdict
from tests.unit.doctor.vectors import HEAD, T0, at_the_end, measured, recorded, stream

FLOWING = (stream(), stream("large"), stream(variant="all"), stream(variant="any"))
HELD = stream(deliver=at_the_end)
RECEIVED = Received("1.1", "playhead.example.org", "", [], "", "", True, True, True, T0, 2**31)
UPLOAD = AnnouncedUpload(2**31, 413, is_ours=True)


def ids(found: Verdict) -> list[FindingId]:
    return [one.id for one in found.findings]


def well(**fields: Any) -> Measured:
    """A vector in which nothing is wrong, but for these fields."""
    made: dict[str, Any] = {"received": RECEIVED, "upload": UPLOAD, "clock_ms": (0.0, 10.0), "login": 200}
    made |= {"sent": ["Origin", "Cookie", "X-Playhead-Probe"]}
    return measured(*FLOWING, stream("long"), stream("steady"), **made | fields)


@pytest.mark.parametrize("name", recorded())
def test_recorded_vector_has_its_verdict(name: str) -> None:
    found = verdict(recorded()[name])
    assert ids(found) == list(MANNERS[name] if name in MANNERS else REAL[name])
    assert found.healthy == all(one.level == "note" for one in found.findings)


def test_one_sentence_says_that_nothing_is_wrong() -> None:
    sentence = "Nothing is wrong: events arrive as they are sent, the first after 20 ms."
    assert verdict(well()) == Verdict(healthy=True, sentence=sentence, findings=[], untested=[])


def test_verdict_has_the_numbers_of_what_was_held() -> None:
    found = verdict(measured(HELD, HELD))
    assert found.sentence == "Streams are held back until they end: 8 events sent over 2.5 s came within 0 ms."
    mute = stream(deliver=lambda times: [], end="silent", ended_ms=8000, status=0, headers={})
    assert verdict(measured(mute, mute)).sentence == (
        "Streams are held back: nothing came within 8.0 s, while other requests take 20 ms."
    )


@pytest.mark.parametrize("streams", [(HELD,), (HELD, stream())], ids=["one", "one of two"])
def test_one_stream_that_was_held_back_is_no_verdict(streams: Sequence[Stream]) -> None:
    found = verdict(measured(*streams))
    assert (ids(found), found.healthy) == ([], False)
    assert any("measure again" in sentence for sentence in found.untested)


def test_two_of_three_streams_decide() -> None:
    assert ids(verdict(measured(HELD, stream(), HELD))) == [FindingId.HELD]
    assert "8 events sent over 2.5 s" in verdict(measured(stream(), HELD, HELD)).sentence
    assert verdict(measured(HELD, stream(), stream())).healthy


LEFT = stream(deliver=lambda times: times[:1], end="left", ended_ms=30)


def test_streams_whose_place_was_taken_are_no_evidence() -> None:
    found = verdict(measured(LEFT, LEFT, msgspec.structs.replace(LEFT, pattern="large"), received=RECEIVED))
    assert (ids(found), found.healthy) == ([], False)
    assert any("end other doctors" in sentence for sentence in found.untested)
    assert verdict(measured(LEFT, LEFT, stream())).healthy
    assert ids(verdict(measured(LEFT, HELD, HELD))) == [FindingId.HELD]
    large = msgspec.structs.replace(LEFT, pattern="large")
    assert ids(verdict(measured(stream(), large, large))) == []


def test_browser_without_offer_of_its_own_still_learns_that_it_is_held() -> None:
    assert ids(verdict(measured(HELD, HELD, probe="page"))) == [FindingId.HELD]
    assert "--long" not in " ".join(verdict(measured(stream(), probe="page")).untested)


def test_batch_that_came_while_a_held_stream_went_on_tells_how_it_is_held() -> None:
    def one_batch(times: Sequence[float]) -> Sequence[float]:
        return [5060.0 if ms < 5000 else ms + 60 for ms in times[:4]]

    watched = stream("steady", one_batch, end="left", ended_ms=12_000)
    assert ids(verdict(measured(HELD, HELD, watched))) == [FindingId.HELD_BY_TIME]
    assert ids(verdict(measured(stream(), watched))) == [], "a lost packet does that"


def test_public_stream_is_judged_as_others() -> None:
    public = stream(deliver=at_the_end)
    public = msgspec.structs.replace(public, pattern="public")
    found = verdict(measured(public, public))
    assert ids(found) == [FindingId.HELD]
    assert "that needs a token" in found.untested[0]


def test_compressor_that_waits_for_br_alone_is_found() -> None:
    held = stream(variant="all", deliver=lambda times: [], first_byte_ms=2490.0, ended_ms=2500)
    assert ids(verdict(measured(stream(), stream("large"), held, held))) == [FindingId.HELD_COMPRESSED]


@pytest.mark.parametrize(
    ("fields", "expected", "words"),
    [
        (
            {"upload": AnnouncedUpload(2**31, 413, headers={"server": "nginx"}, passed_bytes=2**20)},
            "upload_limit",
            "1 MB pass",
        ),
        ({"received": msgspec.structs.replace(RECEIVED, cookie=False)}, "cookie_lost", "nobody can sign in"),
        ({"received": msgspec.structs.replace(RECEIVED, origin=False)}, "headers_removed", "Origin"),
        ({"received": msgspec.structs.replace(RECEIVED, header=False)}, "headers_removed", "X-Playhead-Probe"),
        ({"received": msgspec.structs.replace(RECEIVED, http_version="1.0")}, "http_1_0", "HTTP/1.0"),
        ({"clock_ms": (-60_000.0, 20.0)}, "clock", "60.0 s ahead of"),
        ({"clock_ms": (60_000.0, 20.0)}, "replayed", "60.0 s old"),
        ({"url": "https://a-b.trycloudflare.com"}, "quick_tunnel", "quick tunnel"),
        ({"login": 401}, "token_refused", "401"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_request_that_was_changed_is_found(fields: dict[str, Any], expected: str, words: str) -> None:
    found = [one for one in verdict(well(**fields)).findings if one.id == expected]
    assert found
    assert words in found[0].sentence


@pytest.mark.parametrize(
    ("fields", "untested"),
    [
        ({"upload": AnnouncedUpload(2**31, 0)}, "The upload limit was not measured."),
        ({"upload": AnnouncedUpload(2**31, 100)}, ""),
        ({"clock_ms": (4_000.0, 20.0)}, ""),
        ({"clock_ms": (9_000.0, 8_000.0)}, ""),
    ],
    ids=["no answer", "let in", "a small difference", "an uncertain difference"],
)
def test_what_is_right_or_uncertain_is_no_finding(fields: dict[str, Any], untested: str) -> None:
    found = verdict(well(**fields))
    assert (ids(found), found.untested) == ([], [untested] if untested else [])


def refused(status: int, **headers: str) -> Stream:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return stream(deliver=lambda times: [], status=status, headers={"content-type": "text/html"} | named)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (refused(403, cf_mitigated="challenge"), [FindingId.CHALLENGE]),
        (refused(302, location="https://team.cloudflareaccess.com/"), [FindingId.SIGN_IN_PAGE]),
        (refused(200), [FindingId.SIGN_IN_PAGE]),
        (refused(524, server="cloudflare"), [FindingId.ERROR_PAGE]),
        (refused(401), [FindingId.TOKEN_REFUSED]),
        (refused(204, playhead_transport="poll; reason=kill_switch"), []),
        (refused(503, content_type="application/problem+json"), []),
        (refused(429, content_type="application/problem+json"), []),
    ],
    ids=["challenge", "redirect", "page", "error", "401", "kill switch", "full", "too often"],
)
def test_answer_in_place_of_a_stream_is_named(one: Stream, expected: list[FindingId]) -> None:
    for streams in ([one], [stream(), one, one]):
        found = verdict(measured(*streams, received=RECEIVED))
        assert ids(found) == expected
    assert not found.healthy


def test_replay_of_a_cache_is_not_taken_for_a_buffer() -> None:
    old = stream(deliver=at_the_end, began_at=T0 + 3_600_000)
    found = verdict(measured(old, old, clock_ms=(0.0, 10.0)))
    assert ids(found) == [FindingId.REPLAYED]


def test_what_only_the_first_address_has_lies_between_the_two() -> None:
    here, past = verdict(well(login=401, url="https://x.trycloudflare.com")), verdict(well(login=401))
    assert [one.id for one in between(here, past)] == [FindingId.QUICK_TUNNEL]
    assert between(past, here) == []


@pytest.mark.parametrize("url", ["http://[", "", "\0", "x" * 512])
def test_any_text_may_be_the_address(url: str) -> None:
    assert verdict(measured(stream(), url=url)).healthy


def first_alone(times: Sequence[float]) -> Sequence[float]:
    return [20.0, *[times[-1] + 20] * (len(times) - 1)]


def slowly(times: Sequence[float]) -> Sequence[float]:
    return [times[0] + 20, *(ms + 9000 + 60 * number for number, ms in enumerate(times[1:]))]


def cut_short(times: Sequence[float]) -> Sequence[float]:
    return [ms + 20 for ms in times[:2]]


def in_batches(times: Sequence[float]) -> Sequence[float]:
    return [(ms // 5000 + 1) * 5000 for ms in times]


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ([stream(deliver=first_alone)] * 2, FindingId.HELD_LATER),
        ([stream(deliver=cut_short, end="silent", ended_ms=9000)] * 2, FindingId.SILENT),
        ([stream(), *[stream("large", cut_short, end="silent", ended_ms=9000)] * 2], FindingId.HELD_LATER),
        ([stream(), stream("steady", in_batches)], FindingId.HELD_BY_TIME),
        ([stream(), stream("large", slowly)], FindingId.SLOW),
        ([stream(end="open")], FindingId.END_LOST),
        ([stream(headers=HEAD | {"content-encoding": "gzip", "server": "nginx"})], FindingId.COMPRESSED),
    ],
    ids=lambda value: str(value) if isinstance(value, FindingId) else "",
)
def test_stream_that_comes_in_another_way_is_found(streams: list[Stream], expected: FindingId) -> None:
    assert ids(verdict(measured(*streams))) == [expected]
