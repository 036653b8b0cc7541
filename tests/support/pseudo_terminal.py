"""Commands in a real pseudo-terminal of a given width, or in a pipe, and how their tables are read."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from rich.cells import cell_len

OBMIN = (sys.executable, "-m", "orchestration.cli")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command printed: with its escape sequences, and as lines without them."""

    raw: str
    status: int

    @property
    def lines(self) -> list[str]:
        return ESCAPES.sub("", self.raw).splitlines()

    @property
    def widest(self) -> int:
        return max(map(cell_len, self.lines), default=0)


def columns_of(lines: Sequence[str]) -> list[str]:
    """The columns' names, put together from the lines above the rule."""
    rule = next(number for number, line in enumerate(lines) if re.fullmatch("[─ ]+", line))
    spans = [found.span() for found in re.finditer("─+", lines[rule])]
    return ["".join(line[begin:end].strip() for line in lines[:rule]) for begin, end in spans]


def obmin_in_a_terminal(data: Path, width: int, *arguments: str, **environment: str) -> Printed:
    """What `obmin` prints to a terminal's standard output."""
    return in_a_terminal([*OBMIN, *arguments], width, subprocess.DEVNULL, OBMIN_DATA=str(data), **environment)


def obmin_in_a_pipe(data: Path, *arguments: str, **environment: str) -> Printed:
    process = subprocess.run(
        [*OBMIN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OBMIN_DATA": str(data), **environment},
        check=False,
    )
    return Printed(process.stdout.decode(), process.returncode)


def in_a_terminal(command: list[str], width: int, errors_to: int | None = None, **environment: str) -> Printed:
    """What a command prints to a terminal; standard error goes there too, unless it is told to go elsewhere."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, pack("HHHH", 40, width, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs if errors_to is None else errors_to,
        env={**kept, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment},
    )
    os.close(theirs)
    printed = b""
    while more := _read(ours):
        printed += more
    os.close(ours)
    return Printed(printed.decode().replace("\r\n", "\n"), process.wait())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side was closed
        return b""
