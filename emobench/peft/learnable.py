"""Which weights of a backbone can learn at all, and what stays as it is whatever learns?"""

from collections.abc import Collection, Iterable

from torch import nn

from emobench.domain.cards import BackboneCard
from emobench.domain.errors import UsageError
from emobench.peft.places import beyond_front_end

# Read in pretraining only, and the sinusoids of Whisper, which are constants kept as weights.
NOT_LEARNED = ("masked_spec_embed", "embed_positions")
# A constant added to all keys of a softmax changes nothing. Names of key projections, and of the queries beside them.
KEYS = {"k_proj": "q_proj", "key": "query", "linear_k": "linear_q"}
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def own_weights(backbone: nn.Module, card: BackboneCard, *, front_end: bool = False) -> dict[str, nn.Parameter]:
    """The weights of a backbone that can learn, by name.

    Left out are the front end (unless it is wanted), the embedding that masks frames in pretraining, fixed positions,
    and the biases of attention keys, which no gradient ever reaches.

    Raises:
        DataError: the card names a front end that the backbone does not have.
    """
    outside = beyond_front_end(backbone, card)
    modules = {name for name, _ in backbone.named_modules()}
    return {
        name: weight
        for name, weight in backbone.named_parameters()
        if (front_end or outside(name)) and not _idle(name.replace(".base_layer", ""), modules)
    }


def let_learn(weights: Iterable[nn.Parameter], card: BackboneCard, method: str, looked_for: str) -> None:
    """Let weights learn.

    Raises:
        UsageError: there are none.
    """
    found = list(weights)
    if not found:
        raise UsageError(
            f"'{method}' finds nothing that could learn in '{card.name}'.",
            found=f"looked for: {looked_for}",
            remedy="Choose another method: --peft frozen leaves the backbone as it is.",
        )
    for weight in found:
        weight.requires_grad = True


def settle(backbone: nn.Module, card: BackboneCard, method: str) -> None:
    """What comes before any method that trains a backbone: it is differentiable, and batch norms keep their statistics.

    A batch norm normalises with what it has stored in every mode from now on; its scale and shift may learn.

    Raises:
        UsageError: the backbone is not differentiable.
    """
    if not card.differentiable:
        raise UsageError(
            f"'{method}' trains the backbone, and '{card.name}' is not differentiable.",
            found="found on its card: differentiable = false",
            remedy="Use --peft frozen or weighted_sum with it.",
        )
    for module in backbone.modules():
        hooks = module._forward_pre_hooks.values()  # noqa: SLF001 - torch tells its hooks nowhere else
        if isinstance(module, BATCH_NORMS) and _as_stored not in hooks:
            module.register_forward_pre_hook(_as_stored)


def refuse_twice(method: str, place: str) -> UsageError:
    """The error for a method that was applied to a backbone that has it already."""
    return UsageError(
        f"'{method}' is on this backbone already.",
        found=f"found at: {place}",
        remedy="Load the backbone again: a method is applied once.",
    )


def _as_stored(module: nn.Module, _inputs: object) -> None:
    module.training = False


def _idle(name: str, modules: Collection[str]) -> bool:
    *above, module, leaf = ("", *name.split("."))
    if module in NOT_LEARNED or leaf in NOT_LEARNED:
        return True
    return leaf == "bias" and module in KEYS and ".".join([*above, KEYS[module]]).removeprefix(".") in modules
