import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from infra.proxies.relay import Relay, relay

from tests.support.waiting import until

ANSWER_S = 10.0
SOON_S = 0.2
"""On the loopback a byte arrives in less than a millisecond."""

SLOW_S = 0.15
"""What 500 bytes take at least at 2,000 bytes a second: 0.25 s, but for the last piece. A busy machine takes longer."""


class Echo:
    """A server that sends back what it gets, and says goodbye at its client's end."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                taken, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(taken,), daemon=True).start()

    def _answer(self, taken: socket.socket) -> None:
        with taken, suppress(OSError):
            while data := taken.recv(1024):
                taken.sendall(data)
            taken.sendall(b"bye")

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def way() -> Iterator[Relay]:
    with closing(Echo()) as echo, relay(echo.port) as relayed:
        yield relayed


def connected(way: Relay) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", way.port), ANSWER_S)
    client.settimeout(ANSWER_S)
    return client


def ask(client: socket.socket, words: bytes = b"hello") -> bytes:
    client.sendall(words)
    return client.recv(1024)


def hears_nothing(client: socket.socket) -> bool:
    client.settimeout(SOON_S)
    try:
        return client.recv(1024) == b"never"
    except TimeoutError:
        return True
    finally:
        client.settimeout(ANSWER_S)


def test_bytes_and_ends_are_passed_on_both_ways(way: Relay) -> None:
    with connected(way) as client:
        assert ask(client) == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1024) == b"bye"
        assert client.recv(1024) == b""
    until(lambda: way.connections == 0)


def test_a_mute_connection_stays_open_and_goes_on_when_it_passes(way: Relay) -> None:
    with connected(way) as client:
        assert ask(client) == b"hello"
        way.behave("mute", new=False)
        client.sendall(b"anyone?")
        assert hears_nothing(client)
        with connected(way) as other:
            assert ask(other) == b"hello"
        way.behave("pass")
        assert client.recv(1024) == b"anyone?"


def test_connections_that_are_cut_are_reset(way: Relay) -> None:
    with connected(way) as client:
        assert ask(client) == b"hello"
        way.behave("cut")
        with pytest.raises(ConnectionResetError):
            client.recv(1024)
    with pytest.raises(ConnectionResetError), connected(way) as newcomer:  # some see it as soon as they connect
        newcomer.recv(1024)


def test_a_refusing_relay_leaves_open_connections_alone(way: Relay) -> None:
    with connected(way) as client:
        assert ask(client) == b"hello"
        way.behave("refuse")
        with pytest.raises(ConnectionRefusedError):
            connected(way)
        assert ask(client) == b"hello"
        way.behave("pass")
        with connected(way) as newcomer:
            assert ask(newcomer) == b"hello"


def test_a_slow_connection_carries_all_and_takes_its_time(way: Relay) -> None:
    way.behave("slow", rate=2000)
    with connected(way) as client:
        began = time.monotonic()
        client.sendall(b"x" * 500)
        received = 0
        while received < 500:
            received += len(client.recv(1024))
        assert time.monotonic() - began >= SLOW_S


def test_a_half_closing_client_gets_its_answer(way: Relay) -> None:
    way.behave("half-close")
    with connected(way) as client:
        client.sendall(b"hello")
        answer = b""
        while data := client.recv(1024):
            answer += data
    assert answer == b"hellobye"


def test_slow_without_a_rate_is_refused(way: Relay) -> None:
    with pytest.raises(ValueError, match="rate"):
        way.behave("slow")
