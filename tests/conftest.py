"""What every test may rely on: few threads, no telemetry, no proxy; the data; the browser."""

import os
import shutil
import sys
from pathlib import Path

import pytest

# Read once, when torch, matplotlib, Hugging Face and Streamlit are imported; servers and decoders
# that tests start inherit them. HF_HUB_OFFLINE stays unset: what happens when the hub cannot be
# reached is itself under test.
# One thread: over the small tensors of most tests, several only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"

_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The photographs, sounds, volumes and weights that are no part of the product."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("WAM_SHARED", root.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("shared/data is not beside the repository (WAM_SHARED names another place)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's browser; under CI=true its absence fails, so that no run is green untested."""
    for name in _CHROMIUMS:
        if found := shutil.which(name):
            return found
    missing = f"no browser on PATH ({', '.join(_CHROMIUMS)}): apt install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(autouse=True)
def settings_anew(request: pytest.FixtureRequest) -> None:
    """The settings of a server are read once per process; a test may set others in the environment."""
    if (settings := sys.modules.get("app.server")) is not None:
        settings.server.cache_clear()
        request.addfinalizer(settings.server.cache_clear)
