"""How does a descent on ill-conditioned features take steps of the right size? By an approximate inverse Hessian."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

# What float32 can still invert: the smallest penalty, as a share of the trace, and the smallest curvature of all.
PENALTY_FLOOR = 1e-6
CURVATURE_FLOOR = 1e-6


@dataclass(frozen=True)
class Preconditioner:
    """An approximate inverse Hessian per problem and strength, block by block.

    Attributes:
        inverses: per strength (problems, width + 1, width + 1), the same for the weights of every output.
        intercept: (problems, strengths), the curvature (not inverted) along the intercepts.
        apart: (problems, strengths, layers), the curvature along the share of a layer, from how far its scores are
            from those of the sum; no entries with a single layer.
        logits: (problems, strengths, layers), the inverse curvature along the logits of those shares.
    """

    inverses: tuple[Tensor, ...]
    intercept: Tensor
    apart: Tensor
    logits: Tensor

    def apply(self, gradient: Tensor) -> Tensor:
        """The inverse times ``gradient`` (problems, strengths, parameters)."""
        split = gradient.shape[2] - self.logits.shape[2]
        heads = gradient[..., :split].unflatten(2, (-1, self.inverses[0].shape[1]))
        turned = torch.stack([heads[:, i] @ inverse for i, inverse in enumerate(self.inverses)], 1)
        return torch.cat((turned.flatten(2), gradient[..., split:] * self.logits), 2)

    def select(self, strengths: Tensor) -> "Preconditioner":
        """The same for some strengths only."""
        inverses = tuple(self.inverses[i] for i in strengths.tolist())
        rest = (tensor[:, strengths] for tensor in (self.intercept, self.apart, self.logits))
        return Preconditioner(inverses, *rest)

    def adapted(self, shares: Tensor, pull: Tensor) -> "Preconditioner":
        """The same at other layer shares, given the gradient by their logits, ``pull`` (problems, strengths, layers).

        A logit's curvature is share^2 times that of the share, and for a layer on its way out it is the gradient
        itself. Three times that keeps a step below 1/3: the head has to follow, or the wrong layer may win.
        """
        if not self.logits.shape[2]:
            return self
        floor = CURVATURE_FLOOR * (self.intercept[..., None] + 1)
        return replace(self, logits=1 / (shares.square() * self.apart + 3 * pull.abs() + floor))


def penalised_inverse(gram: Tensor, penalty: Tensor) -> Tensor:
    """The inverse of ``gram`` with ``penalty`` on its diagonal, but for the last entry, the intercept's.

    Args:
        gram: (problems, width + 1, width + 1), positive semidefinite.
        penalty: a number; one too small for float32 is raised.
    """
    least = CURVATURE_FLOOR + PENALTY_FLOOR * gram.diagonal(dim1=1, dim2=2).sum(1, keepdim=True)
    ridge = least.repeat(1, gram.shape[1])
    ridge[:, :-1] = ridge[:, :-1].maximum(penalty)
    gram = gram.clone()
    gram.diagonal(dim1=1, dim2=2).add_(ridge)
    # LAPACK answers in columns; a symmetric matrix may be read by rows, and thin products are twice as fast then.
    return torch.cholesky_inverse(torch.linalg.cholesky(gram)).mT.contiguous()
