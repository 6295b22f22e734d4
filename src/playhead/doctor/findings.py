"""What the doctor answers: the findings about an address, each with what may be the cause and what to change."""

from enum import StrEnum
from typing import Literal

import msgspec


class FindingId(StrEnum):
    """What may be wrong, in the order in which it is reported."""

    QUICK_TUNNEL = "quick_tunnel"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - no secret
    CHALLENGE = "challenge"
    SIGN_IN_PAGE = "sign_in_page"
    ERROR_PAGE = "error_page"
    HELD = "held"
    HELD_COMPRESSED = "held_compressed"
    HELD_SMALL = "held_small"
    HELD_BY_TIME = "held_by_time"
    HELD_LATER = "held_later"
    ONE_BEHIND = "one_behind"
    CUT_EARLY = "cut_early"
    CUT_TOTAL = "cut_total"
    CUT_IDLE = "cut_idle"
    CUT = "cut"
    SILENT = "silent"
    REPLAYED = "replayed"
    COOKIE_LOST = "cookie_lost"
    UPLOAD_LIMIT = "upload_limit"
    ACCEPT_NEEDED = "accept_needed"
    COMPRESSED = "compressed"
    HEADERS_REMOVED = "headers_removed"
    HTTP_1_0 = "http_1_0"
    END_LOST = "end_lost"
    DELAYED = "delayed"
    SLOW = "slow"
    CLOCK = "clock"


class Source(msgspec.Struct, frozen=True):
    """Where a row of the table of culprits comes from: `tried` here by a command, or a `vendor`'s page by its name."""

    kind: Literal["tried", "vendor"]
    of: str


class Culprit(msgspec.Struct, frozen=True):
    """What may be the cause of a finding.

    Args:
        recognised: by what it is recognised on this path; empty: it leaves no trace, so it may be there or not.
        change: what to change, and `where`.
        apart: how to find out whether it is this one.
    """

    id: str
    name: str
    recognised: str
    change: str
    where: str
    apart: str
    source: Source


class Finding(msgspec.Struct, frozen=True):
    """A finding: whether it is `wrong` or a `note`, a sentence with its numbers, and the culprits, likeliest first."""

    id: FindingId
    level: Literal["wrong", "note"]
    sentence: str
    culprits: list[Culprit] = []


class Verdict(msgspec.Struct, frozen=True):
    """What is wrong with an address.

    Args:
        healthy: nothing is wrong; there may be notes.
        sentence: the same for people, in one sentence.
        untested: what was not measured, and why.
    """

    healthy: bool
    sentence: str
    findings: list[Finding]
    untested: list[str]
