"""`playhead canary URL`: watches a session of its own through a site's public address, again and again."""

from typing import TYPE_CHECKING

import click

from playhead.cli.doctor import address_of
from playhead.cli.token import token_option

if TYPE_CHECKING:
    from playhead.cli.canary_notice import Notices
    from playhead.cli.canary_round import Connect, Round

EVERY_S = 60.0
"""Between the beginnings of two rounds: no window of the numbers is empty then, and a dead path shows in minutes."""
PASSED, FAILED, UNREACHABLE, INTERRUPTED = 0, 1, 3, 130
"""Exit codes; the package's docstring lists them all."""
CODES = {"passed": PASSED, "failed": FAILED, "unreachable": UNREACHABLE, "skipped": FAILED}


@click.command()
@click.argument("url", envvar="PLAYHEAD_SERVER")
@token_option("playhead user token EMAIL --scope canary")
@click.option("--once", "is_once", is_flag=True, help="One round, for cron; the exit code says how it went.")
@click.option("--json", "is_json", is_flag=True, help="A line of JSON for each round.")
@click.option(
    "--webhook",
    envvar="ALERT_WEBHOOK",
    default="",
    help="Posted to when the site is away, and when it is back; signed with WEBHOOK_SECRET. Not with --once.",
)
@click.pass_obj
def canary(connect: "Connect | None", url: str, token: str, is_once: bool, is_json: bool, webhook: str) -> None:
    """Watch a session of its own on the site at URL, by a stream and by polls, and report it as a page does.

    The token is of the scope canary: `playhead user token EMAIL --scope canary` makes one. Give each canary an account
    of its own.

    Exit codes: 0 passed, or ended by SIGTERM, 1 a leg failed, 2 refused, 3 the site cannot be reached or is
    elsewhere, 130 Ctrl-C.
    """
    import asyncio

    address = address_of(url)
    notices = None if is_once or not webhook else _notices(address, webhook)
    run = Canary(address, token, connect, notices, is_json=is_json)
    try:
        code = asyncio.run(run.once() if is_once else run.for_ever())
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    raise SystemExit(code)


def _notices(address: str, webhook: str) -> "Notices":
    """Raises ConfigError: the webhook or its secret is wrong."""
    import os

    from playhead.cli.canary_notice import Notices
    from playhead.urls import check_webhook
    from playhead.webhooks.post import Webhook
    from playhead.webhooks.signing import keys_of

    check_webhook("alert_webhook", webhook)
    return Notices(address=address, webhook=Webhook(url=webhook, keys=keys_of(os.environ.get("WEBHOOK_SECRET", ""))))


class Canary:
    """One run of the command. `connect`: makes the HTTP client; None: that of `canary_round`."""

    def __init__(
        self,
        address: str,
        token: str,
        connect: "Connect | None" = None,
        notices: "Notices | None" = None,
        *,
        is_json: bool = False,
        every_s: float = EVERY_S,
    ) -> None:
        self._address = address
        self._token = token
        self._connect = connect
        self._notices = notices
        self._is_json = is_json
        self._every_s = every_s

    async def once(self) -> int:
        """Runs a round; returns the exit code. Raises Problem: the site refuses this canary."""
        from playhead.cli import canary_round

        found = await canary_round.run_round(self._address, self._token, self._connect or canary_round.connect)
        self._print(found)
        if self._notices is not None:
            await self._notices.note(found)
        return CODES[found.outcome]

    async def for_ever(self) -> int:
        """Runs rounds until SIGTERM; returns the exit code. Raises Problem: the site refuses this canary."""
        import asyncio
        import signal

        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        is_over = False

        def end() -> None:
            nonlocal is_over
            is_over = True
            task.cancel()

        loop.add_signal_handler(signal.SIGTERM, end)
        due_at = loop.time()
        try:
            while True:
                await self.once()
                due_at = max(due_at + self._every_s, loop.time())
                await asyncio.sleep(due_at - loop.time())
        except asyncio.CancelledError:
            if not is_over:  # Ctrl-C
                raise
            return PASSED
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    def _print(self, found: "Round") -> None:
        if self._is_json:
            import msgspec

            click.echo(msgspec.json.encode(found.document(self._address)))
            return
        is_wrong = found.outcome in ("failed", "unreachable")
        advice = f". Find out why: playhead doctor {self._address}" if is_wrong else ""
        click.echo(f"{found.at:%Y-%m-%dT%H:%M:%SZ} {found.sentence}{advice}")
