"""What do tests of corpora share? The command line, with a home of its own."""

from synthetic_cli import emobench, home  # noqa: F401 - fixtures: pytest finds them in this module
