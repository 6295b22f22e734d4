"""Weighs the end of a line or cue after a unit: after a sentence it costs nothing, within a phrase most."""

from playhead.library.subtitles.units import is_spaceless

SENTENCE, CLAUSE, WORD, ELSE = 0.0, 2.0, 3.0, 6.0
"""After a sentence · after a comma, or at a space of a script that has few · before a clause word · elsewhere."""
SENTENCE_MARKS = frozenset(".!?…。！？．؟۔।॥")
CLAUSE_MARKS = frozenset(",;:،؛、，；：–—・")
CLOSING = "\"'”’»)]}」』）】"
ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "z.b", "d.h", "nr", "sr", "sra"})
CLAUSE_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "and or but nor so because although though while if unless until when where which who that as than "
        "of in on at by for from with without about into to between through during before after since",
        "de": "und oder aber sondern denn weil dass ob wenn obwohl während bevor nachdem damit sodass wo wie als "
        "der die das in im an am auf bei mit nach von vom zu zum zur für über unter zwischen durch ohne um aus",
        "fr": "et ou mais donc or ni car que qui quand si comme parce puisque lorsque où dont "
        "de du des à au aux en dans sur sous par pour avec sans entre vers chez",
        "es": "y e o u pero sino ni que porque cuando si como aunque mientras donde quien "
        "de del a al en con sin por para sobre entre hacia desde hasta",
        "pt": "e ou mas nem que porque quando se como embora enquanto onde quem "
        "de do da dos das a ao em no na com sem por para sobre entre até desde",
        "it": "e o ma né che perché quando se come anche mentre dove chi "
        "di del della a al in nel nella con senza per su tra fra da dal",
        "nl": "en of maar want dat omdat als wanneer terwijl hoewel waar wie die "
        "van in op aan bij met naar uit voor over onder tussen door zonder om te",
        "pl": "i lub albo ale że bo ponieważ gdy kiedy jeśli chociaż gdzie który która które "
        "w we z ze na do od po przy przez dla bez między o u",
        "ru": "и или но а что чтобы потому когда если хотя где который которая которые "
        "в во с со на к от до по при через для без между о об у из",
    }.items()
}
"""Conjunctions and prepositions: the guides end a line before them."""


def cost(unit: str, following: str, *, spaced: bool, language: str | None) -> float:
    """Weighs a break between two units.

    Args:
        unit: the text before it.
        following: the text behind it.
        spaced: whether a space is between them.
        language: code of the speech.
    """
    bare = unit.rstrip(CLOSING)
    mark = bare[-1:]
    if mark in SENTENCE_MARKS and _is_end(bare, following):
        return SENTENCE
    if mark in CLAUSE_MARKS:
        return CLAUSE
    if spaced and is_spaceless(unit[-1]) and is_spaceless(following[0]):
        return CLAUSE
    words = CLAUSE_WORDS.get(language or "")
    return WORD if words and following.rstrip(",.;:!?").lower() in words else ELSE


def is_sentence(unit: str) -> bool:
    """Whether a text that ends with this unit ends with a sentence."""
    return unit.rstrip(CLOSING)[-1:] in SENTENCE_MARKS


def _is_end(bare: str, following: str) -> bool:
    """Whether the mark ends a sentence, not an abbreviation, an initial or an ordinal number."""
    if following[0].islower():
        return False
    stem = bare[:-1].lower()
    return bare[-1] != "." or not (stem in ABBREVIATIONS or len(stem) == 1 or stem.isdigit())
