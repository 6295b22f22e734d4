"""Uploads by tus to a real web process lose no byte: cut at random bytes, killed in the middle of a chunk, in S3."""

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from tests.support.ports import free_port
from tests.support.s3 import BUCKET, KEYS, s3_server
from tests.support.site import Person, Site, Web
from tests.support.tus_line import CONTENT_TYPE, ROUTE, TusLine, reset
from tests.support.waiting import until

CUTS = 100
CHUNK_BYTES = 192 * 1024
"""Cut at a random byte of 192 KiB each, 100 chunks bring about 10 MB."""
RECORDING = b"fLaC" + random.Random(1).randbytes(CUTS * CHUNK_BYTES)
PART_BYTES = 8 * 1024**2


@dataclass(frozen=True)
class Sender:
    web: Web
    person: Person

    @property
    def line(self) -> TusLine:
        return TusLine(self.web.port, self.person.headers)

    def session(self, path: str) -> dict[str, object]:
        with httpx.Client(base_url=self.web.url, headers=self.person.headers, trust_env=False) as client:
            found: dict[str, object] = client.get(path.replace("/uploads/", "/sessions/")).json()
            return found

    def read_bytes(self) -> float:
        """How many bytes of uploads the process has read so far."""
        text = httpx.get(f"{self.web.url}/metrics", trust_env=False).text
        (line,) = (line for line in text.splitlines() if line.startswith("playhead_upload_bytes_total "))
        return float(line.split()[1])

    def digest(self, path: str) -> str:
        """SHA-256 of the recording as it is served."""
        with httpx.Client(base_url=self.web.url, headers=self.person.headers, trust_env=False) as client:
            return sha256(client.get(path.replace("/uploads/", "/sessions/") + "/audio").content).hexdigest()


@pytest.fixture
def sender(site: Site, web: Web) -> Sender:
    return Sender(web, site.person())


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A client of Moto's S3."""
    with s3_server() as client:
        yield client


@pytest.fixture
def bucket_settings(bucket: Any) -> dict[str, str]:
    """Settings of a web process that stores there."""
    return KEYS | {"STORAGE_URL": f"s3://recordings/tus?endpoint={bucket.meta.endpoint_url}&region=us-east-1"}


def sizes(bucket: Any, path: str) -> list[int]:
    """The sizes of the parts of an upload."""
    listed = bucket.list_objects_v2(Bucket=BUCKET, Prefix=f"tus/audio/{Path(path).name}/")
    return [found["Size"] for found in listed.get("Contents", ())]


@contextmanager
def in_a_bucket(site: Site, settings: dict[str, str]) -> Iterator[Sender]:
    with site.web(**settings) as web:
        yield Sender(web, site.person())


def state_of(session: dict[str, object]) -> object:
    status = session["status"]
    assert isinstance(status, dict)
    return status["state"]


def cut(sender: Sender, path: str, offset: int, length: int, sent: bytes, *, is_reset: bool) -> None:
    """Sends a part of a chunk of `length` bytes, and cuts the connection once the server reads it."""
    read = sender.read_bytes()
    with sender.line.open(path, offset, length, sent[:1]) as connection:
        until(lambda: not sent or sender.read_bytes() > read, "the server reads", look_s=0.005)
        connection.sendall(sent[1:])
        if is_reset:
            reset(connection)


def cut_often(sender: Sender, recording: bytes, cuts: int, chunk_bytes: int, rng: random.Random) -> str:
    """Uploads a recording over connections that are cut at random bytes; returns its path."""
    line = sender.line
    path, offset = line.begin(len(recording)), 0
    for number in range(cuts):
        length = min(chunk_bytes, len(recording) - offset)
        sent = rng.randrange(length)
        cut(sender, path, offset, length, recording[offset : offset + sent], is_reset=number % 2 == 1)
        before, offset = offset, line.offset(path)
        assert before <= offset <= before + sent
    assert 0 < offset < len(recording)
    assert line.append(path, offset, recording[offset:]).status == 204
    return path


def test_hundred_cuts_at_random_bytes_lose_nothing(sender: Sender) -> None:
    path = cut_often(sender, RECORDING, CUTS, CHUNK_BYTES, random.Random(2))
    assert state_of(sender.session(path)) == "queued"
    assert sender.digest(path) == sha256(RECORDING).hexdigest()


def test_cuts_lose_nothing_in_a_bucket(site: Site, bucket_settings: dict[str, str]) -> None:
    with in_a_bucket(site, bucket_settings) as sender:
        path = cut_often(sender, RECORDING, 12, 3 * 1024**2, random.Random(3))
        assert sender.digest(path) == sha256(RECORDING).hexdigest()


def test_every_byte_before_a_cut_is_kept(sender: Sender) -> None:
    line = sender.line
    path = line.begin(len(RECORDING))
    cut(sender, path, 0, len(RECORDING), RECORDING[:1_234_567], is_reset=False)

    def progress() -> object:
        status = sender.session(path)["status"]
        assert isinstance(status, dict)
        return status["progress"]

    until(lambda: progress() == 1_234_567 / len(RECORDING), "all that came is stored")
    assert line.offset(path) == 1_234_567


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_process_that_ends_in_the_middle_of_a_chunk_loses_nothing(site: Site, number: signal.Signals) -> None:
    person, port = site.person(), free_port()
    with ExitStack() as stack:
        web = stack.enter_context(site.web(port))
        path = Sender(web, person).line.begin(len(RECORDING))
        file = site.folder / "audio" / "audio" / Path(path).name
        connection = stack.enter_context(Sender(web, person).line.open(path, 0, len(RECORDING), RECORDING[:7_000_001]))
        until(lambda: file.exists() and file.stat().st_size == 7_000_001, "what was sent is in the file")
        web.program.end(number)
        connection.close()
        again = Sender(stack.enter_context(site.web(port)), person)
        assert again.line.offset(path) == file.stat().st_size == 7_000_001
        assert again.line.append(path, 7_000_001, RECORDING[7_000_001:]).status == 204
        assert again.digest(path) == sha256(RECORDING).hexdigest()


def test_process_killed_in_the_middle_of_a_part_loses_that_part_at_most(
    site: Site, bucket: Any, bucket_settings: dict[str, str]
) -> None:
    person, port = site.person(), free_port()
    sent = PART_BYTES + 1_000_000
    with ExitStack() as stack:
        web = stack.enter_context(site.web(port, **bucket_settings))
        first = Sender(web, person)
        path = first.line.begin(len(RECORDING))
        read = first.read_bytes()
        stack.enter_context(first.line.open(path, 0, len(RECORDING), RECORDING[:sent]))
        until(lambda: first.read_bytes() == read + sent, "all that was sent was read")
        until(lambda: sizes(bucket, path) == [PART_BYTES], "a part is stored")
        web.program.end(signal.SIGKILL)
        again = Sender(stack.enter_context(site.web(port, **bucket_settings)), person)
        offset = again.line.offset(path)
        assert offset == PART_BYTES
        assert again.line.append(path, offset, RECORDING[offset:]).status == 204
        assert again.digest(path) == sha256(RECORDING).hexdigest()


def test_official_python_client_uploads_and_resumes(sender: Sender) -> None:
    client = TusClient(sender.web.url + ROUTE, headers=sender.person.headers)
    recording = RECORDING[:3_000_000]
    first: Any = client.uploader(
        file_stream=BytesIO(recording), chunk_size=700_000, metadata={"filename": "vortrag é.flac", "language": "de"}
    )
    first.upload_chunk()
    first.upload_chunk()
    second = client.uploader(file_stream=BytesIO(recording), chunk_size=700_000, url=first.url)
    assert second.offset == 1_400_000
    second.upload()
    path = ROUTE + "/" + Path(str(first.url)).name
    session = sender.session(path)
    assert (session["filename"], session["language"], state_of(session)) == ("vortrag é.flac", "de", "queued")
    assert sender.digest(path) == sha256(recording).hexdigest()


def test_two_clients_at_once_end_with_the_whole_recording(site: Site, sender: Sender) -> None:
    line = sender.line
    path = line.begin(len(RECORDING))
    with closing(line.open(path, 0, len(RECORDING), RECORDING[:500_000])) as older:
        file = site.folder / "audio" / "audio" / Path(path).name
        until(lambda: file.exists() and file.stat().st_size == 500_000, "the older one appends")
        offset = line.offset(path)
        older.settimeout(30)
        assert b" 409 " in older.recv(65536).split(b"\r\n")[0]
        assert line.append(path, offset, RECORDING[offset:]).status == 204
    assert sender.digest(path) == sha256(RECORDING).hexdigest()


def test_newer_request_wins_over_one_in_another_process(site: Site, sender: Sender, other_web: Web) -> None:
    elsewhere = Sender(other_web, sender.person)
    path = sender.line.begin(len(RECORDING))
    file = site.folder / "audio" / "audio" / Path(path).name
    with closing(sender.line.open(path, 0, len(RECORDING), RECORDING[:500_000])) as older:
        until(lambda: file.exists() and file.stat().st_size == 500_000, "the older one appends")
        assert elsewhere.line.append(path, elsewhere.line.offset(path), RECORDING[500_000:900_000]).status == 204
        older.sendall(RECORDING[500_000:600_000])
        older.settimeout(30)
        assert b" 409 " in older.recv(65536).split(b"\r\n")[0]
        assert sender.line.append(path, 900_000, RECORDING[900_000:]).status == 204
    assert sender.digest(path) == sha256(RECORDING).hexdigest()


def test_long_chunk_may_come_as_a_post(sender: Sender) -> None:
    line, recording = sender.line, RECORDING[:3_000_000]
    path = line.begin(len(recording))
    override = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": CONTENT_TYPE}
    answer = line.ask("POST", path, override, recording)
    assert (answer.status, answer.headers["Upload-Offset"]) == (204, "3000000")
    assert sender.digest(path) == sha256(recording).hexdigest()
