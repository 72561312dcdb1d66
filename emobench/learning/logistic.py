"""How well do lines through the features tell classes apart? Logistic probes, all problems and strengths together."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from emobench.learning.descent import minimise
from emobench.learning.linear import LinearProbes
from emobench.learning.losses import LogLoss
from emobench.learning.objective import Objective
from emobench.learning.problems import Problems, check_classes, check_finite
from emobench.learning.reduction import reduced
from emobench.learning.workers import fit_parts


def fit_logistic(
    features: Tensor, truth: Tensor, training: Tensor, strengths: Sequence[float], classes: int,
    offset: Tensor | None = None,
) -> LinearProbes:  # fmt: skip
    """Fit multinomial logistic regression to the training part of every problem, once per strength.

    The objective is that of scikit-learn's ``LogisticRegression`` on standardised features: the sum of log-losses +
    |w|^2 / 2C with a free intercept, by softmax for two classes too (there scikit-learn has one weight vector, which is
    the same with twice the C). It ends at most 1e-6 (relative) above its minimum, by the duality gap, wherever
    ``converged`` is true. Equal inputs give equal bits on a processor, whatever the number of threads.

    Args:
        features: (clips, width) float32, on the device that is to do the work.
        truth: (clips,) int64, classes from 0.
        training: (problems, clips) bool, the training clips of every problem.
        strengths: scikit-learn's C; smaller is stronger.
        classes: how many there are.
        offset: (clips, classes), scores that every probe starts from: what is penalised is how far it moves on. Its own
            scores are to be added to them.

    Raises:
        DataError: features that are not finite, or a class missing from a training part.
    """
    check_finite(features, "features")
    check_classes(truth, training, classes)

    def fit(problems: Problems) -> LinearProbes:
        return _fit(problems, LogLoss.of(problems, truth, classes, offset), strengths)

    return fit_parts(features[None], training, fit)


def _fit(problems: Problems, loss: LogLoss, strengths: Sequence[float]) -> LinearProbes:
    reduction = reduced(problems.clips[:, 0])
    objective = Objective.of(replace(problems, clips=reduction.clips[:, None]), loss, strengths)
    minimum = minimise(objective)
    heads = objective.heads(minimum.parameters)
    weight = reduction.restore(heads[..., :-1].flatten(1, 2)).unflatten(1, heads.shape[1:3])
    return LinearProbes(
        weight=weight.mT.contiguous(),
        bias=heads[..., -1],
        mean=problems.mean[:, 0],
        scale=problems.scale[:, 0],
        iterations=minimum.iterations,
        converged=minimum.converged,
    )
