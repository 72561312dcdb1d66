"""Which parts of emobench does code replace? What every module held when it was ready, and what it holds later.

Plugins share the process with the ruler: nothing keeps them from putting functions of their own in its place, or
changing its constants. What they put there is found here.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import FunctionType, ModuleType
from typing import Any

PACKAGE = "emobench"
WRITTEN = (FunctionType, classmethod, staticmethod, property)  # what stands in the text of a class


@dataclass
class Ruler(MetaPathFinder):
    """Notes what the modules of emobench hold: those that are there already, and each that comes, once it is ready."""

    known: dict[str, tuple[ModuleType, Mapping[str, Any]]] = field(default_factory=dict)

    def listen(self) -> None:
        """Note what is imported already, and hear of what will be."""
        for name, module in list(sys.modules.items()):
            if name == PACKAGE or name.startswith(f"{PACKAGE}."):
                self._note(module)
        sys.meta_path.insert(0, self)

    def replaced(self) -> list[str]:
        """The dotted names of what is no longer what it was, sorted."""
        names = {name for module, held in self.known.values() for name in _other(module, held)}
        return sorted(name for name in names if name.rpartition(".")[0] not in names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of emobench lies, as Python finds it; it is noted when it has been run."""
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        loader: Any = spec.loader
        run = loader.exec_module

        def run_and_note(module: ModuleType) -> None:
            run(module)
            self._note(module)

        loader.exec_module = run_and_note
        return spec

    def _note(self, module: ModuleType) -> None:
        self.known[module.__name__] = module, dict(_parts(module))


def _parts(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module holds, and what is written in its own classes; of what can be changed in place, what it held."""
    for name, value in list(vars(module).items()):
        if name.startswith("__") or isinstance(value, ModuleType):
            continue
        yield name, _held(value)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for part, own in list(vars(value).items()):
                if isinstance(own, WRITTEN):
                    yield f"{name}.{part}", own
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield f"{name}.__code__", value.__code__


def _held(value: Any) -> Any:
    """A value; of a plain collection its items, so that it can be seen whether another one stands there now."""
    if type(value) in (list, set, dict):
        return [*(value.items() if isinstance(value, dict) else value)]
    return value


def _other(module: ModuleType, held: Mapping[str, Any]) -> Iterator[str]:
    """Which parts of a module are others now, or gone; or the module itself."""
    if sys.modules.get(module.__name__) is not module:
        yield module.__name__
        return
    now = dict(_parts(module))
    for name, before in held.items():
        if name not in now or not _same(before, now[name]):
            yield f"{module.__name__}.{name}"


def _same(before: Any, now: Any) -> bool:
    """Whether it is the same object, or a collection of the same objects."""
    if type(before) is list and type(now) is list:
        return len(before) == len(now) and all(map(_same_item, before, now))
    return before is now


def _same_item(before: Any, now: Any) -> bool:
    if isinstance(before, tuple) and isinstance(now, tuple) and len(before) == len(now):
        return all(one is other for one, other in zip(before, now, strict=True))  # of a dictionary
    return before is now
