"""What usually breaks each law, and what to do? Words for the page of laws; what a law expects is in the law itself."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]  # law -> what usually breaks it, what to do

LICENCE = ("`MIT License`, `proprietary`, nothing that a reader could look up", "write the SPDX identifier: `MIT`, `CC-BY-NC-4.0`")
PAPER = ("a title without an address", "give `https://arxiv.org/abs/...` or `https://doi.org/...`")

BACKBONE: Words = {
    "licence_named": LICENCE,
    "paper_named": PAPER,
    "loads": ("a state dict instead of a module; names of another version of a library", "return the module; `load_checkpoint` names every weight that does not fit"),
    "loads_without_network": ("`from_pretrained(\"ORG/REPO\")`", "name the weights on the card, and read `files`"),
    "leaves_global_state": ("`torch.set_default_dtype`, `set_grad_enabled(False)`, `set_num_threads`", "use the context managers of torch, inside `forward`"),
    "eval_mode": ("a module that is loaded in train mode; a part outside of the module tree", "end `load` with `.eval()`; keep parts as submodules"),
    "parameters_counted": ("the number of the paper, which counts other parts", "count: `sum(p.numel() for p in module.parameters())`"),
    "hears": ("`forward(waveform)` instead of `forward(audio)`; a tuple as the answer", "take an `AudioBatch`, give `FrameFeatures`"),
    "layers_of_card": ("(batch, width, frames); the input of the first block forgotten", "transpose; give as many layers as the card has"),
    "train_mode_shapes": ("layerdrop, heads that are only there in eval mode", "turn layerdrop off; give all layers in both modes"),
    "frame_lengths": ("lengths in samples; rounding up; the card's `hz` of another layer", "count frames that lie inside the clip, at least one"),
    "same_shapes_each_call": ("caches that grow, windows that depend on the last batch", "keep nothing between batches"),
    "dtype_and_device": ("tensors as plain attributes; float64 from numpy; lengths as int32", "`register_buffer`; end with `.float()` and `.long()`"),
    "batch_mates": ("norms, attention or convolutions that hear the padding", "mask beyond `lengths` before whatever looks across time, or say `batches=\"equal_length\"`"),
    "batch_order": ("sorting by length without undoing it", "put clips back in their order"),
    "padding_not_heard": ("a mean, norm or attention over the whole row", "mask beyond `lengths` first; never find the end of a clip by zeros"),
    "audio_untouched": ("`waveform -= mean`, `mul_`", "make a new tensor"),
    "silence": ("log of zero, division by a standard deviation of zero", "add a small constant"),
    "finite": ("overflow of loud sounds, log of faint ones", "add a small constant; compute in float32"),
    "shortest_clip": ("`min_seconds` shorter than the model's first window", "raise `min_seconds` to the shortest input that has a frame in all layers"),
    "longest_clip": ("positions run out; frames are cut off", "lower `longest_seconds`, or name the model's `window_seconds`"),
    "sees_level": ("a normalising front end, and a card that does not say so", "set `sees_level` to what the law found"),
    "determinism": ("dropout called as a function, noise added to the input", "use modules that follow `eval()`; draw nothing"),
    "no_random_weights": ("a head or projection that no file fills", "load or remove it; a control says `random=True`"),
    "random_control": ("weights drawn from a generator of its own, or loaded after all", "draw from torch's generator in `load_random`, in the loaded model's shapes"),
    "reentrant": ("results kept on `self` while a batch goes through", "keep them in local variables, or say `reentrant=False`"),
    "resumes": ("positions, masks or dropout on the wrong side of the entry", "everything below the first block in `enter`, all else in `resume`"),
    "stops_early": ("a final norm that is still applied; layers that are computed and thrown away", "end after the asked layer, as the whole model has it"),
    "gradient": ("`detach()`, `no_grad`, numpy in between", "remove them, or say `differentiable=False`"),
    "peft_weights_learn": ("patterns of `adapt` that match weights which are not used", "name Linears that every batch goes through"),
    "memory_freed": ("a module in a global variable or an `lru_cache`", "keep nothing in the plugin"),
    "inputs_forgotten": ("hooks that append to a list, states kept for looking", "clear them at the end of `forward`"),
}  # fmt: skip
DATASET: Words = {
    "licence_named": LICENCE,
    "citation_named": ("a nickname of the corpus", "write it as a list of references would, with author and year"),
    "people_namespace": ("`people` copied from another card", "use the corpus's own name, unless the people are the same"),
    "lists_clips": ("a pattern that finds nothing; paths instead of clips", "raise DataError where nothing is found; give `Clip` objects"),
    "expected_clips": ("half a download; a number of another release", "name what is missing in a DataError; correct the card"),
    "unique_ids": ("file names that repeat in several folders", "put the folder into the id"),
    "stable_ids": ("ids from absolute paths, or counted while listing", "make the id of what the file is called below `root`"),
    "files_below_root": ("absolute paths in a table, links to another disk", "join paths to `root`; copy what is linked"),
    "fingerprint_stable": ("labels from a set, or drawn; a table read in the order of a folder", "read them from the file's own row or name"),
    "labels_in_space": ("other spellings than the card's; a number outside its ends; a missing label", "map spellings; correct the ends; leave out what has no label, and say so"),
    "classes_used": ("a class of another release", "remove it from the card"),
    "groups_meaningful": ("`group=path.stem`, one clip a group", "use the speaker, singer, song or session"),
    "folds_work": ("a misspelt group in `folds`; a class that few people have", "list every group once; take fewer, larger folds"),
    "audio_readable": ("truncated downloads, another format than the ending says", "`emobench data verify` and `audit` name the files"),
    "sample_rate": ("a card with the rate of another release", "correct the card; generated audio is written at it"),
    "segments_inside": ("times in milliseconds, annotations longer than the file", "give seconds; check against the file's length"),
    "generated": ("`generate` draws without a seed, or writes times into files", "seed it; write samples only"),
}  # fmt: skip
PEFT: Words = {
    "licence_named": LICENCE,
    "paper_named": PAPER,
    "options_have_defaults": ("a required field; a dict instead of a `Frozen`", "give every field a default and a description"),
    "applies": ("places looked for by the names of one model; another error than UsageError", "ask the card's `adapt`, or take every Linear; raise UsageError where there is none"),
    "leaves_the_ruler": ("`torch.manual_seed` inside `apply`", "draw from torch's generator as it is"),
    "identity_at_start": ("both matrices of an update drawn at random", "begin one of them with zeros, or say `identity_at_start=False`"),
    "alive": ("a factor of zero on both sides; a weight that the output does not depend on", "begin one side with other numbers than zero; freeze what is not used"),
    "frozen_stays": ("`requires_grad_(True)` on a whole block; running statistics that move", "thaw weights by name; leave norms in eval mode"),
    "moves": ("a copy of the weight is used, the weight itself is not", "use the parameter itself in `forward`"),
    "saves_and_loads": ("a drawn constant that is no parameter", "make it follow from the options, or let it learn"),
    "repeatable": ("draws from numpy, from `random`, or in the order of a set", "draw from torch's generator, in the order of modules"),
}  # fmt: skip
PLUGIN: Words = {
    "imports": ("a package that only your machine has", "name it in `dependencies`"),
    "offers": ("`@hookimpl` on a misspelt name; `return` of one thing instead of `yield`", "use one of the four hooks; yield what it is for"),
    "light_import": ("`import torch` at the top; weights or tables read on import", "import inside `load`, `apply` or `clips`"),
    "same_every_time": ("cards made of a set, a date or a draw", "write cards as constants"),
    "own_name": ("the name of a model that is built in; a package copied without renaming", "choose another name; rename the entry point"),
}  # fmt: skip
