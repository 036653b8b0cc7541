"""A text that tries to be a link, a mention, markup and a forged line wherever it is shown.

Hostile pages and posts are in tests/faults.
"""

from __future__ import annotations

HOSTILE = (
    "<b>x</b> [a](http://evil.example) **b** @everyone <@123> `c` http://evil.example www.evil.example #tag &lt; "
    "\u202ereversed\u200f \x1b[31m ~~d~~ ||e|| _f_ mailto:a@evil.example\nTitle: forged"
)
