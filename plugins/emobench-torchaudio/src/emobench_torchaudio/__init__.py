"""What are torchaudio's bundles, as backbones of emobench? `plugin` introduces them, `states` is a model."""
