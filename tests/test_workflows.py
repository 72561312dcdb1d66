"""Does the workflow for contributed results run nobody's code, hold no secret, and trust no text?"""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / ".github" / "workflows" / "results.yml").read_text("utf-8")
WORKFLOW = yaml.safe_load(TEXT)
STEPS = WORKFLOW["jobs"]["validate"]["steps"]
RUN = [step["run"] for step in STEPS if "run" in step]
CHECKOUTS = [step["with"] for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]


def test_it_starts_on_plain_pull_requests_that_touch_boards():
    """The one trigger is `pull_request` (YAML reads `on` as true), for what lies below `leaderboards/`."""
    assert WORKFLOW[True] == {"pull_request": {"paths": ["leaderboards/**"]}}
    assert "pull_request_target" not in TEXT


def test_it_may_read_and_nothing_else():
    """Permissions are `contents: read` for all jobs, no job asks for more, and no secret is named."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in WORKFLOW["jobs"].values())
    assert "secrets" not in TEXT
    assert "token" not in TEXT.casefold()


def test_no_expression_reaches_a_shell():
    """Nothing that GitHub fills in stands in a line that a shell reads, and no step has an environment of its own."""
    for line in RUN:
        assert "${{" not in line
        assert set(re.findall(r"\$\{?(\w+)", line)) <= {"GITHUB_STEP_SUMMARY"}
    assert all("env" not in step for step in STEPS)


def test_the_pull_request_is_data_only():
    """The project comes from the base branch; of the pull request only `leaderboards/` is checked out, elsewhere."""
    project, contributed = CHECKOUTS
    assert project["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert contributed["sparse-checkout"] == "/leaderboards/"
    assert contributed["sparse-checkout-cone-mode"] is False
    assert project["path"] != contributed["path"]
    assert all(one["persist-credentials"] is False for one in CHECKOUTS)
    assert WORKFLOW["jobs"]["validate"]["defaults"]["run"]["working-directory"] == project["path"]
    assert not any("install" in line and "contributed" in line for line in RUN)


@pytest.mark.parametrize("step", [step for step in STEPS if "uses" in step], ids=lambda step: step["uses"][:30])
def test_actions_are_pinned(step):
    """Every action is GitHub's own, at a commit."""
    assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])


def test_both_checks_are_made_and_either_fails_it():
    """`validate` and `diff` are called, the second also after the first failed, and no step may fail in silence."""
    assert any("emobench leaderboard validate" in line for line in RUN)
    difference = next(step for step in STEPS if "leaderboard diff" in step.get("run", ""))
    assert difference["if"] == "${{ !cancelled() }}"
    assert "continue-on-error" not in TEXT
    assert "||" not in TEXT
    assert WORKFLOW["jobs"]["validate"]["defaults"]["run"]["shell"] == "bash"  # stops at the first error


def test_no_strangers_text_reaches_the_log():
    """What `validate` and `diff` print, on either stream, goes to files: a log may hold no `::commands::`."""
    for line in RUN:
        assert not line.startswith("emobench") or re.search(r"> \.\./[a-z]+\.txt 2>&1$", line.strip())
    assert re.search(r"leaderboard diff .*> \.\./difference\.txt 2>&1$", RUN[-1].strip(), re.DOTALL)
    assert "tee" not in TEXT
    assert "cat " not in TEXT
