"""Every variant gives the numbers of version 0.1 on every embedded network.

Bit for bit with the versions and the kind of processor that they were saved on; elsewhere a network
rounds differently, and the sizes of all bands stay the same.
"""

import json
from collections.abc import Iterator

import pytest
import torch

from tests import reference

pytestmark = pytest.mark.slow

CLOSE = 1e-3
QUICK = ("modelnet10", "digits3d")


@pytest.fixture(scope="module", autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(reference.THREADS)
    yield
    torch.set_num_threads(before)


def test_every_case_is_saved() -> None:
    assert [str(case) for case in reference.cases()] == list(reference.saved()["cases"])


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=str(case), marks=() if case.network in QUICK else pytest.mark.slow)
        for case in reference.cases()
    ],
)
def test_a_result_is_that_of_version_0_1(case: reference.Case) -> None:
    before = reference.saved()["cases"][str(case)]
    now = json.loads(json.dumps(reference.measured(case)))
    if reference.is_bit_exact():
        assert now == before
        return
    for name in ("fingerprint", "layout", "target"):
        assert now[name] == before[name], name
    assert now["score"] == pytest.approx(before["score"], rel=CLOSE)
    assert list(now["arrays"]) == list(before["arrays"])
    assert list(now["bands"]) == list(before["bands"])
    least = CLOSE / 10 * sum(size for _, _, size in before["bands"].values())
    for name, kept in (before["arrays"] | before["bands"]).items():
        found = (now["arrays"] | now["bands"])[name]
        if kept is None or found is None:
            assert found is kept, name
            continue
        (_, total, size), (_, found_total, found_size) = kept, found
        # a band of next to nothing is nothing but rounding
        assert found_size == pytest.approx(size, rel=CLOSE, abs=least), name
        assert found_total == pytest.approx(total, abs=max(10 * CLOSE * size, least)), name
