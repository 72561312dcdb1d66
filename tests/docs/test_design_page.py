"""Does the design name the folders, verbs and flags that the program has?"""

import re

import pytest
from command_page import verbs
from page_blocks import ROOT, blocks_of

TEXTS = [block for block in blocks_of("docs/design.md") if block.language == "text"]
FLOORS, COMMANDS = TEXTS[0].text, TEXTS[-1].text


def test_every_folder_of_the_package_is_among_the_floors_and_no_other():
    """The tree of section 3 has the packages below emobench/, each once or as a neighbour on the same line."""
    named = set(re.findall(r"(?<![\w/])([a-z]+)/(?=\s)", FLOORS)) - {"emobench"}
    there = {path.parent.name for path in (ROOT / "emobench").glob("*/__init__.py")}
    inside = {path.name for path in (ROOT / "emobench" / "leaderboard").iterdir() if path.is_dir()}
    assert there - named == set()
    assert named - there <= inside


def test_every_verb_is_named_and_no_other():
    """Section 6 names all verbs, those of groups with `|` between them."""
    words = set()
    for line in re.findall(r"emobench ([a-z]+(?: [a-z]+(?:\|[a-z]+)+| [a-z]+(?= ))?)", COMMANDS):
        first, _, rest = line.partition(" ")
        words |= {first, *rest.split("|")} - {""}
    there = {word for name, _ in verbs() for word in name.split()[1:]}
    assert {name.split()[1] for name, _ in verbs() if " " in name} <= words
    assert {word for word in there if re.search(rf"(?<!\w){word}(?!\w)", COMMANDS)} == there


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"(?<!\w)--[a-z][a-z-]+", COMMANDS))))
def test_every_flag_exists(flag):
    """A flag that section 6 names is a flag of some verb."""
    assert any(flag in parameter.opts for _, command in verbs() for parameter in command.params)


def test_every_flag_of_run_is_named():
    """Section 6, with the lines below its block, names every flag of `run` but those of output."""
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    run = next(command for name, command in verbs() if name == "emobench run")
    flags = {option for parameter in run.params for option in parameter.opts if option.startswith("--")}
    assert {flag for flag in flags if flag not in text} == set()
