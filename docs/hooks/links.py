"""Where do links lead that leave docs/? To the same file in the repository; one that dangles ends the build."""

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

OUTSIDE = re.compile(r"\]\((?P<path>\.\./[^)#\s]*)(?P<rest>#[^)\s]*)?\)")
FENCED = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """The Markdown of a page with its links out of docs/ rewritten; blocks of code stay as they are.

    Raises:
        PluginError: a link to a file that the repository does not have.
    """
    source = Path(page.file.abs_src_path)
    repository = Path(config.config_file_path).resolve().parent

    def inside_the_repository(link: re.Match[str]) -> str:
        target = (source.parent / link["path"]).resolve()
        if not target.exists() or not target.is_relative_to(repository):
            raise PluginError(f"{page.file.src_uri} links to '{link['path']}', and there is no such file.")
        kind = "tree" if target.is_dir() else "blob"
        where = target.relative_to(repository).as_posix()
        return f"]({config.extra['repository']}/{kind}/main/{where}{link['rest'] or ''})"

    parts = FENCED.split(markdown)
    return "".join(part if part.startswith("```") else OUTSIDE.sub(inside_the_repository, part) for part in parts)
