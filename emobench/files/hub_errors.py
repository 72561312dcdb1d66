"""Why does the Hub not give a file, and what can be done about it?"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from emobench.domain.errors import DataError, EmobenchError
from emobench.files.atomic import REMEDIES
from emobench.files.download import DownloadError
from emobench.files.hub_cache import Kind

SECRET = re.compile(r"(Bearer\s+|hf_)[^\s'\"]+")
BUSY = frozenset({408, 425, 429})
LOG_IN = "set HF_TOKEN, or run `hf auth login`"


class HubDown(DataError):  # noqa: N818 - it says what is down
    """The Hub cannot be reached, or fails: another try may succeed, and the cache may serve."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the Hub: a repository at a revision, from ``endpoint``, for the backbone or dataset ``name``."""

    name: str
    repo: str
    revision: str
    endpoint: str
    cache: Path
    kind: Kind = "model"

    @property
    def host(self) -> str:
        """Whom we ask, without the password that an address may hold."""
        return urlsplit(self.endpoint).netloc.rpartition("@")[2] or self.endpoint

    @property
    def given(self) -> str:
        """The flag that does without the Hub."""
        return f"--weights {self.name}=DIR" if self.kind == "model" else f"--data {self.name}=DIR"

    @property
    def page(self) -> str:
        """Where people look at it."""
        return f"https://huggingface.co/{'' if self.kind == 'model' else 'datasets/'}{self.repo}"


@contextmanager
def hub_errors(asked: Asked) -> Iterator[None]:
    """Turn what huggingface_hub and `download` raise into errors that say what to do.

    None holds a token or the address of a file.

    Raises:
        HubDown: no connection, or the server fails.
        DataError: there is no such repository or revision, or it is not ours to see.
        EmobenchError: the cache cannot be written.
    """
    from huggingface_hub.errors import HfHubHTTPError

    # The errors of connections belong to httpx or to httpx2, whichever huggingface_hub was written for.
    connection = cast(type[Exception], HfHubHTTPError.__bases__[0])
    try:
        yield
    except (connection, OSError, ValueError, KeyError, TypeError, RuntimeError) as problem:
        raise _explained(problem, asked) from None  # a chain would show signed addresses
    except DownloadError as problem:
        raise _undelivered(problem, asked) from None
    except EmobenchError as problem:
        if isinstance(problem.__cause__, OSError):  # explained already, but in the words of our own home
            raise _explained(problem.__cause__, asked) from None
        raise


def _explained(problem: BaseException, asked: Asked) -> EmobenchError:
    from huggingface_hub import errors

    if isinstance(problem, errors.LocalEntryNotFoundError) and problem.__cause__ is not None:
        return _explained(problem.__cause__, asked)
    if isinstance(problem, errors.HfHubHTTPError):
        return _answered(problem, problem.response.status_code, asked)
    if isinstance(problem, errors.HFValidationError):
        return DataError(
            f"'{asked.repo}' is not the name of a repository on the Hub.",
            remedy="Write it as https://huggingface.co does: ORG/REPO.",
        )
    if isinstance(problem, OSError) and problem.errno in REMEDIES:
        return EmobenchError(
            f"'{asked.cache}' cannot be written.",
            found=f"found: {problem.strerror}",
            remedy=REMEDIES[problem.errno].replace("EMOBENCH_HOME or --out", "HF_HOME"),
        )
    cause = str(problem).partition("\n")[0] or type(problem).__name__
    return _unreached(asked, cause, "files that are complete are kept")


def _undelivered(problem: DownloadError, asked: Asked) -> EmobenchError:
    if problem.status is not None:
        return _answered(problem, problem.status, asked)
    return _unreached(asked, problem.cause, "it goes on where it stopped")


def _unreached(asked: Asked, cause: str, kept: str) -> HubDown:
    return HubDown(
        f"no connection to the Hub ({asked.host}) for '{asked.repo}'.",
        found=f"found: {SECRET.sub('***', cause)}",
        remedy=f"Try again: {kept}. Without a network, give {asked.given}.",
    )


def _answered(problem: BaseException, status: int, asked: Asked) -> DataError:
    from huggingface_hub import errors

    found = f"found: {asked.host} answered {status}"
    page = asked.page
    if isinstance(problem, errors.GatedRepoError):
        return DataError(
            f"the repository '{asked.repo}' is gated: its licence has to be accepted first.",
            found=found,
            remedy=f"Accept its licence at {page}, then {LOG_IN}.",
        )
    if isinstance(problem, errors.RepositoryNotFoundError):
        return DataError(
            f"there is no {'' if asked.kind == 'model' else 'dataset '}repository '{asked.repo}' on the Hub, "
            "or it is private.",
            found=found,
            remedy=f"Check the name; if it is private, {LOG_IN}.",
        )
    if isinstance(problem, errors.RevisionNotFoundError):
        return no_revision(asked, found)
    if status in (401, 403):
        return DataError(
            f"the Hub refuses access to '{asked.repo}'.",
            found=found,
            remedy=f"Look at {page} whether you may see it, then {LOG_IN} with a token that may read it.",
        )
    if status >= 500 or status in BUSY:
        return HubDown(
            f"the Hub ({asked.host}) does not manage to give '{asked.repo}'.",
            found=found,
            remedy=f"Try again later: files that are complete are kept. Or give {asked.given}.",
        )
    return DataError(
        f"the Hub does not give '{asked.repo}'.", found=found, remedy=f"Look at {page}, or give {asked.given}."
    )


def no_revision(asked: Asked, found: str) -> DataError:
    """The revision that is asked for does not exist."""
    return DataError(
        f"the repository '{asked.repo}' has no revision '{asked.revision}'.",
        found=found,
        remedy=f"Name a branch, a tag or a commit of {asked.page}/commits/main.",
    )


def missing(asked: Asked, found: str) -> DataError:
    """What is asked for is not in the cache, which has only ``found``."""
    return DataError(
        f"the {'weights' if asked.kind == 'model' else 'files'} of '{asked.repo}' are not on this machine.",
        found=f"found in {asked.cache}: {found}",
        remedy=f"Run once without --offline (and without HF_HUB_OFFLINE), or give {asked.given}.",
    )


def damaged(asked: Asked, name: str, path: Path, digest: str, remedy: str) -> DataError:
    """The file ``name`` of the repository, in the cache at ``path``, is not what the Hub lists."""
    return DataError(
        f"'{name}' of '{asked.repo}' is damaged.",
        found=f"found SHA-256 {digest} at {path}, which is not the Hub's",
        remedy=f"{remedy}. Or give {asked.given}.",
    )
