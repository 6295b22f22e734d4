"""What is said of an address at which no server answers: what is wrong, and what to do."""

import asyncio
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from playhead.cli.doctor_probe import Prober, Unreachable
from playhead.cli.doctor_unreachable import plain
from tests.support.certificate import self_signed


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("has_tls", "sentence"),
    [
        (True, r"its certificate is not trusted \(self-signed certificate\): give the site one"),
        (False, "it does not speak TLS: try http://"),
    ],
    ids=["certificate", "no TLS"],
)
async def test_https_that_fails_is_said_with_what_to_do(tmp_path: Path, has_tls: bool, sentence: str) -> None:
    served, empty = None, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if has_tls:
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(*self_signed(tmp_path))
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=served) as running:
        port = running.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match=sentence):
            await Prober(f"https://127.0.0.1:{port}", "", tls=lambda: empty).measure()


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (socket.gaierror(-2, "Name or service not known"), "the host has no address: check its name"),
        (TimeoutError(), "it does not answer in time: check the address, and what a firewall lets through"),
        (ValueError("anything"), "the words of httpx"),
    ],
    ids=["name", "timeout", "unknown"],
)
def test_first_cause_that_is_known_is_said(cause: Exception, sentence: str) -> None:
    error = httpx.ConnectError("the words of httpx")
    error.__cause__ = OSError("between")
    error.__cause__.__cause__ = cause
    assert plain(error) == sentence


def test_error_without_words_is_said_by_its_name() -> None:
    assert plain(httpx.ReadError("")) == "ReadError"
