"""What can be wrong with a recording: the codes, and the sentences that say what it is and what to do."""

from enum import StrEnum

MIN_S = 0.25
"""The shortest recording in seconds: what the voice detector takes for speech is never shorter."""


class AudioFault(StrEnum):
    """The codes of what is wrong with a file; clients see them, so they do not change."""

    UNREADABLE = "unreadable"
    NO_AUDIO = "no_audio"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    DAMAGED = "damaged"
    UNFINISHED = "unfinished"
    PROTECTED = "protected"
    UNKNOWN_CODEC = "unknown_codec"
    TOO_SHORT = "too_short"
    NO_TRACK = "no_track"


_CONVERT = "Save it as MP3, WAV, M4A, FLAC or Ogg with another program, and upload that."

SENTENCES = {
    AudioFault.UNREADABLE: f"This is not an audio or video file in a format that can be read here. {_CONVERT}",
    AudioFault.NO_AUDIO: "This file has no sound track. Upload a file that has sound.",
    AudioFault.EMPTY: "There is no sound in this file: it is empty, or only its header was written. Check that it plays"
    " on your device, and upload it again.",
    AudioFault.TOO_LONG: "This recording is longer than is allowed here. Cut it into shorter parts, and upload each.",
    AudioFault.DAMAGED: "This file is damaged: its sound cannot be decoded. If there is another copy of the recording,"
    " upload that one.",
    AudioFault.UNFINISHED: "This recording is not complete: the index at its end is missing. Copy it once more from the"
    " device that made it, or let that device or a repair program finish it, and upload that.",
    AudioFault.PROTECTED: "This file is protected against copying (DRM), so it cannot be decoded. Upload a copy without"
    " protection.",
    AudioFault.UNKNOWN_CODEC: f"The sound is coded as {{name}}, which cannot be decoded here. {_CONVERT}",
    AudioFault.TOO_SHORT: "This recording is only {name} long, too short for a word. If it should be longer, upload it"
    " again.",
    AudioFault.NO_TRACK: "This file has no sound track of that number that can be decoded. Choose another one.",
}
"""`{name}`: of the codec, or the length."""


class AudioError(Exception):
    """The file cannot be transcribed, and a retry will not help.

    Attributes:
        detail: the sentence for people.
        evidence: for the log; it may quote the file's headers, but holds no path.
        name: what the sentence names, such as a codec.
    """

    def __init__(self, code: AudioFault, evidence: str = "", name: str = "") -> None:
        self.code = code
        self.name = name
        self.detail = SENTENCES[code].format(name=name or "something unusual")
        self.evidence = evidence
        super().__init__(f"{self.detail} ({evidence})" if evidence else self.detail)


def check_length(duration_s: float) -> None:
    """Refuses what is too short for speech. Raises AudioError `too_short`."""
    if duration_s < MIN_S:
        raise AudioError(AudioFault.TOO_SHORT, f"{duration_s} s", f"{duration_s:.2f} s")
