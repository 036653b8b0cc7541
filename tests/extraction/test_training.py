"""Training: the same texts give the same model, and the extractor applies it as the training did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from scrapers.extraction.confidence import load_calibration
from scrapers.extraction.decoding import Decoder
from scrapers.extraction.model import Beliefs, Model, read_model
from scrapers.extraction.reading import reading_of
from scrapers.extraction.training.commands import CORPUS, train
from scrapers.extraction.training.encoding import TEXTS, batches, encode, padded, vocabularies
from scrapers.extraction.training.evaluation import expected, judge
from scrapers.extraction.training.examples import Example, example
from scrapers.extraction.training.labelled_texts import load_texts
from scrapers.extraction.training.model_file import write
from scrapers.extraction.training.network import Settings, fit, of_each_network, predict

jax.config.update("jax_disable_most_optimizations", True)  # nearly all of these tests' time is compilation
SMALL = Settings(width=16, hidden=16, layers=1, epochs=2, least_often=2)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [example(text) for text in load_texts([CORPUS / "uk_short.yaml"])[:60]]


@pytest.mark.parametrize("token_networks", [1, 2])
def test_the_extractor_computes_what_the_training_does(
    examples: list[Example], tmp_path: Path, token_networks: int
) -> None:
    known = vocabularies(examples, SMALL.least_often)
    encoded = [encode(one, known) for one in examples]
    networks = fit(encoded, known, replace(SMALL, networks=3, token_networks=token_networks))
    write(tmp_path / "model.npz", networks, known, {"layers": SMALL.layers})
    model = read_model(tmp_path / "model.npz")
    assert (model.measures, model.roles) == (known.measures, known.roles)
    for one, learned in zip(examples, predict(networks, encoded, known), strict=True):
        applied = model.beliefs(one.places)
        for name in Beliefs._fields:
            # Embeddings are stored in one byte.
            np.testing.assert_allclose(getattr(applied, name), getattr(learned, name), atol=0.03)


def test_what_is_believed_of_a_text_does_not_depend_on_those_beside_it(examples: list[Example]) -> None:
    """Texts of a batch stand in one row of tokens: none may look into its neighbour."""
    known = vocabularies(examples, SMALL.least_often)
    encoded = [encode(one, known) for one in examples]
    networks = fit(encoded[:8], known, SMALL)
    among_others = predict(networks, encoded, known)
    for at in (0, 17, 42):
        (alone,) = predict(networks, [encoded[at]], known)
        for name in Beliefs._fields:
            np.testing.assert_allclose(getattr(alone, name), getattr(among_others[at], name), atol=1e-5)


def test_every_text_is_in_one_batch_with_texts_of_its_length() -> None:
    places = [3, 20, 8, 96, 9, 48, 400, *[5] * 100]
    found = batches([min(count, 96) for count in places], range(len(places)))
    assert sorted(index for batch in found for index in batch) == list(range(len(places)))
    for batch in found:
        lengths = {padded(min(places[index], 96)) for index in batch}
        assert len(lengths) == 1
        assert len(batch) <= TEXTS[lengths.pop()]


def test_a_quick_try_is_quick_for_every_network() -> None:
    """--epochs once held for the network over features only, and the other one learned as long as ever."""
    quick = of_each_network(replace(SMALL, networks=3, token_networks=2, epochs=1))
    assert [(own.epochs, own.token_networks, own.seed) for own in quick] == [(1, 0, 0), (1, 1, 1), (1, 1, 2)]
    assert [own.epochs for own in of_each_network(replace(SMALL, epochs=22))] == [22, 17]


def test_the_same_texts_give_the_same_model(examples: list[Example], tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        train(examples[:40], SMALL, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_label_that_no_training_text_has_is_passed_over(examples: list[Example]) -> None:
    known = vocabularies(examples[:1], 1)
    encoded = [encode(one, known) for one in examples[:20]]
    networks = fit(encoded[:1], known, SMALL)
    for one, found in zip(examples, predict(networks, encoded, known), strict=False):
        assert len(found.measures) == len(one.document.items)


def test_labels_become_what_is_expected_of_a_reading(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        """
- id: uk-1
  published_at: 2027-10-02
  kind: exchange
  events:
    1: {kind: exchange, role: main, date: 2027-10-02}
    2: {kind: exchange, role: recap, date: 2027-08-24}
  text: |
    {Сьогодні|1.date} обмін по {185|1.each_side_military} військових, ще {20|1.civilians} цивільних. {87|1.by_service.armed_forces} зі ЗСУ,
    {17|1.by_service.navy<armed_forces} з них у ВМС. {24 серпня|2.date} повернули {146|2.released_total}.
    Усього {понад 7000|>=claim.released.since 2022-02}, або {7001|claim.released.since 2022-02-24}. {ОАЕ|1.mediator.uae} допомогли, {3|none} роки.
""",
        "utf-8",
    )
    (one,) = [example(text) for text in load_texts([tmp_path / "one.yaml"])]
    assert expected(one) == {
        ("exchange.released_total", ""): 205,
        ("exchange.military", ""): 185,
        ("exchange.returned_to_russia", ""): 185,
        ("exchange.civilians", ""): 20,
        ("exchange.by_service", ""): {"armed_forces": 87, "navy": 17},
        ("exchange.mediators", ""): frozenset({"uae"}),
        ("exchange.date", ""): "2027-10-02",
        ("recap.released_total", "2027-08-24"): 146,
        ("claims.released", "7000"): 7000,
        ("claims.period", "released 7000"): "since 2022-02-24",
        ("claims.released", "7001"): 7001,
        ("claims.period", "released 7001"): "since 2022-02-24",
    }


class _Certain(Model):
    """A model that gives the right labels, almost certain of each."""

    def __init__(self, one: Example, measures: tuple[str, ...], roles: tuple[str, ...], kinds: list[str]) -> None:
        self.measures, self.roles = measures, roles
        self.certain = Beliefs(
            np.array(
                [[0.96 if m == own else 0.04 / len(measures) for m in measures] for own in one.measures], np.float32
            ),
            np.array([[0.96 if r == own else 0.04 / len(roles) for r in roles] for own in one.roles], np.float32),
            np.array([0.96 if kind == one.text.kind else 0.01 for kind in kinds], np.float32),
            np.ones(len(one.measures), np.float32),
        )


def test_certain_beliefs_decode_to_what_the_labels_say() -> None:
    """Decoding alone loses close to nothing, on texts of every kind."""
    texts = [
        text
        for path in ("uk_varied.yaml", "ru_varied.yaml", "en_varied.yaml")
        for text in load_texts([CORPUS / path])
    ]
    examples = [example(text) for text in texts]
    known = vocabularies(examples, 1000)
    kinds = ["exchange", "repatriation", "exchange_and_repatriation", "summary", "plan", "other"]
    pairs = []
    for one in examples:
        model = _Certain(one, known.measures, known.roles, kinds)
        decoder = Decoder(one.document, model.certain, known.measures, known.roles)
        pairs.append((one, reading_of(decoder, load_calibration().without_thresholds(), one.text.language)))
    report = judge(pairs)
    assert report.kinds_right == 1
    for field, least in (("exchange.released_total", 0.97), ("exchange.date", 0.95), ("exchange.by_service", 0.85)):
        assert report.fields[field].recall >= least, field
