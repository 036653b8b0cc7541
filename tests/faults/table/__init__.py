"""All attacks: one module per kind, each with a list ATTACKS. A new attack is a new entry in a list."""

from tests.faults.attack import Attack
from tests.faults.table import access, articles, listings, network, sources, telegram, text

ATTACKS: dict[str, list[Attack]] = {
    "access": access.ATTACKS,
    "articles": articles.ATTACKS,
    "listings": listings.ATTACKS,
    "network": network.ATTACKS,
    "sources": sources.ATTACKS,
    "telegram": telegram.ATTACKS,
    "text": text.ATTACKS,
}
