"""A part of the whole: a child process in a session of its own, so that the terminal's Ctrl-C reaches only us."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from playhead.parent_death import STARTER
from playhead.up.output import Output


class Part:
    """One process, which can be started again under the same name."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        output: Output,
        *,
        patience_s: float,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.output = output
        self._command = command
        self._environ = {**environ, STARTER: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        self._patience_s = patience_s
        self._stop_signal = stop_signal
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        write = self.output.open()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                start_new_session=True,
            )
        finally:
            os.close(write)

    async def ended(self) -> int:
        """Wait for its end; what it started in turn is ended too. Negative: the signal that ended it."""
        assert self._process is not None
        code = await self._process.wait()
        self._signal_all(signal.SIGKILL)
        self.output.finish()
        return code

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask it to end, and wait; after its patience, or in a hurry, end it."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.send_signal(self._stop_signal)
            ended = asyncio.ensure_future(self.ended())
            hurried = asyncio.ensure_future(hurry.wait())
            await asyncio.wait({ended, hurried}, timeout=self._patience_s, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
            self._signal_all(signal.SIGKILL)
            await ended
        self.output.close()

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal its whole group: it leads one, being the first of its session."""
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):  # nobody is left (macOS calls a zombie's group forbidden)
            os.killpg(self._process.pid, number)
