"""Does what pydantic finds wrong come as fields with reasons, and never as a dump of everything else?"""

import pytest
from pydantic import ValidationError

from emobench.domain.cards import BackboneCard, Layers, Weights
from emobench.domain.frozen import Frozen, explain
from emobench.domain.spec import RunSpec

CARD = {
    "name": "my-model", "pretrained_on": "nothing", "licence": "MIT", "paper": "https://example.org/paper",
    "sample_rate": 16_000, "layers": Layers.uniform(1, 1, 1),
}  # fmt: skip


def explained(model, **fields):
    """What is said of data that does not fit."""
    with pytest.raises(ValidationError) as caught:
        model(**fields)
    return explain(caught.value)


@pytest.mark.parametrize("field", ["licence", "sample_rate", "pretrained_on"])
def test_a_missing_field_is_named_without_the_whole(field):
    """Of a card that lacks a field that field is told, and none of the others' values."""
    assert explained(BackboneCard, **{name: of for name, of in CARD.items() if name != field}) == (
        f"{field}: field required"
    )


def test_a_misspelt_field_is_told_with_the_one_that_is_missing():
    """A stray license beside a missing licence is told as what was probably meant."""
    fields = {name: of for name, of in CARD.items() if name != "licence"}
    assert explained(BackboneCard, **fields, license="MIT").splitlines() == [
        "licence: field required",
        "license: extra inputs are not permitted (found 'MIT') Did you mean 'licence'?",
    ]


@pytest.mark.parametrize(
    ("stray", "meant"),
    [("see_level", "Did you mean 'sees_level'?"), ("corpra", "Did you mean 'corpora'?"), ("zzz", "")],
)
def test_a_stray_field_is_told_with_the_nearest_that_there_is(stray, meant):
    """What no card has is told with what was found there, and with a field that may be left out, where one is near."""
    words = f"{stray}: extra inputs are not permitted (found 3) {meant}".rstrip()
    assert explained(BackboneCard, **CARD, **{stray: 3}) == words


def test_fields_that_do_not_fit_each_other_are_told_without_the_whole():
    """A rule about several fields is told by its words alone."""
    words = explained(Weights, repo="me/mine", url="https://example.org/mine")
    assert words.startswith("value: value error, weights come either")
    assert "example.org" not in words


def test_a_value_that_does_not_fit_is_shown_and_cut():
    """The value of a wrong field is what somebody looks for; of a long one its beginning is enough."""
    assert explained(BackboneCard, **{**CARD, "sample_rate": -3}).endswith("(found -3)")
    words = explained(BackboneCard, **{**CARD, "sample_rate": "x" * 10_000})
    assert words.endswith("...)")
    assert len(words) < 400


def test_a_model_of_a_plugins_own_is_told_the_same():
    """Options that a plugin defines have near misses, too; a field inside another has them from there alone."""

    class Inner(Frozen):
        inward: int = 1

    class Needing(Frozen):
        width: int

    class OwnOptions(Frozen):
        alpha: int = 1
        inner: Inner = Inner()
        needing: Needing = Needing(width=1)

    assert explained(OwnOptions, alhpa=3).endswith("Did you mean 'alpha'?")
    assert explained(OwnOptions, inner={"innr": 3}) == "inner.innr: extra inputs are not permitted (found 3)"
    assert explained(OwnOptions, needing={"widht": 3}).endswith("Did you mean 'width'?")


def test_a_spec_is_explained_by_its_own_fields():
    """A misspelt field of a run is told with the field of a run."""
    assert "Did you mean 'backbones'?" in explained(RunSpec, backbnes=3)
