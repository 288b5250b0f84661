"""The laws of the source itself: who may import whom, and what is written nowhere.

Each law is a function from one source file to its violations. The tables say what is allowed; a
new file in ``wam_core`` has to be given its place in ``CORE`` first.
"""

import ast
import importlib.metadata
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("wam_core", "models", "app")

# wam_core: a unit is a file or folder there; on the right is all it may import of the others.
_BELOW_PATHS = {"transforms", "bands", "errors"}
_BELOW_ENGINE = _BELOW_PATHS | {
    "attribution",
    "targets",
    "path",
    "path_signed",
    "paths",
    "quadrature",
    "classifier",
    "frontend",
    "outputs",
    "signals",
}
_BELOW_TOP = _BELOW_ENGINE | {
    "engine",
    "steps",
    "views",
    "masks",
    "density",
    "mask_quality",
}
CORE: Mapping[str, set[str]] = {
    "errors": set(),
    "steps": set(),
    "scheduling": {"errors"},
    "signals": {"errors"},
    "memory": {"errors"},
    "optimized": {"memory"},
    "frontend": {"signals", "errors"},
    "outputs": {"errors"},
    "axes": {"errors"},
    "classifier": {"signals", "errors", "frontend", "optimized", "outputs"},
    "batch_mixing": {"classifier"},
    "gradient_path": {"classifier"},
    "checkup": {"batch_mixing", "classifier", "engine", "errors", "gradient_path", "module"}
    | {"outputs"},
    "targets": {"classifier", "errors", "outputs"},
    "bands": {"errors"},
    "transforms": {"bands", "errors"},
    "path": {"bands", "targets", "transforms"},
    "quadrature": set(),
    "path_signed": _BELOW_PATHS | {"path", "targets"},
    "paths": _BELOW_PATHS | {"path_signed", "memory", "path", "quadrature", "targets"},
    "rich_display": set(),
    "provenance": set(),
    "table": {"bands"},
    "attribution": _BELOW_PATHS
    | {"provenance", "table", "averaging", "outputs", "path", "paths", "rich_display", "targets"},
    "batches": _BELOW_PATHS | {"attribution", "averaging", "path"},
    "averaging": {"bands", "classifier", "memory", "path"},
    # the result's type lives in attribution and the engine builds it: this way round only
    "engine": _BELOW_ENGINE | {"averaging", "batch_mixing", "memory", "provenance", "steps"},
    "inputs": {"errors", "signals"},
    "spelling": _BELOW_PATHS | {"path", "path_signed", "paths"},
    "forward": {"errors"},
    "failures": {"errors"},
    "module": _BELOW_ENGINE
    | {"axes", "batches", "engine", "failures", "forward", "inputs", "spelling"},
    "adapters": _BELOW_ENGINE | {"spelling", "density", "engine", "module"},
    "views": _BELOW_PATHS | {"attribution"},
    "masks": _BELOW_PATHS | {"views"},
    "density": {"bands", "transforms", "views"},
    "mask_quality": _BELOW_PATHS | {"attribution", "views"},
    "trace": _BELOW_ENGINE | {"engine", "steps"},
    "finite_difference": _BELOW_ENGINE,
    "naming": _BELOW_ENGINE,
    "network_input": {"classifier", "signals"},
    "partition": _BELOW_TOP - {"engine"},
    "plot": _BELOW_TOP - {"engine"} | {"naming", "network_input", "partition"},
    "target": {"errors", "targets"},
    "defaults": {"bands", "signals", "masks", "views"},
    "export": _BELOW_TOP - {"engine"}
    | {"defaults", "naming", "network_input", "partition", "plot"},
    "pixel_attribution": _BELOW_TOP | {"memory"},
    "evaluation": _BELOW_TOP | {"forward", "inputs", "module", "pixel_attribution"},
}

# app: the same, and which of our other packages.
APP: Mapping[str, set[str]] = {
    "main": {"app.components", "app.screens", "app.startup"},
    "asgi": {"app.api", "app.origin_check", "app.runtime", "app.screens", "app.server"}
    | {"app.startup", "app.uploads", "wam_core"},
    "startup": set(),
    "origin_check": set(),
    "cli": {
        *(
            "app.request",
            "app.cluster",
            "app.figures",
            "app.kinds",
            "app.runtime",
            "app.server",
        ),
        *("app.report", "app.reproduction"),
        *("wam_core", "models"),
    },
    "api": {
        "app.jobs",
        "app.kinds",
        "app.origin_check",
        "app.request",
        "app.reproduction",
        "app.runtime",
        "app.server",
    }
    | {"wam_core", "models"},
    "kinds": {
        "app.components",
        "app.figures",
        "app.glossary",
        "app.report",
        "app.reproduction",
        "app.jobs",
        "app.runtime",
        "app.server",
        "app.session",
    }
    | {"wam_core", "models"},
    "request": {"wam_core"},
    "cluster": {"app.server", "wam_core", "models"},
    "lessons": {
        "app.request",
        "app.kinds",
        "app.screens",
        "app.jobs",
        "app.runtime",
        "app.glossary",
        "app.components",
        "app.figures",
        "app.session",
    }
    | {"wam_core", "models"},
    "screens": {
        "app.request",
        "app.glossary",
        "app.kinds",
        "app.lessons",
        "app.components",
        "app.figures",
        "app.jobs",
        "app.runtime",
        "app.server",
        "app.session",
    }
    | {"app.report", "app.reproduction", "wam_core", "models"},
    "components": {
        "app.glossary",
        "app.figures",
        "app.kinds",
        "app.jobs",
        "app.request",
        "app.runtime",
        "app.server",
        "app.session",
    }
    | {"app.report", "app.reproduction", "wam_core", "models"},
    "runtime": {"app.server", "app.model_cache", "app.session"} | {"wam_core", "models"},
    "server": {"wam_core"},
    "model_cache": {"wam_core"},
    "uploads": {"app.server"},
    "jobs": {"wam_core"},
    "session": {"app.jobs", "app.reproduction", "app.request", "wam_core"},
    "reproduction": {"app.request", "wam_core"},
    "report": {"app.figures", "app.kinds", "app.reproduction", "wam_core"},
    "glossary": {"wam_core"},
    "figures": {"wam_core"},
}

MODELS_USE = {"classifier", "signals", "errors"}

# Libraries with a home: no other file of the three packages imports them.
HOMES: Mapping[str, tuple[str, ...]] = {
    "streamlit": ("app/",),
    "fastapi": ("app/api/",),
    "fastapi_offline": ("app/api/",),
    "plotly": ("app/figures/",),
    "jinja2": ("app/report/",),
    "ray": ("app/cluster/",),
    "captum": ("wam_core/pixel_attribution.py",),
    "ptwt": ("wam_core/transforms/",),
    "pywt": ("wam_core/transforms/",),
    "timm": ("models/",),
    "librosa": ("models/",),
    **dict.fromkeys(
        ("PIL", "pillow_heif", "puremagic", "nibabel", "trimesh", "tifffile")
        + ("soundfile", "av", "soxr"),
        ("wam_core/signals/",),
    ),
}
NEVER_IN: Mapping[str, tuple[str, ...]] = {
    "streamlit": ("app/figures/", "app/report/", "app/reproduction.py")
}

GLOBAL_SEEDS = {
    "torch.manual_seed",
    "torch.seed",
    "torch.random.manual_seed",
    "torch.cuda.manual_seed",
    "torch.cuda.manual_seed_all",
    "numpy.random.seed",
    "random.seed",
}
# Random initial weights take no generator. A script that trains owns its process; in the dashboard
# the global one is forked first, and nobody else sees the seed.
SEEDS_WEIGHTS = "torch.manual_seed"
SEEDS_FREELY = "training/"
SEEDS_A_FORK = "wam_core/evaluation/randomisation.py"
FORBIDDEN_TRUE = {"unsafe_allow_html", "allow_pickle"}

# A rank compared with a number, though it chooses between no 1-D, 2-D and 3-D: file → expressions.
RANKS_OF_OTHER_THINGS: Mapping[str, set[str]] = {
    "models/images.py": {"stem.ndim == 4"},  # of a convolution's weight, not of an input
}

VAGUE_NAMES = {"utils", "util", "helpers", "helper"}


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root, and its syntax tree."""

    path: PurePosixPath
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> "Source":
        return cls(PurePosixPath(path), ast.parse(text, path))

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def unit(self) -> str:
        """The file or folder directly below the package."""
        return self.path.parts[1].removesuffix(".py")

    def imports(self) -> Iterator[tuple[str, int]]:
        """Absolute dotted names with their lines, wherever they stand; ``from a import b`` is a.b."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = self.path.parts[: -node.level] if node.level else ()
                start = ".".join((*above, *filter(None, [node.module])))
                yield from ((f"{start}.{alias.name}", node.lineno) for alias in node.names)
            elif (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value), node.lineno

    def said(self, line: int, what: str) -> str:
        return f"{self.path}:{line} {what}"


Law = Callable[[Source], Iterator[str]]


def core_imports_downwards(source: Source) -> Iterator[str]:
    """wam_core imports neither models nor app, and of itself only what CORE allows."""
    if source.package != "wam_core":
        return
    if source.unit != "__init__" and source.unit not in CORE:
        yield source.said(1, f"has no place in CORE of {Path(__file__).name}")
        return
    for name, line in source.imports():
        top, _, rest = name.partition(".")
        unit = rest.partition(".")[0]
        if top in ("models", "app"):
            yield source.said(line, f"imports {top}")
        elif top == "wam_core" and source.unit not in ("__init__", unit):
            if unit not in CORE:
                yield source.said(line, "imports wam_core itself, which imports everything")
            elif unit not in CORE[source.unit]:
                yield source.said(line, f"{source.unit} imports {unit}")


def models_import_downwards(source: Source) -> Iterator[str]:
    """models imports nothing of app, and of wam_core only what a network needs."""
    if source.package != "models":
        return
    for name, line in source.imports():
        top, _, rest = name.partition(".")
        if top == "app":
            yield source.said(line, "imports app")
        elif top == "wam_core" and source.unit != "training":
            unit = rest.partition(".")[0]
            if unit not in MODELS_USE:
                yield source.said(line, f"imports {unit or 'all'} of wam_core")


def app_imports_downwards(source: Source) -> Iterator[str]:
    """Screens on widgets on figures; figures know no models."""
    if source.package != "app" or source.unit == "__init__":
        return
    if source.unit not in APP:
        yield source.said(1, f"has no place in APP of {Path(__file__).name}")
        return
    for name, line in source.imports():
        top, *rest = name.split(".")
        wanted = f"app.{rest[0]}" if top == "app" and rest else top
        if top in PACKAGES and wanted not in APP[source.unit] | {f"app.{source.unit}"}:
            yield source.said(line, f"{source.unit} imports {wanted}")


def libraries_stay_at_home(source: Source) -> Iterator[str]:
    """Each library of HOMES is imported in its home only."""
    for name, line in source.imports():
        library = name.partition(".")[0]
        home = HOMES.get(library, ("",))
        if not str(source.path).startswith(home) or str(source.path).startswith(
            NEVER_IN.get(library, ("\0",))
        ):
            yield source.said(line, f"imports {library}; its place is {', '.join(home)}")


def no_rank_ladders(source: Source) -> Iterator[str]:
    """Only wam_core/transforms asks whether something is 1-D, 2-D or 3-D.

    A guard that only refuses (``if x.ndim != 2: raise …``) is no branch, and passes.
    """
    if str(source.path).startswith("wam_core/transforms/"):
        return
    guards = {
        id(node)
        for test in ast.walk(source.tree)
        if isinstance(test, ast.If) and not test.orelse and isinstance(test.body[0], ast.Raise)
        for node in ast.walk(test.test)
    }
    allowed = RANKS_OF_OTHER_THINGS.get(str(source.path), set())
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Match) and _is_rank(node.subject):
            yield source.said(node.lineno, f"match {ast.unparse(node.subject)}")
        elif (
            isinstance(node, ast.Compare)
            and id(node) not in guards
            and any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops)
            and any(map(_is_rank, (node.left, *node.comparators)))
            and any(map(_is_number, (node.left, *node.comparators)))
            and ast.unparse(node) not in allowed
        ):
            yield source.said(node.lineno, ast.unparse(node))


def _is_rank(node: ast.expr) -> bool:
    """``x.ndim``, ``ndim``, ``x.dim()`` or ``len(x.shape)``."""
    text = ast.unparse(node)
    return text.split(".")[-1] in ("ndim", "dim()") or (
        text.startswith("len(") and text.endswith(".shape)")
    )


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_number, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def nothing_unsafe(source: Source) -> Iterator[str]:
    """No markup of strangers, no pickles."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.keyword)
            and node.arg in FORBIDDEN_TRUE
            and not (isinstance(node.value, ast.Constant) and node.value.value is False)
        ):
            yield source.said(node.value.lineno, f"{node.arg}={ast.unparse(node.value)}")


def no_global_seeds(source: Source) -> Iterator[str]:
    """Every draw has its own generator: another thread's draws cannot change it."""
    aliases, path = {"np": "numpy"}, str(source.path)
    forked = {
        id(node)
        for fork in ast.walk(source.tree)
        if path == SEEDS_A_FORK
        and isinstance(fork, ast.With)
        and any(_is_fork(item.context_expr) for item in fork.items)
        for statement in fork.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            first, *rest = ast.unparse(node.func).split(".")
            name = ".".join((aliases.get(first, first), *rest))
            allowed = path.startswith(SEEDS_FREELY) or id(node) in forked
            if name in GLOBAL_SEEDS and not (name == SEEDS_WEIGHTS and allowed):
                yield source.said(node.lineno, name)
    for name, line in source.imports():
        if name in GLOBAL_SEEDS:
            yield source.said(line, f"imports {name}")


def _is_fork(node: ast.expr) -> bool:
    """``torch.random.fork_rng(…)``."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.random.fork_rng"


LAWS: tuple[Law, ...] = (
    core_imports_downwards,
    models_import_downwards,
    app_imports_downwards,
    libraries_stay_at_home,
    no_rank_ladders,
    nothing_unsafe,
    no_global_seeds,
)


def misnamed(paths: list[PurePosixPath], installed: set[str]) -> list[str]:
    """Files and folders whose name alone does harm.

    Streamlit puts app/ first on sys.path, so app/models.py would be what ``import models`` finds;
    and a folder app/pages would switch its old automatic paging on.
    """
    found = []
    for path in paths:
        if VAGUE_NAMES & {part.removesuffix(".py") for part in path.parts}:
            found.append(f"{path} says nothing about what it holds")
        if path.parts[0] == "app" and len(path.parts) > 1:
            name = path.parts[1].removesuffix(".py")
            if name in installed:
                found.append(f"{path} hides the package {name}")
            if name == "pages":
                found.append(f"{path} switches Streamlit's old paging on")
    return found


def python_files(*folders: str) -> list[PurePosixPath]:
    return [
        PurePosixPath(file.relative_to(ROOT).as_posix())
        for folder in folders
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_source_keeps_the_law(law: Law):
    files = python_files(*PACKAGES)
    assert {path.parts[0] for path in files} == set(PACKAGES)
    found = [
        violation
        for path in files
        for violation in law(Source.of(str(path), (ROOT / path).read_text("utf-8")))
    ]
    assert not found, "\n" + "\n".join(found)


def test_names_of_files_do_no_harm():
    top_level = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} | {"tests"}
    installed = set(importlib.metadata.packages_distributions()) | set(sys.stdlib_module_names)
    found = misnamed(
        python_files(*PACKAGES, "tests", "benchmarks"), (top_level | installed) - {"__init__"}
    )
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("law", "path", "text"),
    [
        (core_imports_downwards, "wam_core/views.py", "import models"),
        (
            core_imports_downwards,
            "wam_core/views.py",
            "def f():\n    from app.session import session",
        ),
        (core_imports_downwards, "wam_core/attribution.py", "from wam_core.engine import explain"),
        (core_imports_downwards, "wam_core/attribution.py", "from wam_core import engine"),
        (core_imports_downwards, "wam_core/attribution.py", "from . import engine"),
        (core_imports_downwards, "wam_core/attribution.py", "from .engine import explain"),
        (core_imports_downwards, "wam_core/attribution.py", "import wam_core.plot.notebook"),
        (core_imports_downwards, "wam_core/signals/audio.py", "from ..engine import explain"),
        (core_imports_downwards, "wam_core/export/folder.py", "from wam_core import explain"),
        (core_imports_downwards, "wam_core/export/folder.py", "import wam_core"),
        (core_imports_downwards, "wam_core/scheduling.py", "from wam_core.bands import Band"),
        (core_imports_downwards, "wam_core/errors.py", "import wam_core.bands"),
        (core_imports_downwards, "wam_core/novelty.py", ""),
        (models_import_downwards, "models/images.py", "import app.runtime"),
        (models_import_downwards, "models/images.py", "from wam_core.engine import explain"),
        (models_import_downwards, "models/images.py", "from wam_core import explain"),
        (app_imports_downwards, "app/figures/bands.py", "import models"),
        (app_imports_downwards, "app/figures/bands.py", "from app.session import session"),
        (app_imports_downwards, "app/components/jobs.py", "from app.screens import explain"),
        (app_imports_downwards, "app/runtime.py", "import app.screens.explain"),
        (app_imports_downwards, "app/session.py", "from app import runtime"),
        (app_imports_downwards, "app/novelty.py", ""),
        (libraries_stay_at_home, "app/figures/bands.py", "import streamlit as st"),
        (libraries_stay_at_home, "wam_core/views.py", "import streamlit"),
        (libraries_stay_at_home, "app/screens/explain.py", "import plotly.express as px"),
        (libraries_stay_at_home, "wam_core/engine.py", "from captum.attr import Saliency"),
        (libraries_stay_at_home, "wam_core/views.py", "import pywt"),
        (libraries_stay_at_home, "models/frontends/image.py", "from PIL import Image"),
        (libraries_stay_at_home, "models/frontends/sound.py", "import soxr"),
        (libraries_stay_at_home, "wam_core/signals/audio.py", "import librosa"),
        (
            libraries_stay_at_home,
            "app/cli/doctor.py",
            "import importlib as i\ni.import_module('timm')",
        ),
        (no_rank_ladders, "wam_core/views.py", "if x.ndim == 4:\n    pass"),
        (no_rank_ladders, "wam_core/views.py", "if x.ndim == 1:\n    raise A\nelse:\n    y = 1"),
        (no_rank_ladders, "app/figures/bands.py", "y = 1 if z.ndim != 2 else 2"),
        (no_rank_ladders, "models/images.py", "while len(x.shape) == 3 and y: pass"),
        (no_rank_ladders, "models/images.py", "if 2 == x.dim(): pass"),
        (no_rank_ladders, "models/images.py", "if x.ndim in (2, 3): pass"),
        (no_rank_ladders, "wam_core/views.py", "match z.ndim:\n    case 2:\n        pass"),
        (nothing_unsafe, "app/main.py", "st.markdown(x, unsafe_allow_html=True)"),
        (nothing_unsafe, "wam_core/signals/volume.py", "np.load(f, allow_pickle=trusted)"),
        (no_global_seeds, "wam_core/paths.py", "torch.manual_seed(0)"),
        (no_global_seeds, "training/audio.py", "np.random.seed(0)"),
        (no_global_seeds, "app/cli/explain.py", "from torch import manual_seed"),
        (no_global_seeds, "wam_core/evaluation/randomisation.py", "torch.manual_seed(0)"),
        (
            no_global_seeds,
            "wam_core/evaluation/randomisation.py",
            "with torch.no_grad():\n    torch.manual_seed(0)",
        ),
        (
            no_global_seeds,
            "wam_core/paths.py",
            "with torch.random.fork_rng():\n    torch.manual_seed(0)",
        ),
    ],
)
def test_each_law_finds_what_breaks_it(law: Law, path: str, text: str):
    assert list(law(Source.of(path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("wam_core/engine.py", "from wam_core.attribution import WaveletAttribution"),
        ("wam_core/plot/mosaic.py", "from wam_core import naming, views\nimport numpy"),
        ("wam_core/signals/intake.py", "from wam_core.signals.limits import Limits\nimport PIL"),
        ("wam_core/__init__.py", "from wam_core.engine import explain"),
        ("wam_core/transforms/dwt.py", "import ptwt\nif x.ndim == 1: pass"),
        ("wam_core/classifier.py", "if x.ndim != 4:\n    raise ValueError"),
        ("wam_core/classifier.py", "if x.ndim != self.ndim + 2: pass\nif y == 2: pass"),
        ("wam_core/attribution.py", "np.load(f, allow_pickle=False)"),
        ("wam_core/paths.py", "g = torch.Generator().manual_seed(seed)"),
        ("training/esc10.py", "torch.manual_seed(seed)"),
        (
            "wam_core/evaluation/randomisation.py",
            "with torch.random.fork_rng(devices=[]):\n    torch.manual_seed(seed)",
        ),
        ("wam_core/signals/audio.py", "import soxr, soundfile, av"),
        ("models/mel.py", "def f():\n    import librosa"),
        ("models/images.py", "import timm\nfrom wam_core.errors import ModelError"),
        (
            "app/figures/bands.py",
            "import plotly.graph_objects as go\nfrom app.figures import theme",
        ),
        ("app/screens/explain.py", "import streamlit as st\nfrom app.figures import bands"),
    ],
)
def test_no_law_minds_what_is_allowed(path: str, text: str):
    assert not [found for law in LAWS for found in law(Source.of(path, text))]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("wam_core/utils.py", "says nothing"),
        ("app/components/helpers/a.py", "says nothing"),
        ("app/models.py", "hides the package models"),
        ("app/torch/a.py", "hides the package torch"),
        ("app/pages/explain.py", "old paging"),
    ],
)
def test_harmful_names_are_found(path: str, reason: str):
    (found,) = misnamed([PurePosixPath(path)], {"models", "torch"})
    assert reason in found


def test_harmless_names_are_not():
    paths = [PurePosixPath("app/screens/models.py"), PurePosixPath("wam_core/signals/image.py")]
    assert misnamed(paths, {"models", "image"}) == []
