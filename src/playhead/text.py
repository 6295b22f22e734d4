"""Text that people type and read."""

JOINERS = "\u200c\u200d"
"""Zero width non-joiner and joiner: part of how Persian and Indian words are spelled, and of emoji such as families."""


def size(count: int) -> str:
    """Formats bytes as people do: `12 MB`, `1.5 GB`."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":  # from there on three digits round to 1000
            break
        value /= 1000
    return f"{value:.3g} {unit}"


def one_line(text: str) -> str:
    """The text on one line, without what cannot be shown: one space stands for it, and for each run of spaces."""
    return " ".join("".join(letter if _is_shown(letter) else " " for letter in text).split())


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS


def clock(seconds: float) -> str:
    """Formats a position or length: `4:12`, or `1:02:03` from an hour on."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
