"""The command `playhead`. What a command needs is imported when it runs, so that `--help` answers at once.

Exit codes: 0 done · 1 a transcription failed or was canceled, one of several files was refused, `flags diff` found a
difference, not every process obeys its flags, `doctor` found something wrong, a leg of `canary` failed, an alert fires
or nobody watches, or a test notice is not taken · 2 a wrong command or setting, or a refusal, in one sentence, or
`flags check` or `rollout check` found something · 3 the server cannot be reached · 4 another `transcribe` goes on with
the upload · 130 Ctrl-C.
"""

from typing import Any

import click

from playhead import __version__
from playhead.cli.alerts import alerts
from playhead.cli.canary import canary
from playhead.cli.doctor import doctor
from playhead.cli.flags import flags
from playhead.cli.here import config, migrate, up, web, worker
from playhead.cli.people import COMMANDS
from playhead.cli.queue import queue
from playhead.cli.retry import retry
from playhead.cli.rollout import rollout
from playhead.cli.rollout_orders import COMMANDS as ORDERS
from playhead.cli.rollout_status import COMMANDS as VIEWS
from playhead.cli.transcribe import transcribe
from playhead.cli.user import user
from playhead.errors import ConfigError, Problem


class Refused(click.ClickException):
    """One sentence on stderr, and an exit code that says it was not our fault."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class Playhead(click.Group):
    """All commands: what a person can put right is told in a sentence, not by a stack of frames."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ConfigError, Problem) as error:
            raise Refused(str(error)) from error


@click.group(cls=Playhead, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Playhead turns audio into text and lets people watch it happen.

    Settings come from the environment: `playhead config` shows them.
    """


for command in COMMANDS:
    user.add_command(command)
for command in (*ORDERS, *VIEWS):
    rollout.add_command(command)
for command in (
    up,
    web,
    worker,
    migrate,
    config,
    queue,
    user,
    flags,
    rollout,
    alerts,
    transcribe,
    retry,
    doctor,
    canary,
):
    main.add_command(command)
