"""What tests of the dashboard share."""

import functools
import math
import sys
from collections.abc import Iterator

import pytest
from streamlit.components.v2 import manifest_scanner

from app.components import explanation


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit reads the metadata of every installed package for each AppTest; once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        cached = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", cached)
        yield


@pytest.fixture(scope="session", autouse=True)
def explained_by_itself() -> Iterator[None]:
    """How fast the machine is just now must not decide whether an explanation waits for its button."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "AUTOMATIC_S", math.inf)
        yield


@pytest.fixture(autouse=True)
def _no_background_jobs_left() -> Iterator[None]:
    """A page of a test is never closed: what it still has in the background would fill the queue."""
    yield
    if (runtime := sys.modules.get("app.runtime")) is not None:
        for job in list(runtime.scheduler()._line.values()):
            if job.background:
                job.cancel()
