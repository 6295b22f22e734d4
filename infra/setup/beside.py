"""beside.py COMMAND COMMAND…: run shell commands at the same time, and tell of each as if they ran one after the other.

The first one's output is shown as it comes, each other's when all before it are told. Ends with 1 if any failed.
Not `make -j`, which mixes the lines, and not the shell's `&`, behind which a program ignores Ctrl-C for good.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(commands: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        outputs = [None, *(Path(folder, str(number)) for number in range(1, len(commands)))]
        running = []
        for command, output in zip(commands, outputs, strict=True):
            sink = output.open("wb") if output else None
            running.append(subprocess.Popen(command, shell=True, stdout=sink, stderr=sink and subprocess.STDOUT))  # noqa: S602
        for process, output in zip(running, outputs, strict=True):
            process.wait()
            if output:
                sys.stdout.flush()
                with output.open("rb") as told:
                    shutil.copyfileobj(told, sys.stdout.buffer)
                sys.stdout.buffer.flush()
    failed = [command for command, process in zip(commands, running, strict=True) if process.returncode]
    for command in failed:
        sys.stderr.write(f"failed: {command}\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
