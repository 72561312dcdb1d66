"""Which clips of a shard do other selections of the same corpus hold already? What they hold is not computed again."""

import os
from pathlib import Path

from emobench.domain.plan import ShardPlan
from emobench.features.store import Array, DamagedShard, FeatureStore
from emobench.files.leftovers import TEMPORARY


class Lender:
    """Looks through the shards beside those of a plan, each once: selections of a large corpus have thousands.

    Other selections (``--limit``, excluded clips, a matched pair) share clips with this one. Shards of the plan itself
    lend nothing to each other: where a corpus holds the same audio twice, their rows would depend on which of them was
    computed first. Damaged files lend nothing.
    """

    def __init__(self, store: FeatureStore) -> None:
        self._store = store
        self._seen = {store.path(shard).name for shard in store.plan.shards}
        self._holder: dict[str, Path] = {}

    def lend(self, shard: ShardPlan) -> dict[int, tuple[Array, ...]]:
        """Rows that are there already: place in the shard -> one vector a layer."""
        self._look_around()
        wanted = {key: place for place, key in enumerate(self._store.keys(shard)) if key in self._holder}
        found: dict[int, tuple[Array, ...]] = {}
        for path in sorted({self._holder[key] for key in wanted}):
            try:
                rows = self._store.rows(path)
            except DamagedShard:
                continue
            for key in wanted.keys() & rows.keys():
                found[wanted[key]] = tuple(vector.copy() for vector in rows[key])  # a view keeps its whole file
        return found

    def _look_around(self) -> None:
        """Note which clips the files hold that came since the last look."""
        folder = self._store.folder
        new = set(os.listdir(folder)) - self._seen if folder.is_dir() else set()  # noqa: PTH208 - names, and no more
        for name in sorted(new):
            if not name.endswith(".safetensors") or name.startswith(TEMPORARY):
                continue
            self._seen.add(name)
            try:
                self._holder.update(dict.fromkeys(self._store.clips_of(folder / name), folder / name))
            except DamagedShard:
                continue
