"""Is the BibTeX of records valid, complete, and unmoved by what a stranger writes into a record?"""

import pytest
from bias_record_toys import bias_record
from bibtex import read
from hypothesis import given
from hypothesis import strategies as st
from record_toys import pair_record

from emobench.domain.errors import DataError
from emobench.leaderboard.citing.citation import bibliography

HOSTILE = [
    "@misc{evil, title={x}}", "}}} @article{a,", '"quotes" and {braces', "line\nbreak @string{x}", "\u202etfel",
    "100 % of $x_1^2$ & #2 ~ \\input{/etc/passwd}", "<script>alert(1)</script>", "", "\ud800", "x" * 10_000,
]  # fmt: skip


def with_card(record, **card):
    """The record with other words on its backbone's card."""
    used = dict(record.used)
    used["backbone"] = {**used["backbone"], "card": {**used["backbone"]["card"], **card}}
    return record.model_copy(update={"used": used})


def keys(record, *others):
    return [key for _, key, _ in read(bibliography([record, *others]))]


def test_a_pair_owes_model_corpus_task_methods_and_statistics():
    """A record of `cross_domain` cites what it used, and emobench itself."""
    found = keys(with_card(pair_record(), paper="https://arxiv.org/abs/2110.03414"))
    expected = {
        "scheidwasser2021serab", "livingstone2018ravdess", "ma2024emobox", "sun2024similarity", "hu2021lora",
        "houlsby2019", "yang2021superb", "alain2016probes", "efron1979", "holm1979", "schuller2009", "emobench",
    }  # fmt: skip
    assert expected <= set(found)
    assert {"liu2024dora", "kilgour2018fad", "lin1989", "zaken2021bitfit"}.isdisjoint(found)


def test_distances_owe_their_distances_and_no_folds():
    """A record of `fad_bias` cites kernel and Frechet distances, and neither folds nor an optimiser."""
    found = keys(with_card(bias_record(names=("ravdess-speech", "ravdess-song")), paper="x"))
    assert {"gretton2012", "kilgour2018fad", "efron1981", "livingstone2018ravdess"} <= set(found)
    assert {"ma2024emobox", "loshchilov2017", "hu2021lora", "chong2019"}.isdisjoint(found)


def test_methods_that_go_together_are_cited_both():
    """`lora+weighted_sum` cites LoRA and the weighted sum."""
    found = keys(with_card(pair_record(methods=("lora+weighted_sum",)), paper="x"))
    assert {"hu2021lora", "yang2021superb"} <= set(found)


def test_what_has_no_paper_is_a_thing_of_its_own():
    """A plugin's model, corpus and method become entries with title, address, licence, and keys that do not meet."""
    record = pair_record("my-model", datasets=("my-speech", "my-music"), methods=("my_method",))
    card = {"paper": "https://example.org/a_b?c={d}", "licence": "MIT & more"}
    entries = {key: (kind, fields) for kind, key, fields in read(bibliography([with_card(record, **card)]))}
    kind, fields = entries["model-my-model"]
    assert kind == "misc"
    assert fields["title"] == "{my-model}"
    assert fields["url"] == "https://example.org/a_b?c=%7Bd%7D"
    assert "MIT \\& more" in fields["note"]
    assert {"corpus-my-speech", "corpus-my-music", "method-my-method"} <= set(entries)


def test_two_things_of_one_name_are_two_entries():
    """Models of one name and other papers stand apart; the same one twice stands once."""
    one, two = (with_card(pair_record("m"), paper=f"https://example.org/{n}") for n in "12")
    found = keys(one, two, one)
    assert [key for key in found if key.startswith("model-")] == ["model-m", "model-m-2"]


def test_each_entry_stands_once_with_a_line_that_says_what_for():
    """Two records share entries; every entry has a line above it."""
    text = bibliography([with_card(pair_record(name), paper="x") for name in ("a", "b")])
    entries = read(text)
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("@"):
            assert lines[place - 1].startswith("% ")
    assert len([line for line in lines if line.startswith("@")]) == len(entries)
    assert "hubert-base at random" in bibliography([with_card(pair_record("hubert-base@random"), paper="x")])


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_changes_nothing_but_itself(text):
    """Names, titles, licences and addresses of a record add no entry, no key, no command and no invisible mark."""
    plain = keys(with_card(pair_record("m", datasets=("d", "e")), paper="p", licence="l"))
    record = with_card(pair_record("m", datasets=("d", "e")), paper=text, licence=text)
    used = {**record.used, "datasets": {n: {"card": {"title": text, "citation": text, "url": text}} for n in "de"}}
    found = bibliography([record.model_copy(update={"used": used})])
    assert [key for _, key, _ in read(found)] == plain
    assert "\\input" not in "".join(line for line in found.splitlines() if not line.startswith("%"))
    assert all(mark.isprintable() or mark == "\n" for mark in found)
    found.encode()


@given(st.text(), st.text())
def test_any_text_gives_valid_bibtex(name, text):
    """Whatever a model is called and whatever its paper, BibTeX reads as many entries as there are."""
    record = with_card(pair_record("m", methods=("frozen",)), paper=text, licence=text)
    named = record.model_copy(update={"asked": {**record.asked, "backbone": name}})
    assert len(read(bibliography([named]))) == bibliography([named]).count("\n@") + bibliography([named]).startswith(
        "@"
    )


def test_a_record_of_another_shape_is_an_error_of_data():
    """What was used in no way that records know is told, with the exit code of data."""
    broken = pair_record().model_copy(update={"used": {"protocol": {}}})
    with pytest.raises(DataError, match="what was used") as caught:
        bibliography([broken])
    assert caught.value.exit_code == 3
