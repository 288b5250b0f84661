"""The printed command and the printed program give the numbers of the dashboard, bit for bit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import models
from app import cli, reproduction, runtime
from app.reproduction import Origin, Own
from app.server import server
from models import samples
from tests.app.pages import MAIN, mine, until_quiet
from tests.furniture import off, several
from wam_core import (
    Classifier,
    Contrast,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    PathSigned,
    Signal,
    SmoothGrad,
    WaveletAttribution,
    explain_steps,
)
from wam_core.errors import SettingsError
from wam_core.path import Path as Variant
from wam_core.paths import settings
from wam_core.quadrature import BASELINES, RULES
from wam_core.signals import audio, read, solids
from wam_core.signals.audio import encode_wav
from wam_core.signals.image import encode_png
from wam_core.steps import run_to_end
from wam_core.targets import Target
from wam_core.transforms.dwt import BOUNDARIES, WAVELETS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
THREADS = 1  # of a lane; a process that is told nothing takes MORE
MORE = 2

VARIANTS: dict[str, Variant] = {
    "gradient": Gradient(),
    "smoothgrad": SmoothGrad(2, 0.1, 7),
    "smoothgrad-magnitude": SmoothGrad(2, 0.1, 7, "magnitude"),
    "integrated": IntegratedGradients(3, "mean", "trapezoid", 3, 4.0),
    "smoothgrad-integrated": SmoothGrad(2, 0.05, 5, along=IntegratedGradients(2, "noise", seed=5)),
}

# Runs in a process of its own, on what is printed and nothing else: every command by the command
# line's own entry, every program by exec, each in a folder of its own beside the file.
DRIVER = """
import json, os, sys
from pathlib import Path
printed = json.loads(Path(sys.argv[1]).read_text())
for name, texts in printed.items():
    for kind, text in texts.items():
        folder = Path(name, kind)
        folder.mkdir(parents=True)
        for file in Path().glob("*.*"):
            if file.is_file():
                os.link(file, folder / file.name)
        here = os.getcwd()
        os.chdir(folder)
        if kind == "python":
            exec(compile(text, name, "exec"), {})
        else:
            from app.cli import app
            app([*text, "--out", "."], standalone_mode=False)
        os.chdir(here)
"""


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(MORE)},
    )  # fmt: skip


def words(command: str) -> list[str]:
    """The arguments of ``wam``, as a shell takes the command apart."""
    script = f'wam() {{ printf "%s\\0" "$@"; }}\n{command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def arrays(file: Path) -> dict[str, bytes]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name].tobytes() for name in archive.files if name != "meta"}


@pytest.fixture(scope="module")
def lane() -> Iterator[None]:
    """The dashboard's lanes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAM_THREADS", str(THREADS))
        patch.setenv("WAM_LANES", "1")
        server.cache_clear()
        runtime._scheduler.clear()
        runtime._scheduler()
        yield
    server.cache_clear()
    runtime._scheduler().close(5)
    runtime._scheduler.clear()


def on_the_lane(
    net: Classifier,
    signal: Signal,
    wanted: object,
    transform: DiscreteWaveletTransform,
    path: Variant,
) -> WaveletAttribution:
    steps = explain_steps(net, signal, wanted, transform=transform, path=path)  # type: ignore[arg-type]
    return runtime.ask(steps, owner="somebody/explain", uses={net.fingerprint})


def given(kind: str, folder: Path) -> tuple[Signal, str, DiscreteWaveletTransform, object]:
    """A file of each kind, as the dashboard has it once somebody has used every control."""
    if kind == "image":
        pixels = samples.load("chelsea").values.transpose(1, 2, 0)
        name, data = "a cat's $HOME.png", encode_png(np.ascontiguousarray(pixels))
        signal = read(data, name)
        wanted, transform = Contrast(282, 281), DiscreteWaveletTransform("db2", 2, 2, "zero")
    elif kind == "sound":
        wave = np.tile(samples.load("clock_tick").values, (2, 2))
        name, data = "-tick.wav", encode_wav(wave, 44_100)
        whole = read(data, name)
        signal = audio.excerpt(whole, 77_777, 77_777 + 5 * 44_100)
        wanted, transform = None, DiscreteWaveletTransform("haar", 4, 1)
    else:
        name, data = "chair <y>.off", off(up="y")
        signal = solids.upright(solids.filled(read(data, name)), "y")
        wanted, transform = 3, DiscreteWaveletTransform("haar", 2, 3, "symmetric")
    (folder / name).write_bytes(data)
    return (
        signal,
        {"image": "efficientnet_lite0", "sound": "esc10"}.get(kind, "modelnet10"),
        (transform),
        wanted,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["image", "sound", "volume"])
def test_every_variant_comes_out_bit_for_bit(kind: str, lane: None, tmp_path: Path) -> None:
    signal, network, transform, wanted = given(kind, tmp_path)
    net = runtime.classifier(network)
    variants = VARIANTS | {"path-signed": PathSigned(transform, 3)}
    results = {
        name: on_the_lane(net, signal, wanted, transform, path) for name, path in variants.items()
    }
    assert {result.provenance.threads for result in results.values()} == {THREADS}
    printed = {
        name: reproduction.both(result, net, signal, Origin()) for name, result in results.items()
    }
    parsed = {name: texts | {"command": words(texts["command"])} for name, texts in printed.items()}
    (tmp_path / "printed").write_text(json.dumps(parsed))
    done = python("-c", DRIVER, "printed", folder=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    for name, result in results.items():
        result.save(tmp_path / "expected.npz")
        expected = arrays(tmp_path / "expected.npz")
        for language in ("command", "python"):
            found = arrays(tmp_path / name / language / "attribution.npz")
            assert found.keys() == expected.keys()
            apart = [member for member in expected if found[member] != expected[member]]
            assert not apart, f"{name} by {language}: {apart}"


@pytest.fixture(scope="module")
def digit() -> tuple[Classifier, Signal, WaveletAttribution]:
    """Something explained that takes no time."""
    net = models.load("digits3d")
    signal = samples.load("digit_3")
    transform = DiscreteWaveletTransform("haar", 2, 3, "symmetric")
    steps = explain_steps(net, signal, transform=transform, path=Gradient())
    return net, signal, run_to_end(steps)


def asked(monkeypatch: pytest.MonkeyPatch, text: str) -> dict[str, Any]:
    """What the command line asks the core for."""
    found: dict[str, Any] = {}

    def note(net: object, signal: object, target: object, **settings: Any) -> None:
        found.update(settings, target=target, signal=signal)
        raise SettingsError("no need to go on")

    monkeypatch.setattr("wam_core.explain", note)
    done = CliRunner().invoke(cli.app, words(text))
    assert "no need to go on" in done.stderr, (text, done.stderr)
    return found


_WAYS = [
    IntegratedGradients(steps, baseline, rule, seed, grading)
    for (steps, seed, grading), baseline, rule in zip(
        [(2, 0, 1.0), (25, 42, 4.0), (200, 2**31 - 1, 2.5)] * 5,
        [*BASELINES] * 3, [*RULES] * 8, strict=False,
    )
]  # fmt: skip
_PATHS: list[Variant] = [
    Gradient(),
    *_WAYS,
    *(SmoothGrad(copies, share, way.seed, along=way) for way, copies, share in
      zip(_WAYS, range(1, 26), [0.0, 1e-4, 1 / 3, 0.1] * 4, strict=False)),
    *(SmoothGrad(copies, 1e-4, 1, how) for copies in (1, 200) for how in ("signed", "magnitude")),
]  # fmt: skip


def test_whatever_can_be_set_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, digit: tuple[Classifier, Signal, WaveletAttribution]
) -> None:
    net, signal, result = digit
    before = torch.get_num_threads()
    for number, listed in enumerate([*_PATHS, None]):
        transform = DiscreteWaveletTransform(
            WAVELETS[number % len(WAVELETS)], 1, 3, BOUNDARIES[number % len(BOUNDARIES)]
        )
        path = listed or PathSigned(transform, 7)
        target = Target(number % 10, "", None if number % 3 else (number + 1) % 10)
        source = replace(result.provenance, micro_batch=number + 1, threads=before)
        other = replace(
            result, path=path, transform=transform, targets=(target,), provenance=source
        )
        text = reproduction.command(other, net, signal, Origin("digit_3"))
        found = asked(monkeypatch, text)
        assert settings(found["path"]) == settings(path), text
        assert found["transform"] == transform, text
        assert found["micro_batch"] == number + 1
        wanted = found["target"]
        assert wanted == (
            target.index if target.against is None else Contrast(target.index, target.against)
        )
        program = reproduction.program(other, net, signal, Origin("digit_3"))
        compile(program, "program", "exec")
    assert torch.get_num_threads() == before


def test_a_number_that_is_a_name_stays_a_number(
    monkeypatch: pytest.MonkeyPatch, digit: tuple[Classifier, Signal, WaveletAttribution]
) -> None:
    net, signal, result = digit
    turned = Classifier(net.module, labels=net.labels[::-1], frontend=net.frontend)  # type: ignore[index]
    other = replace(result, targets=(Target(3, "6"),))
    text = reproduction.command(other, turned, signal, Origin("digit_3"))
    assert asked(monkeypatch, text)["target"] == 3


def test_log_p_is_no_command_but_a_program(
    digit: tuple[Classifier, Signal, WaveletAttribution],
) -> None:
    net, signal, result = digit
    other = replace(result, targets=(replace(result.target, log_probability=True),))
    with pytest.raises(SettingsError, match="log p"):
        reproduction.command(other, net, signal, Origin("digit_3"))
    assert "LogProbability(of=3)" in reproduction.program(other, net, signal, Origin("digit_3"))


def test_one_volume_of_several_and_a_network_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    grids = [samples.load(name).values[0] for name in ("digit_3", "digit_8")]
    Path("digits.npz").write_bytes(several({"test_images": np.stack(grids)}))
    weights = Path(models.__file__).parent / "weights" / "digits3d.safetensors"
    Path("mine.safetensors").write_bytes(weights.read_bytes())
    Path("names.txt").write_text("\n".join("abcdefghij"))
    signal = read(Path("digits.npz").read_bytes(), "digits.npz", item=("test", 1))
    own = Own("mine.safetensors", "cnn3d_small", "names.txt")
    net = models.from_file(Path(own.weights), own.architecture, Path("names.txt"))
    transform = DiscreteWaveletTransform("haar", 2, 3)
    steps = explain_steps(net, signal, transform=transform, path=Gradient())
    result = run_to_end(steps)
    result.save(Path("expected.npz"))
    printed = reproduction.both(result, net, signal, Origin(own=own))

    exec(printed["python"], {})
    assert arrays(Path("attribution.npz")) == arrays(Path("expected.npz"))
    done = CliRunner().invoke(cli.app, [*words(printed["command"]), "--out", "out", "--report"])
    assert done.exit_code == 0, done.stderr
    assert arrays(Path("out/attribution.npz")) == arrays(Path("expected.npz"))
    # the folder's own manifest says the same again
    assert f"<h1>What mine used for “{result.target.label}”" in Path("out/report.html").read_text()
    again = json.loads(Path("out/manifest.json").read_text())
    assert again["reproduce"] == printed
    assert again["threads"] == torch.get_num_threads()

    Path("digits.npz").write_bytes(several({"test_images": np.stack(grids[::-1])}))
    with pytest.raises(SystemExit, match=r"digits.npz is not the file that was explained"):
        exec(printed["python"], {})
    done = CliRunner().invoke(cli.app, words(printed["command"]))
    assert done.exit_code == 1
    assert done.stderr.startswith("wam: digits.npz is not the file that was explained: its SHA-256")


def test_the_screen_shows_both() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    for name, value in {"method": "Gradient", "sample": "Cup of coffee", "tab": "Details"}.items():
        app.query_params[name] = value
    until_quiet(app)
    app.session_state["image-tab"] = "Details"
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    shown = mine(app).explained["image"]
    printed = reproduction.both(
        shown.result, shown.subject.net, shown.subject.signal, Origin("coffee")
    )
    assert [block.value for block in app.code][-2:] == [
        printed["python"].strip(),
        printed["command"],
    ]
    assert "samples.load('coffee')" in printed["python"]
    assert "wam explain sample:coffee" in printed["command"]


def test_what_outputs_were_said_to_be_is_printed(tmp_path):
    net = models.load("digits3d").with_output("sigmoid")
    signal = samples.load("digit_3")
    transform = DiscreteWaveletTransform("haar", 2, 3)
    result = run_to_end(explain_steps(net, signal, transform=transform, path=Gradient()))
    both = reproduction.both(result, net, signal, Origin("digit_3"))
    assert "--output sigmoid" in both["command"]
    assert "with_output('sigmoid')" in both["python"]
    assert both["python"].count("sigmoid") == 1
