"""Do the pages for authors lead a stranger from nothing to a row on a board, command by command?"""

import json
import re

import pytest
from fresh_environment import FreshEnvironment, block, commands, section
from generated_pair import home_of_pair

from emobench.runs.record_store import read_record

PAGES = {
    "backbone": "write_a_backbone.md",
    "dataset": "write_a_dataset.md",
    "peft": "write_a_peft_method.md",
}
LISTS = {"backbone": "backbones", "dataset": "datasets", "peft": "peft"}
TASKS = ("layerwise", "cross_domain", "fad_bias")
# Small, and whole: a board takes it. The pair is that of the new dataset and synthetic speech.
SMALL = {
    "cross_domain": " --peft frozen,{peft} --seeds 1 --set train.epochs=1",
    "fad_bias": "",
}
RULES = {
    "layerwise": "",
    "cross_domain": '\n[entry]\nseeds = 1\noptions = "any"\n',
    "fad_bias": "",
}
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory, generated_pair):
    """A stranger's environment, in whose home the synthetic pair lies already."""
    folder = tmp_path_factory.mktemp("stranger")
    home_of_pair(generated_pair, folder / "home")
    return FreshEnvironment(folder)


@pytest.fixture(scope="module")
def plugins(stranger):
    """The pages' commands carried out: kind -> (name of the plugin, command -> stdout).

    The dataset is measured as its page says; the runs on the whole pair are planned, and made smaller below.
    """
    found = {}
    for kind, page in PAGES.items():
        lines = commands(section(page, "As a package"))
        name = re.fullmatch(rf"emobench new {kind} (\S+).*", lines[0])[1]
        verb = "emobench run" if kind == "dataset" else "emobench plan"
        found[kind] = name, {line: stranger.do(line.replace("emobench run", verb)) for line in lines}
    return found


@pytest.fixture(scope="module")
def names(plugins):
    """Kind -> name of the plugin."""
    return {kind: name for kind, (name, _) in plugins.items()}


@pytest.fixture(scope="module")
def records(stranger, names):
    """Records of the three tasks, of the new backbone on the new dataset: task -> record."""
    pair = f"synthetic-speech,{names['dataset']}"
    [layerwise, *_] = commands(section("add_a_result.md", "A board of your own"))
    assert layerwise.startswith("emobench run --backbone logmel --dataset synthetic-speech --out results")
    stranger.do(layerwise.replace("logmel", names["backbone"]).replace("synthetic-speech", names["dataset"]))
    for task, options in SMALL.items():
        what = f"--task {task} --backbone {names['backbone']} --dataset {pair}{options.format(**names)}"
        stranger.do(f"emobench run {what} --threads 1 --out results")
    return {
        task: read_record(next((stranger.folder / "results" / task / names["backbone"]).glob("*.json")))
        for task in TASKS
    }


@pytest.fixture(scope="module")
def boards(stranger, names):
    """The page's own board made for the new dataset, and its sisters for the other two tasks: task -> folder."""
    found, text = {}, block(section("add_a_result.md", "A board of your own"), "toml")
    for task in TASKS:
        own = text.replace("synthetic-speech", names["dataset"]).replace('"layerwise"', f'"{task}"') + RULES[task]
        if task != "layerwise":
            pairs = f'pairs = [["synthetic-speech", "{names["dataset"]}"]]'
            own = re.sub(r"(?m)^datasets = .*$", pairs, own).replace('name = "mine"', f'name = "{task}"')
        if task == "cross_domain":
            own = own.replace('ties = "headline"', 'ties = "gain"')
        if task == "fad_bias":
            own = own.replace('ties = "headline"\n', "").replace('"uar"', '"emotion_bias"')
        found[task] = stranger.folder / "boards" / ("mine" if task == "layerwise" else task)
        found[task].mkdir(parents=True)
        (found[task] / "board.toml").write_text(own, "utf-8")
    return found


def test_the_pages_and_the_packages_agree(stranger, plugins):
    """A page goes the way that `emobench new` prints: install, check, run; and the files it names are there."""
    for kind, page in PAGES.items():
        name, said = plugins[kind]
        printed = [line.strip() for line in next(iter(said.values())).splitlines() if line.startswith("  ")]
        normal = [" ".join(line.split()) for line in said]
        assert printed[:2] == [f"pip install -e ./emobench-{name}", f"emobench check {name}"]
        assert all(any(line.startswith(command) for line in normal) for command in printed)
        for path in re.findall(r"(?m)^\| `([^`]+\.(?:py|toml))` \|", section(page, "As a package")):
            assert (stranger.folder / f"emobench-{name}" / path).is_file()


def test_the_readmes_commands_work(stranger, plugins):
    """What the README of a new package says next is what its page says, or can be planned as it stands."""
    for name, said in plugins.values():
        readme = (stranger.folder / f"emobench-{name}" / "README.md").read_text("utf-8")
        for line in commands(readme):
            known = line == "pip install -e ." or line in {" ".join(told.split()) for told in said}
            if not known and "cross_domain" not in line:  # its page, or the record below, has it
                stranger.do(line.replace("emobench run", "emobench plan"))


def test_new_plugins_are_listed_with_their_package(stranger, names):
    """`emobench list` shows all three, each from its own distribution with its version, and none broken."""
    for kind, name in names.items():
        rows = json.loads(stranger.do(f"emobench list {LISTS[kind]} --json"))
        assert [row["from"] for row in rows if name in row.values()] == [f"emobench-{name} 0.1.0"]
    states = {row["plugin"]: row["state"] for row in json.loads(stranger.do("emobench list plugins --json"))}
    assert {states[name] for name in names.values()} == {"works"}


def test_they_keep_the_laws_as_generated(plugins):
    """`emobench check` ends well and breaks no law, and so does the package's own pytest, which asks the same laws."""
    for name, said in plugins.values():
        assert re.search(r"\d+ laws hold", said[f"emobench check {name}"])
        tested = said[f"pytest emobench-{name}"]
        assert int(re.search(r"(\d+) passed", tested)[1]) > 15
        assert "failed" not in tested


def test_all_three_tasks_measure_them(records, names):
    """Records of the three tasks name the packages that backbone, dataset and method came from, with versions."""
    for task, record in records.items():
        brought = record.where["distributions"]
        assert brought["backbone"] == f"emobench-{names['backbone']} 0.1.0"
        dataset = "dataset" if task == "layerwise" else names["dataset"]
        assert brought[dataset] == f"emobench-{names['dataset']} 0.1.0"
        if task == "cross_domain":
            assert brought[f"peft:{names['peft']}"] == f"emobench-{names['peft']} 0.1.0"


def test_their_results_stand_on_a_board(stranger, records, boards, names):
    """Boards of one's own are valid when empty, take the records, are valid with them, and show the row."""
    _, add, validate, build = commands(section("add_a_result.md", "A board of your own"))
    assert "0 records on 3 boards checked: 0 findings." in stranger.do(validate)
    stranger.do(add.replace("results/layerwise/logmel", f"results/*/{names['backbone']}"))
    assert f"{len(records)} records on 3 boards checked: 0 findings." in stranger.do(validate)
    stranger.do(build)
    for folder in boards.values():
        assert f"[{names['backbone']}](records/" in (folder / "README.md").read_text("utf-8")
    assert names["backbone"] in (stranger.folder / "site" / "index.html").read_text("utf-8")
