"""How does a descent on ill-conditioned features take steps of the right size? By an approximate inverse Hessian."""

from dataclasses import dataclass

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
        layers: (problems, strengths, layers), for the logits of a weighted sum; no entries with a single layer.
        intercept: (problems, strengths), the curvature (not inverted) along the intercepts.
    """

    inverses: tuple[Tensor, ...]
    layers: Tensor
    intercept: Tensor

    def apply(self, gradient: Tensor) -> Tensor:
        """The inverse times ``gradient`` (problems, strengths, parameters)."""
        split = gradient.shape[2] - self.layers.shape[2]
        heads = gradient[..., :split].unflatten(2, (-1, self.inverses[0].shape[1]))
        turned = torch.stack([heads[:, i] @ inverse for i, inverse in enumerate(self.inverses)], 1)
        return torch.cat((turned.flatten(2), gradient[..., split:] * self.layers), 2)

    def select(self, strengths: Tensor) -> "Preconditioner":
        """The same for some strengths only."""
        inverses = tuple(self.inverses[i] for i in strengths.tolist())
        return Preconditioner(inverses, self.layers[:, strengths], self.intercept[:, strengths])


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
