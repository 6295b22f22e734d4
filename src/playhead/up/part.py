"""Runs a child process in a session of its own, so that the terminal's Ctrl-C reaches only `playhead up`."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from playhead.parent_death import STARTER
from playhead.up.output import Output


class Part:
    """One child process, which can be restarted.

    Args:
        name: shown to people, and the name of its log.
        command: the command line.
        environ: its whole environment, to which the process id of `playhead up` is added.
        output: reads what it prints.
        stop_timeout_s: seconds between `stop_signal` and SIGKILL.
        stop_signal: asks it to end.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        output: Output,
        *,
        stop_timeout_s: float,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.output = output
        self._command = command
        self._environ = {**environ, STARTER: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        self._stop_timeout_s = stop_timeout_s
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
        """Waits for its end, kills its own children, and returns its code; a negative one is a signal."""
        assert self._process is not None
        code = await self._process.wait()
        self._signal_all(signal.SIGKILL)
        self.output.finish()
        return code

    async def stop(self, kill: asyncio.Event) -> None:
        """Asks it to end and waits for that; kills it after the timeout, or as soon as `kill` is set."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.send_signal(self._stop_signal)
            ended = asyncio.ensure_future(self.ended())
            killed = asyncio.ensure_future(kill.wait())
            await asyncio.wait({ended, killed}, timeout=self._stop_timeout_s, return_when=asyncio.FIRST_COMPLETED)
            killed.cancel()
            self._signal_all(signal.SIGKILL)
            await ended
        self.output.close()

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal its process group, which it leads because it began a session."""
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):  # none is left (macOS: PermissionError for a zombie)
            os.killpg(self._process.pid, number)
