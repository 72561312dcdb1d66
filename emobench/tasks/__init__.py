"""Which questions can be asked? One module a task: its units, how one is run, and how results become a record."""
