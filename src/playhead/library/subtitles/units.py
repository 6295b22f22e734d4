"""Splits text into units: what a line may end after, such as a word."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

import wcwidth

from playhead.library.subtitles.rules import LINE_COLUMNS

SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # marks that repeat a Chinese letter, and its zero
    (0x3040, 0x30FF),  # Japanese
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Chinese
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Ranges of letters of scripts without spaces between words."""
UNWANTED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""What turns the direction of all text behind it, also of the next line, and byte order marks."""
NO_BEGIN = frozenset({"Pe", "Pf", "Po", "Lm", "Mn", "Mc", "Me"})
"""Categories of letters that begin no line: closing marks, the long vowel of Japanese."""
SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ")
NO_END = frozenset({"Ps", "Pi"})


def cleaned(text: str) -> str:
    """Returns the text on one line, without control characters; joiners and marks of direction stay."""
    kept = (
        " " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text if letter not in UNWANTED
    )
    return " ".join((text if text.isascii() and text.isprintable() else "".join(kept)).split())


def columns(text: str) -> int:
    """Counts the columns that the text takes, one at least."""
    return len(text) if text.isascii() else max(1, wcwidth.wcswidth(text))


def is_spaceless(letter: str) -> bool:
    """Whether the letter is of a script without spaces between words."""
    return letter > "\u0dff" and any(first <= ord(letter) <= last for first, last in SPACELESS)


def units(text: str, language: str | None, line_columns: int = LINE_COLUMNS) -> Iterator[tuple[str, bool]]:
    """Splits a cleaned text.

    Args:
        text: without control characters.
        language: code of the speech, such as "ja"; it decides how Chinese letters are split.
        line_columns: a word that is longer is split between its letters.

    Yields:
        Each unit, and whether a space is before it.
    """
    for word in text.split(" "):
        spaced = True
        pieces = [word] if word.isascii() or not any(map(is_spaceless, word)) else _pieces(word, language)
        for piece in pieces:
            for part in [piece] if columns(piece) <= line_columns else _parts(piece, line_columns):
                yield part, spaced
                spaced = False


def _pieces(word: str, language: str | None) -> list[str]:
    """Splits text without spaces into phrases, so that none begins with a closing mark or ends with an opening one."""
    pieces: list[str] = []
    for piece in _splitter(word, language)(word):
        if pieces and _belong_together(pieces[-1][-1], piece[0]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _belong_together(last: str, first: str) -> bool:
    return (
        unicodedata.category(first) in NO_BEGIN
        or first in SMALL_KANA
        or unicodedata.category(last) in NO_END
        or (not is_spaceless(last) and not is_spaceless(first) and last.isalnum() and first.isalnum())
    )


def _splitter(word: str, language: str | None) -> Callable[[str], list[str]]:
    """Chooses what splits this text: BudouX knows the words of three languages; of others each letter is a unit."""
    if any("\u0e00" <= letter <= "\u0e7f" for letter in word):
        return _budoux("th")
    if language == "ja" or any("\u3040" <= letter <= "\u30ff" for letter in word):
        return _budoux("ja")
    if any(letter >= "\u3400" for letter in word):
        return _budoux("zh")
    return lambda text: list(wcwidth.iter_graphemes(text))


@cache
def _budoux(language: str) -> Callable[[str], list[str]]:
    import budoux

    parser = {
        "th": budoux.load_default_thai_parser,
        "ja": budoux.load_default_japanese_parser,
        "zh": budoux.load_default_simplified_chinese_parser,
    }[language]()
    return parser.parse


def _parts(word: str, line_columns: int) -> Iterator[str]:
    """Splits a word that fits on no line into parts that do."""
    part, width = "", 0
    for letter in wcwidth.iter_graphemes(word):
        own = columns(letter)
        if part and width + own > line_columns:
            yield part
            part, width = "", 0
        part += letter
        width += own
    yield part
