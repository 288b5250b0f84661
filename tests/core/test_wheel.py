"""The method as a wheel of its own: what is in it, and that it needs nothing else of this project."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OWN = tomllib.loads((ROOT / "wam_core/pyproject.toml").read_text("utf-8"))["project"]

# Nothing of these is promised by the wheel's own dependencies, or is what it must not need.
ABSENT = (
    ("streamlit", "plotly", "timm", "app", "models")
    + ("torchvision", "safetensors", "huggingface_hub", "librosa", "sklearn")
    + ("pydantic", "typer", "rich")
    + ("pillow_heif", "puremagic", "soundfile", "av", "soxr", "nibabel", "tifffile", "trimesh")
    + ("captum", "skimage")
)
WITHOUT = f"""
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy without the network: the build needs nothing but hatchling."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)],
        cwd=ROOT / "wam_core", check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder it was unpacked to, which is all that installing it does."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed, program):
    """A program that finds the wheel, the libraries, and nothing of the repository."""
    return subprocess.run(
        [sys.executable, "-P", "-c", WITHOUT + f"sys.path.insert(0, {str(installed)!r})\n" + program],
        cwd=installed, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_it_holds_the_package_and_its_licence_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        licence = next(name for name in names if name.endswith("/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    source = {file.relative_to(ROOT).as_posix() for file in (ROOT / "wam_core").rglob("*.py")}
    marker = {"wam_core/py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == source | marker


def test_three_lines_explain_any_module_on_one_two_and_three_axes(installed):
    done = run(
        installed,
        """
import torch
for size in ((64,), (32, 32), (8, 8, 8)):
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(4))
    x = torch.rand(1, 2, *size)
    module(x)

    from wam_core import explain_module
    result = explain_module(module, x)
    picture = "data:image/png;base64," in result._repr_html_()
    print(result.transform.ndim, len(list(result.attribution.bands())), picture)

import wam_core
print(wam_core.__file__)
""",
    )
    assert done.returncode == 0, done.stderr
    *told, file = done.stdout.splitlines()
    assert told == ["1 4 True", "2 10 True", "3 22 True"]
    assert Path(file).is_relative_to(installed)


def test_what_needs_an_extra_says_which_library_is_missing(installed):
    done = run(
        installed,
        "from wam_core.signals import Limits, Signal; print('so far'); from wam_core.signals import read",
    )
    assert done.stdout == "so far\n"
    said = r"reading files needs the library \w+, .*: pip install 'wam-core\[signals\]'\n$"
    assert re.search(said, done.stderr)


def test_what_needs_the_extra_of_evaluation_says_so(installed):
    done = run(installed, "import wam_core.evaluation.curves")
    said = r"wam_core.evaluation needs the library captum, .*'wam-core\[evaluation\]'\n$"
    assert re.search(said, done.stderr)


def test_it_asks_for_the_same_versions_as_the_whole():
    whole = [
        line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()
    ]  # fmt: skip
    extras = [line for lines in OWN["optional-dependencies"].values() for line in lines]
    extras.remove("wam-core[signals]")
    assert not set(OWN["dependencies"] + extras) - set(whole)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert OWN["version"] == project["version"]
