"""Runs the proxies of `infra/proxies/real.py`."""

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from infra.proxies.real import Places, Real, command

from tests.support.certificate import self_signed
from tests.support.ports import free_port
from tests.support.programs import Program, environ, program
from tests.support.waiting import until

SETUP = Path(__file__).parents[2] / "infra" / "setup" / "proxies.sh"


def binaries() -> Mapping[str, str]:
    """The paths of the programs by their names. Fails if one is missing and cannot be installed."""
    done = subprocess.run(["bash", SETUP], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {Path(path).name: path for path in done.stdout.split()}


@contextmanager
def running(reals: Mapping[str, Real], server: int, folder: Path) -> Iterator[Mapping[str, int]]:
    """Runs proxies in front of a server of this machine; yields their ports by their names, once all accept."""
    found = binaries()
    with ExitStack() as stack:
        ports, programs = {}, {}
        for number, (name, real) in enumerate(reals.items()):
            own = folder / str(number)
            own.mkdir(parents=True)
            own.chmod(0o755)  # Squid and Varnish give up root's rights
            at = Places(free_port(), server, own)
            run = command(real, found[real.program], at, _tls(own) if real.tls else "")
            # Without this test's Python: mitmproxy is a program of the system's.
            settings = environ(HOME=str(own), XDG_DATA_HOME=str(own), XDG_CONFIG_HOME=str(own), PYTHONPATH="")
            programs[name] = stack.enter_context(program(run, settings, own / "log"))
            ports[name] = at.port
        for name, port in ports.items():
            until(partial(_accepts, port, programs[name]), f"{name} accepts connections")
        yield ports
        for name, running in programs.items():
            if reals[name].program == "squid":
                running.end()  # it leaves shared memory behind if it is killed


def _accepts(port: int, running: Program) -> bool:
    assert running.process.poll() is None, running.out + running.err
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _tls(folder: Path) -> str:
    certificate, key = self_signed(folder)
    return f" ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key}"
