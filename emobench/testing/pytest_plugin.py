"""How do plugin authors run the laws with pytest? `pytest --emobench=NAME`."""
