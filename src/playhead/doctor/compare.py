"""Compares the verdicts on two addresses of one site, the second past a proxy. Pure functions."""

from playhead.doctor.findings import Finding, Verdict


def between(here: Verdict, past: Verdict) -> list[Finding]:
    """The findings on the first address that the second does not have: their causes lie between the two."""
    also = {found.id for found in past.findings}
    return [found for found in here.findings if found.id not in also]
