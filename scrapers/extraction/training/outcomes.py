"""What readings would state, and whether labels prove it right: the examples that confidence is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scrapers.extraction.candidates import Candidate, Signs, candidates
from scrapers.extraction.claims import Claimed
from scrapers.extraction.decoding import Decoded, DecodedEvent, Decoder
from scrapers.extraction.figures import Figure
from scrapers.extraction.periods import same_start
from scrapers.extraction.training.evaluation import Facts, expected, has_several_exchanges, parts_of
from scrapers.extraction.training.examples import Example

# Files of texts that were written to mislead: near misses, in rare words. Trees learn from them too; thresholds are
# chosen by the others, which follow reports as they come.
WRITTEN_TO_MISLEAD = (
    "brief_reports", "figures_and_sides", "hard_forms", "intricate_figures", "outside_and_days",
    "plain_posts", "plans", "posts_of_the_day", "short_forms", "short_news", "short_posts", "short_reports",
    "short_situations", "totals_and_figures", "totals_and_recalls", "traps", "two_exchanges",
)  # fmt: skip


class Outcome(NamedTuple):
    """One thing that a reading could state: what spoke for it, and whether it was right. ``event`` is the place of
    the outcome of its event, which has to be stated first; None for events themselves and claims. ``is_usual`` unless
    its text was written to mislead.
    """

    measure: str
    signs: Signs
    is_right: bool
    fold: int
    event: int | None = None
    is_usual: bool = True


def outcomes_of(pairs: Sequence[tuple[Example, Decoder]], folds: Sequence[int]) -> list[Outcome]:
    """All that readings would state and labels can judge."""
    found: list[Outcome] = []
    for (example, decoder), fold in zip(pairs, folds, strict=True):
        if has_several_exchanges(example):
            continue
        decoded, want, parts = decoder.decoded(), expected(example), parts_of(example)
        is_usual = not any(name in example.text.place for name in WRITTEN_TO_MISLEAD)
        events: dict[int | None, int] = {}
        for one in candidates(decoder, decoded, example.text.language):
            is_right = _is_right(one, decoded, example, want, parts)
            if is_right is None:
                continue
            is_event = one.event is not None and one.figure is None and one.mediator is None
            if is_event:
                events[one.event] = len(found)
            of = None if is_event else events.get(one.event)
            found.append(Outcome(one.name, one.signs, is_right, fold, of, is_usual))
    return found


def _is_right(
    one: Candidate, decoded: Decoded, example: Example, want: Facts, parts: set[tuple[str, str, int]]
) -> bool | None:
    """None where the labels do not judge it."""
    if one.claim is not None:
        return _is_claim_right(one.claim, one.is_period, want)
    event = decoded.events[one.event or 0]
    where, key_of = _where_labelled(event, want)
    if one.figure is not None:
        is_judged = where in ("exchange", "repatriation") or (where == "recap" and event.kind == "exchange")
        return _is_figure_right(one.figure, where, key_of, want, parts) if is_judged else None
    if one.mediator is not None:
        if where not in ("exchange", "repatriation", "recap") or (where == "recap" and not event.is_recap):
            return None
        named = want.get((f"{where}.mediators", key_of), frozenset())
        return isinstance(named, frozenset) and example.document.items[one.mediator].mediator in named
    return _is_event_right(event, example)


def _is_claim_right(claim: Claimed, is_period: bool, want: Facts) -> bool | None:
    """Whether the number is such a total; of its period, None where the labels have no such total."""
    if not is_period:
        return (f"claims.{claim.measure}", str(claim.value)) in want
    period = want.get(("claims.period", f"{claim.measure} {claim.value}"))
    return None if period is None else period == same_start(claim.period or "")


def _where_labelled(event: DecodedEvent, want: Facts) -> tuple[str, str]:
    """The field and key of an event's figures. What is read as news on a day whose exchange the labels take for a
    recalled one is compared with that: the fact is the same.
    """
    day = event.date.isoformat() if event.date else ""
    is_news = event.kind != "exchange" or day == want.get(("exchange.date", ""))
    is_recalled = not is_news and day in {key for _, key in want} - {""}
    return ("recap", day) if event.is_recap or is_recalled else (event.kind, "")


def _is_event_right(event: DecodedEvent, example: Example) -> bool:
    """Whether the text reports such an event; of a recalled one, whether it tells of one on that day."""
    labelled = [one for one in example.text.events.values() if one.kind == event.kind]
    if not event.is_recap:
        return any(one.role == "main" for one in labelled)
    return event.date is not None and any(
        one.role in ("main", "recap") and one.date == event.date.isoformat() for one in labelled
    )


def _is_figure_right(figure: Figure, where: str, key_of: str, want: Facts, parts: set[tuple[str, str, int]]) -> bool:
    if figure.measure == "by_service":
        branches = want.get((f"{where}.by_service", key_of), {})
        return isinstance(branches, dict) and branches.get(figure.category) == figure.value
    if figure.measure.startswith("part."):
        return (where, figure.measure, figure.value) in parts
    return want.get((f"{where}.{figure.measure}", key_of)) == figure.value
