"""Which laws does every backbone keep, a stranger's too, and which of them does this one break?

A model that does not load is asked no further, nor one through which no batch goes, or whose layers are others than its
card's: what rests on them is told as not asked, with the reason.
"""

from collections.abc import Iterator, Mapping

from emobench.testing.backbone_batch_laws import BATCH_LAWS
from emobench.testing.backbone_card_laws import CARD_LAWS
from emobench.testing.backbone_gradient_laws import GRADIENT_LAWS
from emobench.testing.backbone_loading_laws import LOADING_LAWS, leaves_global_state, loads, loads_without_network
from emobench.testing.backbone_memory_laws import MEMORY_LAWS
from emobench.testing.backbone_part_laws import PART_LAWS
from emobench.testing.backbone_repeat_laws import REPEAT_LAWS
from emobench.testing.backbone_shape_laws import SHAPE_LAWS, hears, layers_of_card
from emobench.testing.backbone_sound_laws import SOUND_LAWS
from emobench.testing.backbone_subject import BackboneSubject, BackboneTrial
from emobench.testing.backbone_tensor_laws import TENSOR_LAWS
from emobench.testing.laws import Law, Verdict, judged, not_asked

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
ALWAYS_ASKED = (*CARD_LAWS, loads, loads_without_network, leaves_global_state)
# What the others rest on, and why they are not asked where it is broken.
RESTS_ON: Mapping[Law[BackboneTrial], str] = {
    loads: "it does not load",
    hears: "no batch goes through it",
    layers_of_card: "its layers are not those of its card",
}


def check_backbone(subject: BackboneSubject) -> Iterator[Verdict]:
    """One verdict per law, in the order of `BACKBONE_LAWS`, each when it is asked for; the model is loaded once for
    most of them.
    """
    trial, stopped = BackboneTrial(subject), ""
    for law in BACKBONE_LAWS:
        if stopped and law not in ALWAYS_ASKED:
            yield from not_asked([law], stopped)
            continue
        verdict = judged(law, trial)
        yield verdict
        if verdict.holds is False and law in RESTS_ON:
            stopped = RESTS_ON[law]
