"""Does a pair keep exactly the clips it should, count those it drops, and keep the people who were asked for?"""

from pathlib import Path

import pytest

from emobench.domain.cards import Attribute, DatasetCard
from emobench.domain.clip import Clip
from emobench.domain.errors import DataError
from emobench.domain.pair import CrossDomainOptions
from emobench.runs.pair_clips import PEOPLE, pair_clips, people_in_common
from emobench.tasks.label_maps import label_maps

TALK, SONG = NAMES = ("talk", "song")
CLASSES = {TALK: ("anger", "happy", "sad", "surprised"), SONG: ("angry", "happy", "sad", "calm")}
LEVEL = Attribute(name="arousal", low=-1, high=1)
BOTH = CrossDomainOptions()
ALL = CrossDomainOptions(people="all")


def card(name, people="everybody"):
    emotion = Attribute(name="emotion", classes=CLASSES[name])
    return DatasetCard(
        name=name, title=name, domain="speech", licence="MIT", citation="nobody", url="none",
        attributes=(emotion, LEVEL), group_is="speaker", people=people, folds=3, expected_clips=1, sample_rate=16_000,
    )  # fmt: skip


def listed(name, people):
    """A clip of every class by every person, whose id says both."""
    return [
        Clip(id=f"{person}-{label}", path=Path("x.wav"), group=person, labels={"emotion": label, "arousal": 0.5})
        for person in people
        for label in CLASSES[name]
    ]


def made(options=BOTH, people=("everybody", "everybody"), groups=("abc", "bcd"), attribute="emotion", given=None):
    cards = [card(name, whose) for name, whose in zip(NAMES, people, strict=True)]
    clips = {name: listed(name, own) for name, own in zip(NAMES, groups, strict=True)}
    return pair_clips(cards, label_maps(cards, attribute, given or {}), options, clips)


def people_of(found):
    return [sorted({clip.group for clip in found.clips[name]}) for name in NAMES]


def common(found, people=("everybody", "everybody")):
    return len(people_in_common([card(name, whose) for name, whose in zip(NAMES, people, strict=True)], found.clips))


def test_clips_without_a_shared_label_are_dropped_and_counted():
    """A label that only one dataset has is dropped, counted under its own name; all others keep their ids and order."""
    found = made(groups=("ab", "ab"))
    assert found.dropped == {TALK: {"surprised": 2}, SONG: {"calm": 2}}
    assert [clip.id for clip in found.clips[TALK]] == [
        f"{p}-{label}" for p in "ab" for label in ("anger", "happy", "sad")
    ]
    assert common(found) == 2


def test_labels_are_those_of_the_pair():
    """Clips bear the shared names afterwards, and everything else of them is as before."""
    found = made(groups=("ab", "ab"))
    before = {clip.id: clip for clip in listed(TALK, "ab")}
    for clip in found.clips[TALK]:
        own = before[clip.id]
        expected = "angry" if own.labels["emotion"] == "anger" else own.labels["emotion"]
        assert clip == own.model_copy(update={"labels": {"emotion": expected, "arousal": 0.5}})


def test_labels_that_were_asked_away_are_counted_too():
    """A label that the user drops in one dataset is dropped in both, counted under what each calls it."""
    found = made(groups=("ab", "abc"), given={TALK: {"anger": None}}, options=ALL)
    assert found.dropped == {TALK: {"anger": 2, "surprised": 2}, SONG: {"angry": 3, "calm": 3}}


@pytest.mark.parametrize(
    ("options", "people", "kept", "dropped"),
    [
        (BOTH, ("everybody", "everybody"), [["b", "c"], ["b", "c"]], 3),
        (ALL, ("everybody", "everybody"), [["a", "b", "c"], ["b", "c", "d"]], 0),
        (BOTH, ("these", "those"), [["a", "b", "c"], ["b", "c", "d"]], 0),
    ],
)
def test_people_are_kept_as_asked(options, people, kept, dropped):
    """Only people whom both have stay, unless all are asked for or the datasets share none, whatever their names."""
    found = made(options, people)
    assert people_of(found) == kept
    for name in NAMES:
        assert found.dropped[name].get(PEOPLE, 0) == dropped
        assert len(found.clips[name]) + sum(found.dropped[name].values()) == 12
    assert common(found, people) == (2 if people[0] == people[1] else 0)


def test_people_of_one_name_who_never_meet_stay():
    """Datasets that could share people and do not have nobody in common: everybody stays."""
    found = made(groups=("ab", "cd"))
    assert people_of(found) == [["a", "b"], ["c", "d"]]
    assert (common(found), PEOPLE in found.dropped[TALK]) == (0, False)


def test_a_dimension_drops_no_label():
    """Every clip has a value, so that only people can be dropped."""
    found = made(attribute="arousal", groups=("ab", "b"))
    assert found.dropped == {TALK: {PEOPLE: 4}, SONG: {}}
    assert [clip.labels["arousal"] for clip in found.clips[SONG]] == [0.5] * 4


def test_a_dataset_of_which_nothing_is_left_is_refused():
    """When all clips of a dataset are dropped, the error names it and what was dropped."""
    cards = [card(TALK), card(SONG)]
    maps = label_maps(cards, "emotion", {})
    only_calm = [clip for clip in listed(SONG, "ab") if clip.labels["emotion"] == "calm"]
    with pytest.raises(DataError, match="nothing of 'song' is left") as caught:
        pair_clips(cards, maps, BOTH, {TALK: listed(TALK, "ab"), SONG: only_calm})
    assert "'calm': 2" in caught.value.found
