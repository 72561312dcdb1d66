"""What do verdicts say? The laws that are broken, by name; those that were not asked; all in the order of the laws."""

from emobench.testing.laws import expected_of, name_of


def broken_by(verdicts):
    """The verdicts of laws that do not hold, by the law's name."""
    return {verdict.law: verdict for verdict in verdicts if verdict.holds is False}


def unasked_by(verdicts):
    """What was said of laws that were not asked, by the law's name."""
    return {verdict.law: verdict.found for verdict in verdicts if verdict.holds is None}


def one_each(verdicts, laws):
    """Whether there is exactly one verdict per law, in their order, with a sentence and a finding on one line each."""
    same = [(verdict.law, verdict.expected) for verdict in verdicts] == [
        (name_of(law), expected_of(law)) for law in laws
    ]
    lines = [line for verdict in verdicts for line in (verdict.expected, verdict.found)]
    return same and all(line and line.isprintable() for line in lines)
