"""Does --batch-seconds take seconds, and nothing else, from a flag or a spec?"""

import pytest
from synthetic_cli import assert_told, emobench, home  # noqa: F401 - fixtures: pytest finds them in this module

from emobench.cli.arguments import run_arguments
from emobench.domain.errors import UsageError
from emobench.domain.spec import Whereabouts
from emobench.runs.asking import settle
from emobench.runs.provenance import without_paths
from emobench.testing.toys import toy_catalog


@pytest.mark.parametrize("verb", ["run", "plan"])
@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("0", "batch_seconds: input should be greater than or equal to 0.01 (found 0.0)"),
        ("-1", "(found -1.0)"),
        ("1e-9", "greater than or equal to 0.01"),
        ("nan", "batch_seconds: input should be a finite number (found nan)"),
        ("inf", "finite number (found inf)"),
        ("1e300", "less than or equal to 86400"),
        ("abc", "Invalid value for '--batch-seconds': Input should be a valid number"),
    ],
)
def test_what_is_no_budget_is_refused(emobench, verb, value, hint):  # noqa: F811 - the fixture
    """Nothing, less than nothing, too little, no number, no end: exit code 2, with what was found."""
    assert_told(emobench(verb, "--backbone", "logmel", "--batch-seconds", value), 2, hint)


def test_a_budget_comes_from_a_spec_too(tmp_path):
    """`batch_seconds` is a key of a spec file; a text in it is refused, and the flag wins over it."""
    spec = tmp_path / "spec.toml"
    spec.write_text("batch_seconds = 3\n")
    assert run_arguments(spec).where.batch_seconds == 3
    assert run_arguments(spec, batch_seconds=2.0).where.batch_seconds == 2
    spec.write_text('batch_seconds = "many"\n')
    with pytest.raises(UsageError, match="batch_seconds: input should be a valid number") as caught:
        run_arguments(spec)
    assert caught.value.exit_code == 2


def test_a_budget_says_only_where():
    """It leaves the spec as it is, stands among the whereabouts, and is shown in a record's command."""
    plain, told = (settle(values, toy_catalog()) for values in ({}, {"batch_seconds": 2.5}))
    assert plain.spec == told.spec
    assert (plain.where.batch_seconds, told.where.batch_seconds) == (None, 2.5)
    assert Whereabouts().batch_seconds is None
    assert without_paths(["run", "--batch-seconds", "2.5"]) == "emobench run --batch-seconds 2.5"
