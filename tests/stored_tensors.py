"""What stands in a file of tensors? Its header, and every tensor by name."""

from safetensors import safe_open
from safetensors.numpy import load_file


def header_and_tensors(path):
    """The texts of a file's header, and its tensors as arrays in memory: the file may be written anew."""
    with safe_open(path, framework="np") as file:
        header = file.metadata()
    return header, load_file(path)
