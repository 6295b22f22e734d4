"""What a web process reports about its flags, so that a command can tell whether a change is in force everywhere."""

import msgspec


class Report(msgspec.Struct, frozen=True, kw_only=True):
    instance: str
    """The process, for people: its machine, port and process id."""
    source: str
    """`Source.kind` of its flags."""
    flags: dict[str, str]
    """The fingerprints of the flags in force, by name."""
    emergency: bool
    """Whether the emergency switch keeps its streams off."""
    age_s: float | None
    """Seconds since the source last confirmed the flags; null: it never did."""
    trouble: str = ""
    """Why the flags may be out of date, in a sentence that names the setting to look at."""

    def obeys(self, wanted: dict[str, str], source: str) -> bool:
        """Whether these fingerprints are in force, come from that source, and can still change."""
        in_force = all(self.flags.get(name, "") == fingerprint for name, fingerprint in wanted.items())
        return in_force and self.source == source and not self.trouble


def decode(document: bytes) -> Report | None:
    """Decode the report of a process; None if it is of a release whose reports differ."""
    try:
        return msgspec.json.decode(document, type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
