"""Which plugins does a command know? Those of `emobench.catalog.known`."""

from emobench.catalog.known import known_plugins

__all__ = ["known_plugins"]
