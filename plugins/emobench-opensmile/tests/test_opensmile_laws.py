"""Do the feature sets keep the laws of every backbone?"""

from emobench_opensmile.plugin import emobench_backbones

from emobench.testing.backbone.laws import check_backbone
from emobench.testing.backbone.subject import subject_of


def test_keeps_the_laws_of_backbones(card):
    """No law of `emobench check` is broken."""
    backbone = next(offered for offered in emobench_backbones() if offered.card == card)
    verdicts = list(check_backbone(subject_of(backbone)))
    assert [(verdict.law, verdict.found) for verdict in verdicts if verdict.holds is False] == []
    assert any(verdict.holds for verdict in verdicts)
