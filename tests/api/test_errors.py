"""Are mistakes in Python told in the words of the command line, as the same kind of error?"""

import pytest

import emobench

BOTH = ({"backbone": "logmel", "dataset": "synthetic-music"}, ["--backbone", "logmel", "--dataset", "synthetic-music"])
CASES = [
    ({"backbone": "logmell"}, ["--backbone", "logmell"]),
    ({"dataset": "synthetic-musik"}, ["--dataset", "synthetic-musik"]),
    ({"task": "layrwise"}, ["--task", "layrwise"]),
    ({"task": "distill"}, ["--task", "distill"]),
    ({"set": {"prob.c": 0.01}}, ["--set", "prob.c=0.01"]),
    ({"set": {"probe.c": -1}}, ["--set", "probe.c=-1"]),
    ({"set": {"peopl": "all"}}, ["--set", "peopl=all"]),
    ({"set": ["probe.c"]}, ["--set", "probe.c"]),
    ({"folds": "a"}, ["--folds", "a"]),
    ({"folds": [0, 9]}, ["--folds", "0,9"]),
    ({"limit": 0}, ["--limit", "0"]),
    ({"precision": "fp64"}, ["--precision", "fp64"]),
    ({"peft": "lora"}, ["--peft", "lora"]),
    ({"peft": "lorra", "task": "cross_domain"}, ["--peft", "lorra", "--task", "cross_domain"]),
    ({"preset": "quik", "task": "cross_domain"}, ["--preset", "quik", "--task", "cross_domain"]),
    ({"seeds": 3}, ["--seeds", "3"]),
    ({"device": "cud"}, ["--device", "cud"]),
    ({"threads": 0}, ["--threads", "0"]),
    ({"shard": "3/2"}, ["--shard", "3/2"]),
    ({"batch_seconds": 0.0}, ["--batch-seconds", "0"]),
    ({"store_gb": -1.0}, ["--store-gb", "-1"]),
    ({"plugins": "absent.py"}, ["--plugin", "absent.py"]),
    ({"data": {"ravdess-speech": "x"}}, ["--data", "ravdess-speech=x"]),
    ({"weights": {"wavlm-base": "x"}}, ["--weights", "wavlm-base=x"]),
    (
        {"dataset": "ravdess-speech", "data": {"ravdess-speech": "x"}},
        ["--dataset", "ravdess-speech", "--data", "ravdess-speech=x"],
    ),
    ({"spec": "absent.toml"}, ["absent.toml"]),
    ({"spec": "toys.py"}, ["toys.py"]),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "flags"), CASES, ids=[" ".join(flags) for _, flags in CASES])
def test_the_same_words(command, wrong, flags):
    """`run` and `plan` raise what the command line prints, with its exit code."""
    keywords, shared = BOTH
    for verb, ask in (("run", emobench.run), ("plan", emobench.plan)):
        with pytest.raises(emobench.EmobenchError) as caught:
            ask(**{**keywords, **wrong})
        code, out, err = command(verb, *shared, *flags)
        assert (code, out) == (caught.value.exit_code, "")
        assert err.endswith(f"error: {caught.value}\n")


def test_what_is_no_spec_is_told():
    """A number, or a table, in the place of a spec is wrong usage."""
    with pytest.raises(emobench.UsageError, match="a spec is a RunSpec, a TOML file, or the file of a record"):
        emobench.run({"backbone": "logmel"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"data": {"csv:mine": 3}}, "--data takes a path for 'csv:mine'"),
        ({"weights": {"logmel": None}}, "--weights takes a path for 'logmel'"),
        ({"set": {3: 4}}, "--set takes names, which are texts"),
        ({"data": {3: "x"}}, "--data takes names, which are texts"),
    ],
)
def test_tables_of_other_types_are_told(wrong, told):
    """What no flag could say, numbers in the place of names and paths, is wrong usage and no traceback."""
    asked = {"dataset": "csv:mine.csv", "backbone": "logmel", **wrong}
    with pytest.raises(emobench.UsageError, match=told):
        emobench.plan(**asked)


def test_control_characters_of_a_path_are_escaped():
    """The name of a file that is no spec stands on one line, whatever characters it has."""
    with pytest.raises(emobench.UsageError, match=r"no spec or record at 'a\\x1b\.toml'"):
        emobench.plan("a\x1b.toml")
