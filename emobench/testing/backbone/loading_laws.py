"""Does a backbone come to life as a plugin should? The laws of loading."""

from emobench.catalog.plugin_faults import said
from emobench.domain.names import on_one_line
from emobench.testing.backbone.subject import BackboneTrial
from emobench.testing.backbone.weight_files import untold
from emobench.testing.laws import Answer, Law, broken, kept, some, unasked


def loads(trial: BackboneTrial) -> Answer:
    """load(card, files) gives a torch.nn.Module."""
    loading = trial.loading
    if loading.result is None:
        return broken(said(loading.problem) if loading.problem is not None else "it gives nothing")
    return kept(type(loading.result.module).__name__)


def loads_without_network(trial: BackboneTrial) -> Answer:
    """Loading, and the first batch, ask for no host: the core resolves weights and hands them over as files."""
    hosts = list(trial.loading.hosts)
    if trial.loading.result is not None:
        hosts += trial.hearing.hosts
    return broken(f"it asked for {', '.join(dict.fromkeys(hosts))}") if hosts else kept("no host was asked for")


def weights_are_told(trial: BackboneTrial) -> Answer:
    """Loading, and the first batch, read weights from the files that the core hands over or from the plugin's package:
    those are in the record and in every key.
    """
    opened = list(trial.loading.weights)
    if trial.loading.result is not None:
        opened += trial.hearing.weights
    found = untold(opened, trial.subject.files.files.values(), trial.subject.backbone.load)
    if found:
        files = some([on_one_line(str(file)) for file in found])
        return broken(f"it reads {files}; name them on the card (`weights`), and load what `files` holds")
    return kept("from nowhere else")


def leaves_global_state(trial: BackboneTrial) -> Answer:
    """Loading, and the first batch, change neither the card nor what the process shares: dtype, gradients, threads."""
    changed = list(trial.loading.changed)
    if trial.loading.result is not None:
        changed += trial.hearing.changed
    return broken(f"it changes {', '.join(dict.fromkeys(changed))}") if changed else kept("nothing changed")


def eval_mode(trial: BackboneTrial) -> Answer:
    """The module is loaded in eval mode, all of it, and `eval()` brings all of it back there."""
    left = trial.loading.result.training if trial.loading.result is not None else ()
    if left:
        return broken(f"left in train mode: {some(left)}; end load with `.eval()`")
    trial.module.train()
    trial.module.eval()
    stuck = [name or "the module itself" for name, part in trial.module.named_modules() if part.training]
    return broken(f"eval() leaves in train mode: {some(stuck)}") if stuck else kept("all modules in eval mode")


def parameters_counted(trial: BackboneTrial) -> Answer:
    """The number of parameters on the card is the module's."""
    counted = sum(weight.numel() for weight in trial.module.parameters())
    if trial.card.parameters is None:
        return unasked(f"the card says no number; the module has {counted:,}")
    if counted != trial.card.parameters:
        return broken(f"{trial.card.parameters:,} on the card, {counted:,} in the module")
    return kept(f"{counted:,}")


LOADING_LAWS: tuple[Law[BackboneTrial], ...] = (
    loads,
    loads_without_network,
    weights_are_told,
    leaves_global_state,
    eval_mode,
    parameters_counted,
)
