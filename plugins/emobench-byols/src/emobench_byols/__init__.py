"""What is BYOL-S, as a backbone of emobench? `plugin` introduces it, `network` is the model."""
