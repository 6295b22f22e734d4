"""The files that are made from the tables of `playhead.formats`, and their texts."""

from pathlib import Path

from playhead.formats.codecs import CODECS
from playhead.formats.containers import CONTAINERS, EXTENSIONS, SOURCE_EXTENSIONS

ROOT = Path(__file__).parents[2]


def document() -> str:
    """The documentation: a table of containers and one of codecs, in Markdown."""
    containers = "\n".join(
        f"| {container.name} | {' '.join(f'`.{extension}`' for extension in container.extensions)} |"
        f" `{container.media_type}` | {', '.join(container.demuxers)} |"
        for container in sorted(CONTAINERS, key=lambda container: container.name.lower())
    )
    codecs = "\n".join(f"| {codec.name} | {codec.found_in} | {', '.join(codec.decoders)} |" for codec in CODECS)
    return f"""# Formats

Made from `containers.py` and `codecs.py` by `python -m infra.formats`: change those, not this page.

A recording is what its content is: its name and the type that a client gives do not count. Of a video the sound is
heard. Any codec below may be in any container that can hold it. What is not listed is refused, with the codec's name in
the sentence; playlists, pictures and whatever else refers to other files or addresses are refused always.

## Containers

| container | usual endings | type of a download | FFmpeg's demuxers |
|---|---|---|---|
{containers}

## Codecs

| codec | found in | FFmpeg's decoders |
|---|---|---|
{codecs}
"""


def page_list() -> str:
    """The page's lists, in TypeScript."""
    lines = "\n".join(f"  '.{extension}'," for extension in sorted(EXTENSIONS))
    of_sources = ", ".join(f"'.{extension}'" for extension in sorted(SOURCE_EXTENSIONS))
    return f"""/** Endings of the formats that are read. Made from their table by `python -m infra.formats`. */
export const ENDINGS = [
{lines}
] as const

/** Those that program sources have, too. */
export const SOURCE_ENDINGS = [{of_sources}] as const
"""


FILES = {
    ROOT / "src/playhead/formats/README.md": document,
    ROOT / "src/web/app/src/lib/endings.ts": page_list,
}
