from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.errors import Problem
from playhead.uploads.multipart import MAX_FIELD_BYTES, FieldRead, FileBegins, FileData, Part, parts

TYPE = "multipart/form-data; boundary=xyz"
FIELD = b'--xyz\r\nContent-Disposition: form-data; name="language"\r\n\r\nen\r\n'
FILE = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n'
END = b"\r\n--xyz--\r\n"


async def in_chunks(body: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def read(body: bytes, size: int = 7, content_type: str = TYPE) -> tuple[list[Part], bytes]:
    """The parts without the file's data, and the data joined."""
    found = [part async for part in parts(in_chunks(body, size), content_type)]
    data = b"".join(part.data for part in found if isinstance(part, FileData))
    return [part for part in found if not isinstance(part, FileData)], data


async def test_quotes_of_a_name_are_read_as_browsers_write_them() -> None:
    found, _ = await read(FILE.replace(b"a.mp3", b"%22a%22.mp3") + b"sound" + END)
    assert found == [FileBegins("file", '"a".mp3')]


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
async def test_form_is_read_whatever_its_chunks(size: int) -> None:
    found, data = await read(FIELD + FILE + b"sound" + END, size)
    assert found == [FieldRead("language", "en"), FileBegins("file", "a.mp3")]
    assert data == b"sound"


@given(st.binary(max_size=300), st.integers(1, 50))
async def test_any_bytes_come_through(sound: bytes, size: int) -> None:
    sound = sound.replace(b"--xyz", b"")
    assert (await read(FILE + sound + END, size))[1] == sound


async def test_last_piece_says_so() -> None:
    found = [part async for part in parts(in_chunks(FILE + b"sound" + END), TYPE)]
    assert [part.last for part in found if isinstance(part, FileData)][-1]


async def test_large_file_passes_in_pieces() -> None:
    found = [part async for part in parts(in_chunks(FILE + bytes(3_000_000) + END, 1_000_000), TYPE)]
    pieces = [len(part.data) for part in found if isinstance(part, FileData)]
    assert sum(pieces) == 3_000_000
    assert max(pieces) < 200_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=" + "x" * 71),
        (b"", TYPE),
        (FILE + b"sound", TYPE),
        (FILE + b"sound\r\n--xyz", TYPE),
        (b"--xyz\r\nContent-Type: text/plain\r\n\r\nno name" + END, TYPE),
        (FIELD.replace(b"en", b"\xff") + FILE + END, TYPE),
        (FIELD.replace(b"en", b"x" * (MAX_FIELD_BYTES + 1)) + END, TYPE),
        (FIELD * 9 + END, TYPE),
        (b"--xyz\r\nX: " + b"x" * 1_000_000, TYPE),
        (b"x" * 1_000_000, TYPE),
    ],
    ids=[
        "json",
        "no boundary",
        "long boundary",
        "empty",
        "cut off",
        "cut in the boundary",
        "no disposition",
        "no UTF-8",
        "long field",
        "many fields",
        "endless header",
        "no form at all",
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Problem) as refused:
        await read(body, 50_000, content_type)
    assert (refused.value.status, refused.value.code) == (400, "malformed")
