"""Every command, option and argument says in its help what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from orchestration.cli.main import main


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(names), command
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from commands(part, *names, name)


COMMANDS = dict(commands(main, "obmin"))


def test_the_walk_reaches_groups_and_their_commands() -> None:
    assert {"obmin", "obmin run", "obmin alerts", "obmin alerts show", "obmin sources check"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_and_arguments_have_a_help_text(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help] == []
    arguments = [one.metavar or str(one.name).upper() for one in command.params if isinstance(one, click.Argument)]
    words = {word for argument in arguments for word in re.findall("[A-Z_]+", argument)}
    assert {word for word in words if not re.search(rf"\b{word}\b", command.help)} == set()
