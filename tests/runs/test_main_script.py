"""Can a script without a guard start processes that train?"""

import subprocess
import sys

SCRIPT = """
import multiprocessing, os
from emobench.runs.main_script import without_main_script
print("here", __name__, flush=True)
process = multiprocessing.get_context("spawn").Process(target=os.getpid)
with without_main_script():
    process.start()
process.join()
print(process.exitcode, __import__("sys").modules["__main__"].__file__ == __file__)
"""


def test_a_script_runs_once(tmp_path):
    """A process that is spawned does not run the script again, and ends well; the main module is as before."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines(), done.stderr) == (["here __main__", "0 True"], "")
