from pathlib import Path

from playhead.flags.file.location import default_file
from tests.support.flags_data import FlagsData
from tests.unit.cli.flags.command import ALLOWED, STREAM, flags, strategyless
from tests.unit.flags.admin_server import EXPORT, AdminServer


def test_push_shows_the_difference_and_asks(own: Path) -> None:
    FlagsData().roll_out(STREAM, 25).rename("sse.tuning", "my.own").save(own)
    before = own.read_bytes()
    said = f"{STREAM}: rollout 25%, in the file 100%\nsse.tuning: missing, only in the file\n"

    refused = flags("push", typed="n\n")
    assert (refused.exit_code, refused.stdout) == (1, said)
    assert "Bring 2 flags into force" in refused.stderr
    assert own.read_bytes() == before

    assert flags("push", typed="y\n").stdout == f"{said}Pushed 2 flags.\n"
    assert flags("diff").stdout == "my.own: not in the file\n"
    assert flags("push").stdout == "Nothing to push.\n"


def test_push_of_new_flags_leaves_moved_sliders_alone(own: Path) -> None:
    FlagsData().roll_out(STREAM, 25).without("sse.tuning").save(own)
    answer = flags("push", "--new", "--yes")
    assert answer.stdout == "sse.tuning: missing, only in the file\nPushed 1 flag.\n"
    assert flags("diff").stdout == f"{STREAM}: rollout 25%, in the file 100%\n"


def test_a_flag_without_strategies_in_this_environment_is_new_there(own: Path) -> None:
    strategyless("sse.tuning").roll_out(STREAM, 25).save(own)
    assert flags("push", "--new", "--yes").stdout.endswith("Pushed 1 flag.\n")
    assert own.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()
    assert flags("push", "--new", "--yes").stdout == "Nothing to push.\n"


def test_a_push_from_stdin_cannot_ask(own: Path) -> None:
    text = FlagsData().roll_out(STREAM, 25).text()
    assert "add --yes" in flags("push", "-", typed=text).stderr
    assert flags("push", "-", "--yes", typed=text).stdout.endswith("Pushed 1 flag.\n")
    assert own.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()


def test_pull_leaves_out_what_a_file_cannot_say_unless_it_is_ours(server: AdminServer) -> None:
    theirs = FlagsData()
    theirs.export["features"].append(dict(theirs.export["features"][0], name="their.own"))
    theirs.add_strategy(ALLOWED, 100, featureName="their.own", segments=[3])
    theirs.export["segments"] = [{"id": 3, "name": "beta"}]
    server.answers[EXPORT] = (200, theirs.text())
    answer = flags("pull", "-", "--token", "user:me")
    assert answer.stderr.endswith("Left out, because a file cannot say their segments: their.own.\n")
    assert answer.stdout_bytes == default_file().read_bytes()

    server.answers[EXPORT] = (200, FlagsData().strategy(STREAM, segments=[3]).text())
    refused = flags("pull", "-", "--token", "user:me")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.endswith(f"an export does not say what a segment is, use constraints: {STREAM}.\n")


def test_pull_after_push_gives_the_same_file(tmp_path: Path) -> None:
    assert flags("push", "--yes").exit_code == 0
    pulled = tmp_path / "pulled.json"
    assert flags("pull", str(pulled)).stdout == f"5 flags written to {pulled}.\n"
    assert pulled.read_bytes() == default_file().read_bytes()
    assert flags("pull", "-").stdout_bytes == default_file().read_bytes()


def test_pull_writes_the_file_that_is_read_without_a_server(own: Path, server: AdminServer) -> None:
    server.answers[EXPORT] = (200, FlagsData().roll_out(STREAM, 25).text())
    assert flags("pull", "--token", "user:me").stdout == f"5 flags written to {own}.\n"
    assert own.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()


def test_a_push_that_no_source_would_take_changes_nothing(own: Path, tmp_path: Path) -> None:
    before = FlagsData().save(own).read_bytes()
    wrong = FlagsData().strategy(STREAM, variants=[{"name": "a", "weight": 2**40}]).save(tmp_path / "wrong.json")
    answer = flags("push", str(wrong), "--yes")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.endswith("The flags cannot be used: the flag engine does not understand it.\n")
    assert own.read_bytes() == before


def test_a_push_that_the_server_took_only_in_part_is_said(server: AdminServer, tmp_path: Path) -> None:
    path = FlagsData().roll_out(STREAM, 25).save(tmp_path / "mine.json")
    answer = flags("push", str(path), "--yes", "--token", "user:me")
    assert answer.exit_code == 2
    left = f"{STREAM}: rollout 100%, in the file 25%\n"
    assert answer.stderr.endswith(f"Not all of it was taken:\n{left}")
