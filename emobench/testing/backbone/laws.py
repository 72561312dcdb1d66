"""Which laws does every backbone keep, a stranger's too, and which of them does this one break?"""

from collections.abc import Iterator, Mapping

from emobench.testing.asking import asked_in_order
from emobench.testing.backbone.batch_laws import BATCH_LAWS
from emobench.testing.backbone.card_laws import CARD_LAWS
from emobench.testing.backbone.gradient_laws import GRADIENT_LAWS
from emobench.testing.backbone.loading_laws import LOADING_LAWS, eval_mode, loads, parameters_counted
from emobench.testing.backbone.memory_laws import MEMORY_LAWS
from emobench.testing.backbone.part_laws import PART_LAWS
from emobench.testing.backbone.repeat_laws import REPEAT_LAWS
from emobench.testing.backbone.shape_laws import SHAPE_LAWS, hears, layers_of_card
from emobench.testing.backbone.sound_laws import SOUND_LAWS
from emobench.testing.backbone.subject import BackboneSubject, BackboneTrial
from emobench.testing.backbone.tensor_laws import TENSOR_LAWS
from emobench.testing.laws import Law, Verdict

BACKBONE_LAWS: tuple[Law[BackboneTrial], ...] = (
    *CARD_LAWS,
    *LOADING_LAWS,
    hears,
    *SHAPE_LAWS,
    *TENSOR_LAWS,
    *BATCH_LAWS,
    *SOUND_LAWS,
    *REPEAT_LAWS,
    *PART_LAWS,
    *GRADIENT_LAWS,
    *MEMORY_LAWS,
)
# What a law takes for granted: it is not asked where one of these does not hold.
RESTS_ON: Mapping[Law[BackboneTrial], tuple[Law[BackboneTrial], ...]] = {
    **dict.fromkeys((eval_mode, parameters_counted, hears), (loads,)),
    layers_of_card: (hears,),
    **dict.fromkeys(BACKBONE_LAWS[BACKBONE_LAWS.index(layers_of_card) + 1 :], (layers_of_card,)),
}


def check_backbone(subject: BackboneSubject) -> Iterator[Verdict]:
    """One verdict per law, in the order of `BACKBONE_LAWS`, each when it is asked for; the model is loaded once for
    most of them.

    A law that rests on one that does not hold is not asked; nothing that the plugin's code raises comes through.
    """
    return asked_in_order(BACKBONE_LAWS, RESTS_ON, BackboneTrial(subject))
