"""What tests of the dashboard share."""

import functools
from collections.abc import Iterator

import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit reads the metadata of every installed package for each AppTest; once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        cached = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", cached)
        yield
