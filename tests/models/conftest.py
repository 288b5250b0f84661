"""Networks and data that several tests share."""

import os
from pathlib import Path

import pytest

import models


@pytest.fixture(scope="session")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture(scope="session")
def shared_data():
    """The photographs and weights that are no part of the product."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("WAM_SHARED", root.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("shared/data is not beside the repository (set WAM_SHARED)")
    return folder
