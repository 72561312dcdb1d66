"""How much may the check of one record take? So much memory and time that no honest record needs it, and one thread."""

import sys

from threadpoolctl import threadpool_limits

MOST_MEMORY = 6 * 2**30  # bytes of addresses; libraries alone take about 2 GiB of them, and use a tenth
MOST_SECONDS = 300  # of a processor, for one record


def limit_memory() -> None:
    """Refuse this process more memory than one check needs; where the system has no such limit, there is none."""
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def limit_threads() -> None:
    """One thread for the linear algebra of this process: records are checked side by side, their matrices are small.

    Call it when numpy and scipy are imported; what is not imported is not limited.
    """
    threadpool_limits(limits=1)


def limit_seconds() -> None:
    """End this process when the next check takes too long; where the system has no such limit, there is none."""
    if sys.platform == "linux":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        most = int(used.ru_utime + used.ru_stime) + MOST_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
