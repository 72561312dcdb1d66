"""Which corpora come with emobench? One module each, offered through the same hook as a stranger's."""
