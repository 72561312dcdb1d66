"""How much of a backbone may learn? PEFT methods, one module each, come with the task `cross_domain`."""
