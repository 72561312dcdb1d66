"""What do tests of the command line share? Real processes, and a home for those that run in this one."""

from live_command import live  # noqa: F401 - pytest finds fixtures in this module
from synthetic_cli import emobench, home  # noqa: F401 - pytest finds fixtures in this module
