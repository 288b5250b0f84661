"""Is an explanation true? Measurements beside controls, for any number of axes."""

from importlib.util import find_spec

from wam_core.errors import optional

with optional("wam_core.evaluation", "evaluation"):
    for _library in ("captum", "skimage", "av", "soxr"):
        if find_spec(_library) is None:
            raise ModuleNotFoundError(f"No module named {_library!r}", name=_library)
