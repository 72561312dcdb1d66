"""Is whatever a plugin raises told, and Ctrl-C left to the user?"""

import pytest

from emobench.domain.attempt import Failed, attempted


@pytest.mark.parametrize("problem", [ValueError("no"), SystemExit(3), GeneratorExit()], ids=lambda p: type(p).__name__)
def test_what_is_raised_is_kept(problem):
    """What a call raises is given back, the very same, and does not go on."""

    def call():
        raise problem

    found = attempted(call)
    assert isinstance(found, Failed)
    assert found.problem is problem


def test_what_is_given_is_given():
    """A call's result is what it would be without, arguments by place and by name included."""
    assert attempted(divmod, 7, 2) == (3, 1)
    assert attempted(int, "11", base=2) == 3
    assert attempted(lambda: None) is None


def test_an_interrupt_goes_on():
    """Ctrl-C is the user's: it is never kept."""

    def call():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempted(call)
