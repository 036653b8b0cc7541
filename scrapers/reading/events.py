"""Which event each sentence speaks of, and which of its counts are that event's.

Sentences are read in order: the first completed exchange is the text's own; another day, or a
sentence that looks back, is a recap of its own day until the paragraph ends.
"""

from __future__ import annotations

from datetime import date, timedelta

from scrapers.reading.claims import SINCE_INVASION, Claim, find_claims
from scrapers.reading.dates import Day
from scrapers.reading.drafts import Draft, Gathered
from scrapers.reading.evidence import LEAD, Evidence, is_noun
from scrapers.reading.labels import RANKS
from scrapers.reading.sentences import PEOPLE, View
from scrapers.reading.telling import (
    counts_exchanges,
    counts_russians_only,
    dates_report,
    event_day,
    is_outside,
    is_told,
    sums_days,
)
from scrapers.reading.unknown import families_counted

# An announcement comes within days of its exchange; what is older is told again.
ANNOUNCED_WITHIN = timedelta(days=3)
# The last sentence, counted from 0, that still says what the text is about.
OPENING = 2
# Concepts that can begin, date, plan, recall or explain an event; a sentence of none of them is passed by.
TELLING = frozenset(
    {"release", "release_infinitive", "release_noun", "happened", "handed", "received", "exchange", "stage"}
    | {"exchange_verbs", "captives", "repatriation", "on_shield", "formula", "to_russia", "handover_to_russia"}
    | {"plan", "suspended", "recap", "anniversary", "mediation", "outside", "denied", "several_days"}
)
BULLETS = frozenset("•-*·▪▫◦")


def gather(views: list[View], published: date | None) -> Gathered:
    """Read the sentences of a text in order. ``published`` is Kyiv's day of publication."""
    return _Gatherer(views, published).run()


class _Gatherer:
    def __init__(self, views: list[View], published: date | None) -> None:
        self.views = views
        self.published = published
        self.result = Gathered()
        self.main: Draft | None = None
        self.context: Draft | None = None
        self.fallen: View | None = None  # said last that the fallen were handed over
        self.foreign = False
        self.theirs = False  # the sentence before opened or went on with a list of the other side's people
        self.looking_back = -1  # the paragraph that looks back
        self.recapped = -1  # the last sentence that looked back
        self.claimed: Claim | None = None  # of the sentence before
        self.pending: list[tuple[View, list[int]]] = []  # counts that wait for their event
        self.evidence = Evidence(views)

    def run(self) -> Gathered:
        for view in self.views:
            claims = find_claims(view, self.published, self.claimed)
            if not self.evidence.of_captives:  # "за год провели 1200 обменов" may be of flats
                kept = {p: c for p, c in claims.items() if c.measure != "exchanges" or c.period == SINCE_INVASION}
                claims = kept
            self._continue_claim(view, claims)
            self.result.claims += [(view, claim) for claim in claims.values()]
            self.foreign = view.is_foreign or (self.foreign and not view.has("ukraine"))
            if self.foreign:
                self._reject(view, "another country's exchange", claims)
                continue
            self._place(view, claims)
        for view, own in self.pending:
            self.result.unknown += families_counted(view, own)
            self.result.rejected += [(view.counts[p], "no completed exchange is spoken of") for p in own]
        if self.main is not None and not self.main.counts and not is_told(self.main):
            self.result.drafts.remove(self.main)
        return self.result

    def _continue_claim(self, view: View, claims: dict[int, Claim]) -> None:
        """ "…звільнено 5757. Ще 536 повернуто поза обмінами": the second sentence shares the period."""
        before, self.claimed = self.claimed, next(iter(claims.values()), None)
        if before is None or claims or not view.counts:
            return
        opening = range(view.sentence.first, view.sentence.first + 2)
        adds = any(m.first in opening for m in view.of("addition")) and view.has("outside")
        if adds and (is_noun(view.counts[0], *PEOPLE) or view.counts[0].kind == ""):
            claims[0] = Claim(before.measure, view.counts[0], before.period, "outside")
        elif any(m.first in opening for m in view.of("subset")) and not view.has("exchange"):
            self._reject(view, "a part of a claimed total", {})
            view.counts.clear()

    def _lists_theirs(self, view: View) -> bool:
        """Items below "Ukraine handed over 56 people to Russia:"."""
        item = view.tokens[view.sentence.first].text in BULLETS
        listing = self.theirs and item
        opens = view.tokens[view.sentence.last - 1].text == ":" and view.has("to_russia", "handover_to_russia")
        self.theirs = listing or opens
        return listing

    def _place(self, view: View, claims: dict[int, Claim]) -> None:
        if not view.counts and not view.days and not self.theirs and view.found.is_disjoint(TELLING):
            return None  # nothing in it that an event could be made of
        if self._lists_theirs(view):
            return self._reject(view, "lists those whom the other side got", claims)
        own = [p for p in range(len(view.counts)) if p not in claims]
        if view.has("denied"):
            return self._reject(view, "the text denies it", claims)
        released = [p for p, claim in claims.items() if claim.measure == "released"]
        if released and not view.has("today"):
            own = [p for p in own if p < min(released)]
        own = self._without_bodies(view, own)
        if view.is_of_bodies and view.has("happened") and not view.has("plan", "suspended"):
            self.fallen = view
        self._note_plans(view)
        if view.is_anniversary:
            self.looking_back = view.sentence.paragraph
            return self._reject(view, "an anniversary", claims)
        self._thank_for_bodies(view)
        claims_only = bool(claims) and not view.has("today")
        evidence = self.evidence.is_in(view, own, claims_only, begun=self.main is not None)
        day = event_day(view)
        if self._looks_back(view, day, evidence):
            return self._recap(view, own, day, evidence)
        if self.main is None and evidence and self._may_begin(view, day):
            self._begin(view, day)
        if self.main is None:
            if not view.has("plan", "suspended", "foreign"):
                self.pending.append((view, own))
            else:
                self.result.rejected += [(view.counts[p], "no completed exchange is spoken of") for p in own]
            return None
        self._settle_date(view, day)
        self._add(self.main, view, own, evidence)
        return None

    def _may_begin(self, view: View, day: Day | None) -> bool:
        return view.order <= 6 or day is not None or any(c.kind == "service" for c in view.counts)

    def _is_repatriated(self, view: View) -> bool:
        if view.has("suspended") or view.is_anniversary or (view.is_recap and event_day(view) is None):
            return False
        finished = view.is_released or view.has("happened", "handed", "received")
        finished = finished or (view.has("release_noun") and view.has("reports") and not view.has("plan", "talks"))
        return finished or (view.has("repatriation") and not view.has("plan"))

    def _without_bodies(self, view: View, own: list[int]) -> list[int]:
        """The positions left when those of the fallen went to their repatriation."""
        fallen = ("bodies", *PEOPLE) if view.has("on_shield") else ("bodies",)
        bodies = [p for p in own if is_noun(view.counts[p], *fallen)]
        if not bodies or not self._is_repatriated(view):
            return own
        self._add_bodies(view, bodies)
        return [p for p in own if p not in bodies]

    def _note_plans(self, view: View) -> None:
        subject = view.has("exchange", "captivity", "captives", "repatriation")
        subject = subject or (view.has("release_noun") and self.evidence.tells_of_exchange)
        if view.has("plan", "suspended") and subject:
            self.result.speaks_of_plans = True
            self.result.opens_with_plans |= view.order <= OPENING

    def _thank_for_bodies(self, view: View) -> None:
        """ "Дякуємо Червоному Хресту", after the bodies and with no exchange to thank for."""
        if self.main is None and view.has("mediation") and view.has("mediators"):
            for draft in self.result.drafts:
                if not draft.is_recap:
                    draft.views.append(view)

    # Events -----------------------------------------------------------------------------------

    def _begin(self, view: View, day: Day | None) -> None:
        if day is None:
            day = self._named_before(view)
        value = day.value if day else self.published
        basis = ("report" if dates_report(view, day) else "text") if day else "publication"
        hinted = any(v.has("outside", "outside_hint") for v in self.views)
        kind = "release_outside_exchange" if hinted and not self.evidence.tells_of_exchange else "exchange"
        told = next((d for d in self.result.drafts if (d.kind, d.date) == (kind, value)), None)
        self.main = told or Draft(kind, value, basis, view)
        self.main.is_recap = self._is_old(value)
        self.main.since = day.since if day else None
        if told is None:
            self.result.drafts.append(self.main)
        if view.order < OPENING:
            self.result.opening = self.main
        # A list may stand before the sentence that says what it lists.
        for earlier, own in self.pending:
            if view.order - earlier.order <= LEAD:
                self._add(self.main, earlier, own, False)
        self.pending = [pair for pair in self.pending if view.order - pair[0].order > LEAD]

    def _named_before(self, view: View) -> Day | None:
        """ "Більшість звільнених у середу поранені. …": a day of the captives named just before."""
        for earlier, _ in reversed(self.pending):
            told = earlier.has("captivity", "captives") or any(is_noun(c, *PEOPLE) for c in earlier.counts)
            if told and view.order - earlier.order <= LEAD and (day := event_day(earlier)):
                return day
        return None

    def _is_old(self, day: date | None) -> bool:
        return bool(day and self.published and self.published - day > ANNOUNCED_WITHIN)

    def _settle_date(self, view: View, day: Day | None) -> None:
        """A day named after the opening dates the event, unless the sentence counts other people."""
        main = self.main
        assert main is not None
        if day is None or day.value is None or (view is main.origin and main.date_basis != "publication"):
            return
        written = {d.value for d in view.own_days() if d.basis == "written" and d.value}
        if day.basis == "relative" and written and day.value not in written and view.order < 4:
            shown = ", ".join(sorted(d.isoformat() for d in written))
            self.result.issues.append(f"the text names {shown} beside the day of publication")
        tells = view.has("exchange", "release", "release_noun", "stage") and not self._counts_others(view)
        if (main.date_basis == "publication" and tells) or self._is_dated_by_report(view):
            main.date, main.date_basis, main.since = day.value, "text", day.since
            main.is_recap = self._is_old(day.value)

    def _is_dated_by_report(self, view: View) -> bool:
        """Only the day of a report was named so far, and no people: the sentence may name the event's own."""
        assert self.main is not None
        dated = self.main.date_basis == "report" and not self.main.values
        return dated and view.has("exchange", "release", "release_noun", "stage", "happened")

    def _looks_back(self, view: View, day: Day | None, evidence: bool) -> bool:
        if 0 <= view.order - self.recapped <= 1 and any(
            m.first <= view.sentence.first + 1 for m in view.of("in_turn")
        ):
            self.looking_back = view.sentence.paragraph  # "in turn, the head of the office said": of the same day
        if view.is_recap or self.looking_back == view.sentence.paragraph:
            return True
        if self.main is None or day is None or day.value is None or day.basis == "relative":
            return False
        if self._is_dated_by_report(view):
            return False
        if self.main.date_basis == "publication" and not self._counts_others(view):
            # "Перший обмін відбувся 24 березня": days after it nobody announces it anew.
            apart = view.order - self.main.origin.order > 1 or counts_exchanges(view)
            return apart and bool(self.main.values) and self._is_old(day.value)
        if self.main.values and counts_russians_only(view):
            return False  # "the 75 Russian soldiers arrived in Moscow the day after"
        return evidence and self.main.date is not None and day.value != self.main.date

    def _counts_others(self, view: View) -> bool:
        """The sentence counts people other than those already counted for the text's own event."""
        assert self.main is not None
        told = self.main.values
        counted = {c.value for c in view.counts if is_noun(c, *PEOPLE) or c.kind == "service"}
        return bool(counted) and not counted & told

    def _recap(self, view: View, own: list[int], day: Day | None, evidence: bool) -> None:
        self.recapped = view.order
        later = any(m.first <= view.sentence.first + 1 for m in view.of("later"))
        if self.looking_back != view.sentence.paragraph or later:
            self.looking_back, self.context = view.sentence.paragraph, None
        told = evidence or (view.names_exchange and view.has("reports") and not view.has("plan"))
        if day is not None and day.value is not None and told:
            same = self.main is not None and self.main.date == day.value
            if not same and self.published is not None and day.value > self.published:
                return self._reject(view, "a day still to come", {})
            self.context = self.main if same else self._draft_of(day.value, view)
        if self.context is None and self._is_same_news(view, day, told):
            if self.main is None:
                self._begin(view, None)
            self.context = self.main
        if self.context is None and self.main is not None and self.main.is_recap:
            self.context = self.main  # "Тоді": the day that the text told of before
        if self.context is None:
            return self._reject(view, "looks back at a day that is not named", {})
        self._add(self.context, view, own, evidence)
        return None

    def _is_same_news(self, view: View, day: Day | None, told: bool) -> bool:
        """Footage of an exchange, and below: "Ранее сообщалось, что состоялся обмен 185 на 185", the same day's."""
        if not told or day is not None or not view.has("earlier") or view.has("months", "anniversary"):
            return False
        if self.main is not None:
            return self.main.date_basis == "publication" and not self.main.is_recap
        opening = [v for v in self.views if v.order <= 1]
        return any(v.has("footage") and v.has("exchange", "from_ukraine") for v in opening)

    def _draft_of(self, day: date, view: View) -> Draft:
        for draft in self.result.drafts:
            if draft.date == day and draft.kind == "exchange":
                return draft
        # A later day than the text's own is a further day of the same exchange, unless it is old itself.
        begun = (self.main.since or self.main.date) if self.main is not None else None
        goes_on = begun is not None and day >= begun
        since = next((named.since for named in view.own_days() if named.since), None)
        is_recap = self._is_old(day) or not (goes_on or day == self.published)
        draft = Draft("exchange", day, "text", view, is_recap, since)
        self.result.drafts.append(draft)
        return draft

    def _add_bodies(self, view: View, bodies: list[int]) -> None:
        day = event_day(view)
        if day is None and self.fallen is not None and view.order - self.fallen.order <= LEAD:
            day = event_day(self.fallen)
        value = day.value if day else self.published
        basis = ("report" if dates_report(view, day) else "text") if day else "publication"
        told = {v for d in self.result.drafts if d.kind == "repatriation" for v in d.values}
        is_recap = view.is_recap or (self._is_old(value) and (bool(told) or view.order > OPENING))
        if is_recap and day is not None:
            # "В июне передала 6060 тел, а 17 июля ещё 1000": a day rules what stands after it.
            bodies = [p for p in bodies if view.counts[p].first >= day.last] or bodies
        for draft in self.result.drafts:
            named = (draft.date_basis, basis) == ("text", "text")
            if named and draft.date != value:
                continue
            if draft.kind == "repatriation" and draft.is_recap == is_recap:
                if draft.date_basis == "publication" and basis == "text":
                    draft.date, draft.date_basis = value, basis
                break
        else:
            draft = Draft("repatriation", value, basis, view, is_recap)
            self.result.drafts.append(draft)
        draft.views.append(view)
        for position in bodies:
            draft.add(view, position)

    def _add(self, draft: Draft, view: View, own: list[int], evidence: bool) -> None:
        draft.views.append(view)
        given = view.has_formula or view.has("handover_to_russia", "in_exchange", "each_side")
        given = given or (view.has("release_noun") and not view.has("plan", "suspended"))
        for position in own:
            count = view.counts[position]
            if sums_days(view) or (draft.since is not None and not any(d.since is None for d in view.own_days())):
                self.result.rejected.append((count, "a sum over several days"))
            elif position in view.is_held and count.code not in RANKS:
                self.result.rejected.append((count, "tells of captivity, wounds or capture"))
            elif is_noun(count, *PEOPLE) and not (evidence or view.is_released or given):
                draft.unsaid.append(count)
                self.result.rejected.append((count, "people, but nothing says that they came home"))
            elif draft.kind == "exchange" and is_outside(view, position):
                self._outside(draft, view, position)
            else:
                draft.add(view, position)

    def _outside(self, beside: Draft, view: View, position: int) -> None:
        for draft in self.result.drafts:
            if draft.kind == "release_outside_exchange" and draft.date == beside.date:
                break
        else:
            draft = Draft("release_outside_exchange", beside.date, beside.date_basis, view, beside.is_recap)
            self.result.drafts.append(draft)
        draft.views.append(view)
        draft.add(view, position)

    def _reject(self, view: View, reason: str, claims: dict[int, Claim]) -> None:
        for position, count in enumerate(view.counts):
            if position not in claims and count.kind not in ("year", "unit"):
                self.result.rejected.append((count, reason))
