"""Measures the memory of a web process that takes 50 resumable uploads at once: `python -m infra.load.uploads`.

Fifty senders keep their slots' queue full, so the process always receives as many as it has slots for; the others are
told to come back. Memory is read before, while all of them send, and after.
"""

import base64
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from playhead.up import valkey
from playhead.up.folder import free_port

UPLOADS = 50
PEOPLE = 10
"""A person has four slots at most; more of them than the process has slots for all."""
MB = 1_000_000
LENGTH = 20 * MB
"""Of each recording: 1 GB in all, which would be seen if a share of it stayed in memory."""
CHUNK = 4 * 1024**2
GOAL_MB = 120.0
"""Most that the process may grow by: twelve slots with a window of 4 MiB, and what the kernel hands over at once."""
READY_S, PAUSE_S = 60.0, 0.2


@dataclass
class Senders:
    url: str
    done: int = 0
    waited: int = 0
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, cookie: str) -> None:
        """Uploads one recording by chunks; comes back where it is told to wait."""
        headers = {"Cookie": cookie, "X-Requested-With": "playhead", "Tus-Resumable": "1.0.0"}
        name = base64.b64encode(b"load.flac").decode()
        try:
            given = headers | {"Upload-Length": str(LENGTH), "Upload-Metadata": f"filename {name}"}
            path, offset = self._ask("POST", "/api/v1/uploads", given)[1]["Location"], 0
            while offset < LENGTH:
                body = (b"fLaC" if not offset else b"") + bytes(min(CHUNK, LENGTH - offset) - (0 if offset else 4))
                given = headers | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                status, answer = self._ask("PATCH", path, given, body)
                if status == 204:
                    offset = int(answer["Upload-Offset"])
                elif status in (429, 503):
                    with self._lock:
                        self.waited += 1
                    time.sleep(PAUSE_S)
                    offset = int(self._ask("HEAD", path, headers)[1]["Upload-Offset"])
                else:
                    raise ValueError(f"PATCH: {status}")
            with self._lock:
                self.done += 1
        except (OSError, HTTPException, ValueError) as error:
            self.failed.append(str(error))

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, Message]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
            return response.status, response.headers
        finally:
            connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        broker = valkey.prepare(Path(data) / "broker")
        started = subprocess.Popen(broker.command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        port = free_port()
        quota = {"QUOTA_BYTES": "0", "QUOTA_QUEUED": "0"}
        environ = os.environ | quota | {"DATA_DIR": data, "REDIS_URL": broker.url, "PORT": str(port)}
        subprocess.run([sys.executable, "-m", "playhead", "migrate"], env=environ, check=True)
        with (Path(data) / "web.log").open("wb") as log:
            web = subprocess.Popen([sys.executable, "-m", "playhead", "web"], env=environ, stdout=log, stderr=log)
        try:
            sys.exit(0 if measure(f"http://127.0.0.1:{port}", web.pid) else 1)
        finally:
            for process in (web, started):
                process.terminate()
                process.wait(60)


def measure(url: str, pid: int) -> bool:
    wait_ready(url)
    cookies = [register(url, number) for number in range(PEOPLE)]
    warm_up = Senders(url)
    warm_up.send(cookies[0])
    before, most = memory_mb(pid), 0.0
    senders = Senders(url)
    threads = [threading.Thread(target=senders.send, args=(cookies[n % PEOPLE],)) for n in range(UPLOADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, memory_mb(pid))
        time.sleep(PAUSE_S)
    took_s = time.monotonic() - began
    grown = most - before
    lines = [
        f"{senders.done} of {UPLOADS} uploads of {LENGTH // MB} MB in {took_s:.0f} s, {senders.waited} waits",
        f"memory of the web process: {before:.0f} MB before, {most:.0f} MB at most, {memory_mb(pid):.0f} MB after",
        f"it grew by {grown:.0f} MB; the goal is {GOAL_MB:.0f} MB at most",
        *senders.failed[:3],
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return senders.done == UPLOADS and grown <= GOAL_MB


def wait_ready(url: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(PAUSE_S)
    raise TimeoutError("the web process is not ready")


def register(url: str, number: int) -> str:
    body = {"email": f"load{number}@example.org", "password": "correct horse battery staple"}
    made = httpx.post(
        f"{url}/api/v1/auth/register", json=body, headers={"X-Requested-With": "playhead"}, trust_env=False
    )
    made.raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in made.cookies.items())


def memory_mb(pid: int) -> float:
    """The process's own memory, without pages of files."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:"))) / 1000


if __name__ == "__main__":
    main()
