"""The patterns by which Beautiful Soup's selector library reads CSS, rewritten so that Python compiles them fast.

What is selected is in scrapers/sources. Nothing else of the library is touched.
"""

from __future__ import annotations

from functools import cache

from soupsieve.css_parser import CSSParser

# Python walks through 65,000 characters for each class that reaches beyond ASCII and ignores case, which is a
# twelfth of a second in each process; a class of what is not ASCII takes no time, and matches the same.
NOT_ASCII = r"[^\x00-\x7f]"
REWRITTEN = {
    r"[A-Za-z_\x80-\U0010ffff]": rf"(?:[A-Za-z_]|{NOT_ASCII})",
    r"[-0-9A-Za-z_\x80-\U0010ffff]": rf"(?:[-0-9A-Za-z_]|{NOT_ASCII})",
}


@cache
def compile_fast() -> None:
    """To be called before the first selector is used; later it changes nothing. A library with other patterns is left
    as it is.
    """
    for token in getattr(CSSParser, "CSS_TOKENS", ()):
        for one in (token, *getattr(token, "patterns", {}).values()):
            if isinstance(pattern := getattr(one, "pattern", None), str):
                for slow, fast in REWRITTEN.items():
                    pattern = pattern.replace(slow, fast)
                one.pattern = pattern
