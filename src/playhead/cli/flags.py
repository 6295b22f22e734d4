"""`playhead flags`: show, compare and change the flags in force, on an Unleash server, in a database or in a file."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from playhead.cli.flags_emergency import emergency
from playhead.cli.flags_emergency import show as show_emergency
from playhead.cli.flags_obeyed import Expect, report
from playhead.cli.flags_store import fails_in_a_sentence, file_without_server, on_store, read_text, text_of
from playhead.errors import ConfigError

if TYPE_CHECKING:
    from playhead.flags.administration.store import Store

DIFFERENT, WRONG = 1, 2
"""Exit codes; the package's docstring lists them all."""
FILE = click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))


@click.group()
def flags() -> None:
    """Look at the feature flags in force, and change them.

    With UNLEASH_URL they are those of the Unleash server, and two more settings are needed: UNLEASH_ADMIN_TOKEN, a
    personal access token of yours, so that the server's log names you; and UNLEASH_ENVIRONMENT, unless ENVIRONMENT or
    the processes' UNLEASH_API_TOKEN says which. Else they are those of FLAGS_FILE, of
    DATABASE_URL if it is PostgreSQL, or of DATA_DIR/flags.json. A change reaches the running processes within 2 s.
    """


flags.add_command(emergency)


@flags.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@on_store
def list_flags(store: "Store", as_json: bool) -> None:
    """Every flag: is it on, for which share, who answers for it, how old it is, and until when it may stay."""
    from playhead.cli.flags_table import as_rows, show_table
    from playhead.flags.administration.catalogue import catalogue
    from playhead.flags.administration.description import lacking

    archived, present = store.archived(), store.read()
    entries = catalogue(present)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(as_rows(entries, _today())), indent=2).decode())
    else:
        show_table(entries, _today())
        for sentence in lacking(present, read_text(None, text_of(None)), archived):
            click.echo(sentence)
    show_emergency()
    report(store, {entry.name for entry in entries}, Expect.NOTHING)


@flags.command()
@click.argument("name")
@on_store
def show(store: "Store", name: str) -> None:
    """All that there is to know about the flag NAME."""
    from playhead.cli.flags_set import expect
    from playhead.cli.flags_table import show_flag

    present = store.read()
    expect(store, present, name)
    show_flag(present, name, _today())


@flags.command()
@FILE
@fails_in_a_sentence
def check(file: Path | None) -> None:
    """Is FILE in order? Without it: the flags as delivered.

    Prints what is wrong, a line each, and ends with exit code 2 then.
    """
    from playhead.flags.administration.check import problems

    text = text_of(file)
    wrong = problems(text, _today())
    for problem in wrong:
        click.echo(problem)
    if wrong:
        raise SystemExit(WRONG)
    click.echo(f"{_count(len(read_text(file, text).names))}, all in order.")


@flags.command()
@FILE
@on_store
def diff(store: "Store", file: Path | None) -> None:
    """What is in force, and is not so in FILE, or the other way round. Without it: the flags as delivered.

    Exit code 1 says that there is a difference, 0 that there is none.
    """
    from playhead.flags.administration.description import differences

    found = differences(store.read(), read_text(file, text_of(file)))
    for sentence in _flat(found):
        click.echo(sentence)
    if found:
        raise SystemExit(DIFFERENT)
    click.echo("No difference.")


@flags.command()
@FILE
@click.option("--new", is_flag=True, help="Only flags that are not there yet, or have no strategy there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@on_store
def push(store: "Store", file: Path | None, new: bool, yes: bool) -> None:
    """Bring the flags of FILE into force. Without it: the flags as delivered.

    Shows what will change and asks first. Flags that are not in FILE stay what they are, and with --new also those that
    are in this environment already, where people may have moved them.
    """
    from playhead.cli.flags_set import REVIVE
    from playhead.flags.administration.description import differences
    from playhead.flags.administration.store import checked
    from playhead.flags.file.export import select

    if str(file) == "-" and not yes:
        raise ConfigError("With - the file comes by stdin, which cannot answer a question as well: add --yes.")
    present = store.read()
    wanted = read_text(file, text_of(file))
    archived = store.archived() & wanted.names
    if new:
        wanted = select(wanted, lambda name: not present.strategies(name) and name not in archived)
    if archived:
        sentence = f"Archived there, and so off: {', '.join(sorted(archived))}. {REVIVE}"
        if not new:
            raise ConfigError(sentence)
        click.echo(sentence, err=True)
    change = {name: found for name, found in differences(present, wanted).items() if name in wanted.names}
    if not change:
        click.echo("Nothing to push.")
        return
    wanted = select(wanted, lambda name: name in change)
    checked(wanted)
    for sentence in _flat(change):
        click.echo(sentence)
    if not yes:
        click.confirm(f"Bring {_count(len(change))} into force as the file says?", abort=True, err=True)
    store.bring(wanted)
    after = differences(store.read(), wanted)
    if left := _flat({name: after[name] for name in change if name in after}):
        raise ConfigError("Not all of it was taken:\n" + "\n".join(left))
    click.echo(f"Pushed {_count(len(change))}.")
    report(store, set(change), Expect.OBEDIENCE)


@flags.command()
@FILE
@on_store
def pull(store: "Store", file: Path | None) -> None:
    """Write the flags in force to FILE; `-` is stdout. Without it: the file that is read where there is no server.

    In one order and without what is only the server's, so that a difference of two such files is one of flags. A flag
    of somebody else's with segments is left out: a file cannot say those.
    """
    from msgspec.structs import replace

    from playhead.flags.administration.file_store import FileStore
    from playhead.flags.administration.store import checked
    from playhead.flags.answers.names import Flag
    from playhead.flags.file.export import select

    present = store.read()
    if foreign := present.segmented - set(Flag):
        click.echo(f"Left out, because a file cannot say their segments: {', '.join(sorted(foreign))}.", err=True)
        present = replace(select(present, lambda name: name not in foreign), segments=[])
    if str(file) == "-":
        click.echo(checked(present), nl=False)
        return
    path = file or file_without_server()
    FileStore(path).write(present)
    click.echo(f"{_count(len(present.names))} written to {path}.")


@flags.command("set")
@click.argument("name")
@click.argument("switch", required=False, type=click.Choice(["on", "off"]))
@click.option("--rollout", type=click.IntRange(0, 100), help="The share of users in percent.")
@on_store
def set_flag(store: "Store", name: str, switch: str | None, rollout: int | None) -> None:
    """Turn the flag NAME on or off, or move its slider.

    \b
    playhead flags set sse.allowed off
    playhead flags set sse.status-stream --rollout 25
    """
    from playhead.cli.flags_set import change
    from playhead.flags.administration.store import Unreachable

    if switch is None and rollout is None:
        raise click.UsageError("Say on, off, or --rollout.")
    try:
        change(store, name, switch, rollout)
        report(store, {name}, Expect.SOMEBODY)
    except Unreachable as error:
        raise Unreachable(f"{error} To stop all streams without it: playhead flags emergency off") from None


def _flat(sentences: dict[str, list[str]]) -> list[str]:
    return [sentence for several in sentences.values() for sentence in several]


def _count(number: int) -> str:
    return f"{number} flag{'' if number == 1 else 's'}"


def _today() -> date:
    return datetime.now(UTC).date()
