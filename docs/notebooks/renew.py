"""The notebooks run anew, with what they show written into them.

``python docs/notebooks/renew.py`` after a change that moves their numbers; the test that runs them
in CI says when that is.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).parent
_SECONDS = 200  # for one cell, before it is given up


def executed(file: Path) -> nbformat.NotebookNode:
    """A notebook as a fresh kernel leaves it, without what differs from machine to machine."""
    notebook = nbformat.read(file, as_version=4)
    with TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            # sockets in a folder: nobody else on the machine can speak to the kernel
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}}),
            kernel_name="python3",
            timeout=_SECONDS,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(file.parent)}},
        )
        # else tqdm says that there are no widgets, with a path of this machine
        client.execute(env={**os.environ, "PYTHONWARNINGS": "ignore:IProgress not found"})
    for cell in notebook.cells:
        cell.metadata.clear()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


if __name__ == "__main__":
    for file in sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(executed(file), file)
