"""Which backbones come with the core? Two that see level and spectrum only, and a random transformer; no downloads."""
