"""Schemathesis asks the API whatever its description allows, and what it does not."""

import json
import time

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import api
from app.api.schemas import Settings
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow

PICTURE = encode_png(np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8))
HERE = {"Host": "localhost"}
APP = Starlette(routes=api.mounts(True))
CLIENT = TestClient(APP, "http://localhost/api/v1", raise_server_exceptions=False)
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# a schema cannot say which bytes are a picture, nor that an id has to be known
NOT_OURS = [positive_data_acceptance]

description = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP, headers=HERE)


def explained(**chosen):
    return CLIENT.post(
        "/explain", files={"file": ("a.png", PICTURE)}, data={"settings": json.dumps(chosen)}
    )


def a_job(known=[]):  # noqa: B006  (what it keeps from call to call)
    """The id of one that is done, and still known."""
    if known and CLIENT.get(f"/jobs/{known[0]}").status_code == 200:
        return known[0]
    told = explained(method="gradient").json()
    deadline = time.monotonic() + 60
    while told["state"] != "done":
        assert time.monotonic() < deadline, told
        time.sleep(0.02)
        told = CLIENT.get(f"/jobs/{told['id']}").json()
    known[:] = [told["id"]]
    return known[0]


@description.parametrize()
@FEW
def test_schemathesis_finds_nothing(case):
    case.call_and_validate(headers=HERE, excluded_checks=NOT_OURS)


@description.include(path_regex="{id}").parametrize()
@FEW
def test_nor_does_it_of_a_job_that_is_there(case):
    case.path_parameters["id"] = a_job()
    answer = case.call_and_validate(headers=HERE, excluded_checks=NOT_OURS)
    assert answer.status_code != 404


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(1, 8)
    | st.floats()
    | st.floats(0, 1)
    | st.text(max_size=8)
    | st.lists(st.integers(), max_size=2)
    | st.sampled_from(["gradient", "integrated", "db2", "zero", "trapezoid", "test:1", "x"])
)


@FEW
@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "other"]), ANYTHING, max_size=3))
def test_settings_of_any_kind_are_taken_or_refused_in_one_sentence(chosen):
    answer = explained(**{"model": "efficientnet_lite0", "samples": 2} | chosen)
    told = answer.json()
    assert answer.status_code in (202, 422), told
    assert answer.status_code == 202 or "\n" not in told["detail"]
    if answer.status_code == 202:
        assert CLIENT.delete(f"/jobs/{told['id']}").status_code == 204
