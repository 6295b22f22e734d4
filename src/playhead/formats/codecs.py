"""The table of codecs: FFmpeg's decoders that are used, what people call them, and the names of others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codec:
    """A way of coding sound: its name for people, FFmpeg's decoders, and where it is found."""

    name: str
    decoders: tuple[str, ...]
    found_in: str


CODECS = (
    Codec("AAC", ("aac", "aac_latm"), "phones, video, broadcasts"),
    Codec("MP1, MP2, MP3", ("mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"), "podcasts, recorders, video"),
    Codec("Opus", ("opus", "libopus"), "browsers, messengers"),
    Codec("Vorbis", ("vorbis",), "Ogg, old WebM"),
    Codec("Speex", ("speex",), "old telephony"),
    Codec("FLAC", ("flac",), "archives"),
    Codec("ALAC", ("alac",), "Apple"),
    Codec("WavPack", ("wavpack",), "archives"),
    Codec("TTA", ("tta",), "archives"),
    Codec("Windows Media Audio", ("wmav1", "wmav2", "wmapro", "wmalossless", "wmavoice"), "recorders, old Windows"),
    Codec("AC-3, E-AC-3", ("ac3", "eac3"), "video, broadcasts"),
    Codec("DTS", ("dca",), "video discs"),
    Codec("TrueHD, MLP", ("truehd", "mlp"), "video discs"),
    Codec("AMR", ("amrnb", "amrwb"), "phones, voice memos"),
    Codec("GSM 6.10", ("gsm", "gsm_ms"), "telephone systems"),
    Codec("G.711", ("pcm_alaw", "pcm_mulaw"), "telephone systems"),
    Codec("G.722", ("g722",), "telephone systems"),
    Codec("G.723.1", ("g723_1",), "telephone systems"),
    Codec("G.726", ("g726", "g726le"), "telephone systems"),
    Codec(
        "ADPCM (IMA, Microsoft, Yamaha, Flash)",
        ("adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha", "adpcm_swf"),
        "old recorders",
    ),
    Codec("Nellymoser", ("nellymoser",), "old web recordings"),
    Codec(
        "PCM",
        (
            *("pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le"),
            *("pcm_s32be", "pcm_s32le", "pcm_s8", "pcm_u8", "pcm_bluray", "pcm_dvd", "s302m"),
        ),
        "field recorders, cameras, studios",
    ),
)
"""What phones, recorders, cameras, telephone systems and browsers make. FFmpeg has hundreds more, rarely reviewed, and
would run those for video just to read the size of a picture."""

DECODERS = frozenset(decoder for codec in CODECS for decoder in codec.decoders)
WHITELIST = ",".join(sorted(DECODERS))
"""FFmpeg's `codec_whitelist`."""

_OTHERS = {
    "apac": "APAC (Apple Positional Audio)",
    "ac-4": "AC-4",
    "mha1": "MPEG-H",
    "mhm1": "MPEG-H",
    "qdm2": "QDesign Music",
    "qdmc": "QDesign Music",
    "sqcp": "QCELP",
    "sevc": "EVRC",
    "iamf": "IAMF",
}
"""Names for people of codecs that are not decoded, by FFmpeg's name or the file's own code."""


def name_of(code: str) -> str:
    """What people call a codec, by FFmpeg's name or by the code in the file; empty for an empty one."""
    listed = next((codec.name for codec in CODECS if code in codec.decoders), None)
    return listed or _OTHERS.get(code.lower(), code.upper().replace("_", " "))
