"""Why a pass of somebody's module failed, in one sentence that names the cause."""

import re
from collections.abc import Callable
from types import TracebackType

from wam_core.errors import InputError, ModelError, WamError

_SHAPES = re.compile(
    r"mat1 and mat2|shape|size of tensor|[Ee]xpected \d-?D|[Ee]xpected \d.*input|Given groups|"
    r"Kernel size|input size|dimension|size mismatch|must match the size|channels|out of range|"
    r"Guard failed|divisible",
)
_TYPES = re.compile(r"same dtype|scalar type|Input type|bias type|dtype", re.IGNORECASE)
_DEVICES = re.compile(r"same device|on device|two devices")
_IN_PLACE = re.compile(r"inplace operation|in-place")
_NO_DERIVATIVE = re.compile(r"derivative for|not implemented for|not differentiable|no grad_fn")
_UNREACHED = re.compile(r"does not require grad|not have been used in the graph")
_INFERENCE = re.compile(r"[Ii]nference tensors")

_CAUSES: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (_UNREACHED, lambda name: (
        f"the scores of {name} have no gradient with respect to the input: its forward detaches, "
        "runs under torch.no_grad or leaves PyTorch; every step from input to scores has to be "
        "differentiable"
    )),
    (_INFERENCE, lambda name: (
        f"{name} has parameters or buffers that were made under torch.inference_mode, which "
        "gradients cannot pass; make or load it outside"
    )),
    (_IN_PLACE, lambda name: (
        f"{name} overwrites values that its gradient needs: an operation in its forward is in "
        "place, and one that returns a new tensor is needed"
    )),
    (_DEVICES, lambda name: (
        f"{name} has parts on several devices; one device is needed: module.to(device)"
    )),
    (_TYPES, lambda name: (
        f"{name} mixes types of numbers; one type is needed: module.float() or module.double()"
    )),
    (_NO_DERIVATIVE, lambda name: (
        f"an operation of {name} has no derivative in PyTorch; gradients of it are needed"
    )),
)  # fmt: skip


def failure(error: Exception, name: str, shape: tuple[int, ...]) -> WamError | None:
    """What to raise instead of an error that came out of a pass; None: it did not come of one.

    Args:
        error: as caught.
        name: of the module.
        shape: of the input.
    """
    reason = str(error).partition("\n")[0]
    if isinstance(error, RuntimeError):
        for pattern, sentence in _CAUSES:
            if pattern.search(reason):
                return ModelError(sentence(name))
    if not _came_from_a_module(error.__traceback__):
        return None
    if isinstance(error, RuntimeError | ValueError | IndexError) and _SHAPES.search(reason):
        return InputError(
            f"{name} does not take an input of shape {shape}: {reason}; (batch, channel, *space) "
            "is what is passed, and one input is a batch of one: x[None]"
        )
    return ModelError(
        f"the forward of {name} raised {type(error).__name__} for an input of shape {shape}: {reason}"
    )


def _came_from_a_module(traceback: TracebackType | None) -> bool:
    """Whether a module was being called."""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name == "_call_impl":
            return True
        traceback = traceback.tb_next
    return False
