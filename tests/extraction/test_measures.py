"""The registry of measures: what follows from it for the interface, the arithmetic and the alerts."""

from __future__ import annotations

from orchestration.alerts.corrections import FIGURES
from orchestration.alerts.messages import SHOWN
from scrapers.extraction.measures import complements, load_measures, not_stated, parts_of_the_total, single_figures


def test_an_event_has_one_of_each_stated_figure() -> None:
    assert single_figures() == (
        "official_number", "stage", "released_total", "military", "civilians", "returned_to_russia", "officers",
        "privates_and_sergeants", "women", "bodies_to_ukraine", "bodies_to_russia",
    )  # fmt: skip


def test_what_makes_up_a_whole_and_what_is_only_kept_apart() -> None:
    assert set(complements()) == {
        ("military", "civilians"), ("officers", "privates_and_sergeants"), ("women", "men"),
    }  # fmt: skip
    assert set(not_stated()) == {"men", "privates", "sergeants", "outside", "with_outside"}
    assert {"military", "civilians", "women", "men", "officers", "privates"} < set(parts_of_the_total())
    assert not {"released_total", "returned_to_russia", "by_service", "part"} & set(parts_of_the_total())


def test_every_measure_refers_to_others_that_are_registered() -> None:
    measures = load_measures()
    for measure in measures.values():
        assert measure.part_of is None or measure.part_of in measures, measure.name
        assert measure.complement is None or measures[measure.complement].complement == measure.name
        assert measure.of in ("event", "period"), measure.name
        assert measure.unit in ("people", "bodies", "exchanges", "number", "none"), measure.name


def test_what_is_alerted_has_a_name_in_each_language() -> None:
    for measure in load_measures().values():
        if measure.is_alerted:
            assert set(measure.names) == {"uk", "en"}, measure.name
    assert [name for _, name in SHOWN] == [
        "military", "civilians", "officers", "privates_and_sergeants", "women", "returned_to_russia",
    ]  # fmt: skip
    assert set(FIGURES) == {
        "exchanged_on", "released_total", "released_is_lower_bound", "military", "civilians", "returned_to_russia",
        "officers", "privates_and_sergeants", "women", "official_number", "released_bound",
    }  # fmt: skip
