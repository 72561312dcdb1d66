"""Do two datasets agree on the emotions they share, and on nothing else?"""

import pytest

from emobench.datasets import ravdess
from emobench.domain.cards import Attribute
from emobench.domain.errors import DataError, UsageError
from emobench.tasks.label_maps import KEPT, SYNONYMS, label_maps
from emobench.testing.toys import CORPUS

SPEECH, SONG = (dataset.card for dataset in ravdess.emobench_datasets())


def corpus(name, *classes):
    return CORPUS.model_copy(update={"name": name, "attributes": (Attribute(name="emotion", classes=classes),)})


def test_ravdess_shares_six_emotions():
    """Speech and song share six emotions, in the order of speech; what only speech has is dropped."""
    maps = label_maps([SPEECH, SONG], "emotion", {})
    assert maps.attribute.classes == ("neutral", "calm", "happy", "sad", "angry", "fearful")
    assert [own for own, label in maps.native[SPEECH.name].items() if label is None] == ["disgust", "surprised"]
    assert None not in maps.native[SONG.name].values()
    assert maps.shared(SPEECH.name, "disgust") is None
    assert maps.shared(SONG.name, "calm") == "calm"


def test_synonyms_are_one_emotion():
    """Other corpora's names for the same emotion are recognised, and each name stands for one emotion."""
    maps = label_maps([corpus("a", "anger", "joy", "bored"), corpus("b", "angry", "happy", "tense")], "emotion", {})
    assert maps.attribute.classes == ("angry", "happy")
    assert maps.native == {
        "a": {"anger": "angry", "joy": "happy", "bored": None},
        "b": {"angry": "angry", "happy": "happy", "tense": None},
    }  # fmt: skip
    assert len(KEPT) == sum(map(len, SYNONYMS))


def test_the_user_has_the_last_word():
    """A given map names, joins and drops labels as it says."""
    cards = [corpus("a", "up", "down", "flat"), corpus("b", "happy", "sad", "calm")]
    given = {"a": {"up": "happy", "down": "sad", "flat": "sad"}}
    maps = label_maps(cards, "emotion", given)
    assert maps.attribute.classes == ("happy", "sad")
    assert maps.native["a"] == given["a"]
    dropped = label_maps(cards, "emotion", {"a": {"up": "happy", "down": "sad", "flat": None}})
    assert dropped.shared("a", "flat") is None


@pytest.mark.parametrize(
    ("given", "words"),
    [({"c": {}}, "no dataset of this pair named 'c'"), ({"a": {"upp": "happy"}}, "Did you mean 'up'")],
)
def test_mistakes_in_a_map_are_told(given, words):
    """Another dataset, or a label it does not have, is refused with a near miss."""
    with pytest.raises(UsageError, match=words):
        label_maps([corpus("a", "up", "down"), corpus("b", "up", "down")], "emotion", given)


def test_labels_are_not_joined_by_accident():
    """Two labels of one dataset that are synonyms are joined only when the user says so."""
    with pytest.raises(UsageError, match="several labels of 'a' would become 'angry'"):
        label_maps([corpus("a", "anger", "angry", "sad"), corpus("b", "angry", "sad")], "emotion", {})


def test_nothing_shared_is_an_error_that_shows_both():
    """Without two shared emotions there is nothing to transfer: both lists are shown."""
    with pytest.raises(DataError, match="share fewer than two") as caught:
        label_maps([corpus("a", "happy", "sad"), corpus("b", "happy", "tense")], "emotion", {})
    assert "a: happy, sad" in caught.value.found


def test_dimensions_need_one_scale():
    """A dimension is shared as it is, where both measure it on the same scale, and refused otherwise."""
    assert label_maps([CORPUS, CORPUS], "arousal", {}).attribute.low == -1
    other = CORPUS.model_copy(update={"name": "b", "attributes": (Attribute(name="arousal", low=1, high=5),)})
    with pytest.raises(DataError, match="on different scales"):
        label_maps([CORPUS, other], "arousal", {})
    with pytest.raises(UsageError, match="no attribute of 'b' named 'emotion'"):
        label_maps([CORPUS, other], "emotion", {})


def test_a_map_to_a_label_of_nobody_is_a_typo():
    """A label mapped to a name that the other dataset does not have is refused with a near miss, not dropped."""
    other = CORPUS.model_copy(update={"name": "b"})
    emotion = CORPUS.attribute("emotion")
    own, meant = emotion.classes[:2]
    with pytest.raises(UsageError, match="shared label"):
        label_maps([CORPUS, other], "emotion", {"b": {own: meant + "x"}})
