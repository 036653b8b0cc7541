"""Reading an answer's body, as it comes over the wire and no more of it than is wanted.

Its compression is content_encoding.py's.
"""

from __future__ import annotations

import requests

from scrapers.http import robots
from scrapers.http.content_encoding import LARGEST_BODY


class TooLarge(Exception):
    """A body that goes on after the most that is read of one."""


def whole_body(response: requests.Response) -> bytes:
    """What is left to be read, as it comes over the wire. Raises TooLarge."""
    payload = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=False):
        payload += chunk
        if len(payload) > LARGEST_BODY:
            raise TooLarge
    return bytes(payload)


def start_of_body(response: requests.Response) -> bytes:
    """As much of a robots.txt as counts; one that is compressed is read whole, as any page."""
    if response.headers.get("Content-Encoding"):
        return whole_body(response)
    payload = bytearray()
    while len(payload) <= robots.LARGEST and (chunk := response.raw.read1(64 * 1024, decode_content=False)):
        payload += chunk
    return bytes(payload)
