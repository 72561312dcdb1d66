"""How much of a backbone may learn? The built-in PEFT methods, one module each, and their combinations."""
