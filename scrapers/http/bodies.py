"""Reading a response body as received, up to a size limit.

Decompression is in content_encoding.py.
"""

from __future__ import annotations

import requests

from scrapers.content_encoding import LARGEST_BODY
from scrapers.http import robots


class TooLarge(Exception):
    """A body that exceeds the size limit."""


def whole_body(response: requests.Response) -> bytes:
    """The rest of the body, still compressed. Raises TooLarge."""
    payload = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=False):
        payload += chunk
        if len(payload) > LARGEST_BODY:
            raise TooLarge
    return bytes(payload)


def start_of_body(response: requests.Response) -> bytes:
    """The part of a robots.txt that counts; a compressed one is read whole, like any page."""
    if response.headers.get("Content-Encoding"):
        return whole_body(response)
    payload = bytearray()
    while len(payload) <= robots.LARGEST and (chunk := response.raw.read1(64 * 1024, decode_content=False)):
        payload += chunk
    return bytes(payload)
