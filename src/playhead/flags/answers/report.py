"""What a web process says of its flags, for whoever wants to know whether a change is obeyed."""

import msgspec


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    instance: str
    """For people: its machine, port and process."""
    source: str
    """Where its flags come from, as `Source.kind` says it."""
    flags: dict[str, str]
    """Of its flags in force, the gists by name."""
    emergency: bool
    """Whether it holds all streams off because of the emergency switch."""
    age_s: float | None
    """How long ago the source last said what its flags are; null: never."""
    trouble: str = ""
    """Why its flags may be old, in a sentence that names the setting to look at."""

    def obeys(self, wanted: dict[str, str], source: str) -> bool:
        """Whether these gists are in force here because that source says so, and can change them."""
        in_force = all(self.flags.get(name, "") == gist for name, gist in wanted.items())
        return in_force and self.source == source and not self.trouble


def decode(document: bytes) -> Standing | None:
    """None: from a release that says other things."""
    try:
        return msgspec.json.decode(document, type=Standing)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
