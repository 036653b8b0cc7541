"""The WARC files to mine, on this machine's disks or in S3: which there are, and their bytes from any place on.

What is in them is in warc_records.py.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from scrapers.errors import ObminError

S3 = "s3://"
ENDINGS = (".warc", ".warc.gz")
# Of one request to S3.
BLOCK = 8 * 1024 * 1024
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 10, 60


class UnreadableWarc(ObminError):
    """A file or folder can't be found, opened or read to its end: a disk or a network failed, not the file."""


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A file to mine. ``name`` is its path as given, below a folder that was given, or its s3:// address; ``size`` is
    in bytes.
    """

    name: str
    size: int

    @property
    def place(self) -> str:
        """The same for each way to name the file: its absolute path or its address."""
        return self.name if self.name.startswith(S3) else os.path.realpath(self.name)


def warc_files(given: Iterable[str]) -> tuple[list[WarcFile], list[str], int]:
    """The files that are given or are in given folders, each once and in order; a sentence for each given name that
    is no file and no folder with WARC files; and how many other files those folders hold.
    """
    files: dict[str, WarcFile] = {}
    faults, others = [], 0
    for name in given:
        try:
            found = list(_files_at(name))
        except UnreadableWarc as error:
            faults.append(str(error))
            continue
        warcs = [file for file, is_named in found if is_named or file.name.endswith(ENDINGS)]
        others += len(found) - len(warcs)
        if not warcs:
            faults.append(f"{name} is a folder without a WARC file; name one with files *.warc or *.warc.gz.")
        files |= {file.place: file for file in warcs if file.place not in files}
    return list(files.values()), faults, others


def _files_at(name: str) -> Iterator[tuple[WarcFile, bool]]:
    """The file of a name, or all in its folder; and whether it is the one that was named."""
    from pyarrow import fs

    system, path = _system_of(name)
    try:
        (about,) = system.get_file_info([path])
        if about.type == fs.FileType.File:
            yield WarcFile(name, about.size), True
            return
        below = system.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    except OSError as error:
        raise _unreadable(name, error) from error
    # S3 has no folders, only names that begin alike.
    if about.type == fs.FileType.NotFound and not below:
        raise UnreadableWarc(f"There is no {name}; look whether it was moved, and name a WARC file or a folder.")
    for one in sorted(below, key=lambda one: str(one.path)):
        if one.type == fs.FileType.File:
            rest = one.path.removeprefix(path).lstrip("/")
            yield WarcFile(f"{name.rstrip('/')}/{rest}", one.size), False


def open_warc(name: str) -> BinaryIO:
    """A file's stream of bytes, which can go to any place. Raises UnreadableWarc, from every read too."""
    system, path = _system_of(name)
    try:
        return io.BufferedReader(_Blocks(name, system.open_input_file(path)), BLOCK)
    except OSError as error:
        raise _unreadable(name, error) from error


class _Blocks(io.RawIOBase):
    """A file of pyarrow as Python's streams; its errors are UnreadableWarc, which no reader takes for a damage."""

    def __init__(self, name: str, file: Any) -> None:
        self._name, self._file = name, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return int(self._file.readinto(buffer))
        except OSError as error:
            raise _unreadable(self._name, error) from error

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._file.close()
        super().close()


def _system_of(name: str) -> tuple[Any, str]:
    """The file system of a name, and the path in it. S3 is set up by the AWS_* variables of the environment."""
    from pyarrow import fs

    if not name.startswith(S3):
        return fs.LocalFileSystem(), os.path.realpath(name)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    system = fs.S3FileSystem(
        endpoint_override=endpoint,
        region=region,
        connect_timeout=SECONDS_TO_CONNECT,
        request_timeout=SECONDS_TO_ANSWER,
    )
    return system, name.removeprefix(S3)


def _unreadable(name: str, error: OSError) -> UnreadableWarc:
    reason = " ".join((error.strerror or str(error) or type(error).__name__).split()).rstrip(".")
    where = "the address and the AWS_* variables" if name.startswith(S3) else "the file and its disk"
    return UnreadableWarc(f"{name} can't be read: {reason}. Look at {where}, then run again.")
