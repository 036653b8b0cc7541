"""Reading of hand-written YAML files, ours and the user's, with size limits and a one-sentence error for any fault.

What a file must contain is checked by the module that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml

from scrapers.errors import ObminError

# Far above any hand-written file; a few lines of nested aliases expand to billions of values.
LARGEST_FILE = 20 * 1024 * 1024
MOST_VALUES = 2_000_000
DEEPEST = 50
T = TypeVar("T")


class BrokenYaml(ObminError):
    """A file is not usable YAML. The message names the file, the line and the fault."""


def read_yaml(path: Path) -> Any:
    """The file's content, None when it is empty.

    Raises BrokenYaml when the file is missing, unreadable, not UTF-8 text, not valid YAML, repeats a key, or
    exceeds the limits of size, depth or expanded values.
    """
    return parse_yaml(_text_of(path), str(path))


def read_shipped(package: str, name: str) -> Any:
    """The content of a YAML file that is part of a package of ours."""
    return parse_yaml((resources.files(package) / name).read_text("utf-8"), name)


def read_items(path: Path) -> list[tuple[Any, int]]:
    """The items of a file that is a list, each with the line where it begins. Raises BrokenYaml as `read_yaml`, and
    when the file is not a list.
    """
    return _parsed(_text_of(path), str(path), _items)


def _items(loader: _Loader, where: str) -> list[tuple[Any, int]]:
    root = loader.get_single_node()
    if not isinstance(root, yaml.SequenceNode):
        raise BrokenYaml(f"{where} is no list; look whether it is the right file.")
    return [(_item(loader, node), node.start_mark.line + 1) for node in root.value]


def _item(loader: _Loader, node: yaml.Node) -> Any:
    try:
        return loader.construct_document(node)
    except ValueError as error:  # "2024-02-30" has the form of a day
        raise yaml.MarkedYAMLError(
            problem=f"in the item that begins here, {error}", problem_mark=node.start_mark
        ) from error


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BrokenYaml(f"{path} is larger than {LARGEST_FILE >> 20} MiB; look whether it is the right file.")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BrokenYaml(f"{path} can't be read: {error.strerror}. Look whether it is the right file.") from error
    except UnicodeDecodeError as error:
        raise BrokenYaml(f"{path} is no text in UTF-8; look whether it is the right file.") from error


def parse_yaml(text: str, where: str) -> Any:
    """The same for a text; ``where`` is its name in error messages."""
    return _parsed(text, where, lambda loader, _: loader.get_single_data())


def _parsed(text: str, where: str, construct: Callable[[_Loader, str], T]) -> T:
    try:
        _check_size(text, where)
        loader = _Loader(text)
        try:
            return construct(loader, where)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f", line {mark.line + 1}" if mark else ""
        raise BrokenYaml(f"{where} is not valid YAML{at}: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise BrokenYaml(f"{where} is not valid YAML: {message[:200].rstrip('.')}.") from error


class _Loader(yaml.CSafeLoader):
    """Plain values only, and no duplicate keys: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is given twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _check_size(text: str, where: str) -> None:
    """Count values as if every alias were expanded. Raises BrokenYaml."""
    anchored: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        closed: tuple[str | None, int] | None = None
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = open_nodes.pop()
        elif isinstance(event, yaml.ScalarEvent):
            closed = (event.anchor, 1)
        elif isinstance(event, yaml.AliasEvent):
            closed = (None, anchored.get(str(event.anchor), 1))
        if closed is not None:
            anchor, size = closed
            if anchor is not None:
                anchored[anchor] = size
            above, sum_above = open_nodes.pop()
            open_nodes.append((above, sum_above + size))
        if len(open_nodes) > DEEPEST:
            raise BrokenYaml(f"{where} is nested more than {DEEPEST} deep; look whether it is the right file.")
        if open_nodes[-1][1] > MOST_VALUES:
            raise BrokenYaml(
                f"{where} unfolds to more than {MOST_VALUES:,} values; look whether it is the right file."
            )
