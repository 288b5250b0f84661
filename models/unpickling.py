"""The process that unpickles a state dict: a program of its own, which writes no file.

Started by :mod:`models.weight_files`. The file is its standard input. It answers with a line of
JSON, ``{"notes": […]}`` or ``{"refused": "…"}``, and after notes with the tensors as safetensors.
``torch.load`` is called with ``weights_only=True`` and nothing else, so that a pickle can name
tensors but no code.
"""

import json
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO, Any

from wam_core.signals import decoder

_SPARE = 2**29  # bytes beyond three times the file
_EMA = ("state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "ema")
_USUAL = (
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "weights",
    "params",
    "module",
)
_COMPILED = "_orig_mod."
_COUNTER = "n_averaged"
_OTHERS = (
    (b"\x89HDF", "an HDF5 file, as Keras writes it; export the network to ONNX"),
    (b"GGUF", "a GGUF file of a language model; image, sound and volume classifiers are accepted"),
    (b"\x93NUMPY", "a NumPy array; a state dict is needed"),
    (b"<", "a page of text, no weights; download the file itself"),
    (b"version https://git-lfs", "a Git LFS pointer; download the file itself"),
)


class _RefusedError(Exception):
    """Its text completes a sentence that begins with the name of the file."""


def main() -> None:
    """Read standard input, write the answer to standard output."""
    import torch  # noqa: F401  # before the limits: its libraries are large
    from safetensors.torch import save

    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    size = os.fstat(source.fileno()).st_size
    decoder.limit(int(sys.argv[1]), 3 * size + _SPARE)
    decoder.write_no_files()
    answer: dict[str, Any] = {}
    try:
        tensors, notes = _tensors(source, size)
        answer["notes"], data = notes, save(tensors)
    except _RefusedError as error:
        answer["refused"], data = str(error), b""
    except MemoryError:
        answer["refused"], data = "needs more memory than three times its own size", b""
    with target:
        target.write(json.dumps(answer).encode() + b"\n")
        target.write(data)


def _tensors(source: IO[bytes], size: int) -> tuple[dict[str, Any], list[str]]:
    """The tensors of a file that are a network's, and what was done to find them."""
    import torch

    _check_container(source)
    source.seek(0)
    try:
        content = torch.load(source, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _RefusedError(_reason(str(error))) from None
    notes: list[str] = []
    state = _state_dict(content, notes)
    wrapped = any(_COMPILED in key for key in state)
    if wrapped:
        notes.append("the prefix _orig_mod. of torch.compile was removed")
    if _COUNTER in state:
        notes.append("the running average of torch.optim.swa_utils was read")
    tensors = {
        key.replace(_COMPILED, ""): value
        for key, value in state.items()
        if isinstance(value, torch.Tensor) and key != _COUNTER
    }
    # a view of one number can claim to be a thousand million of them
    if sum(value.numel() * value.element_size() for value in tensors.values()) > 2 * size + 2**20:
        raise _RefusedError("holds tensors that are larger than the file itself: an archive bomb")
    for key, value in tensors.items():
        if value.is_quantized:
            raise _RefusedError(f"is quantised ({key} is {value.dtype}); float weights are needed")
        if value.layout is not torch.strided:
            raise _RefusedError(f"holds {key} as a sparse tensor; dense tensors are needed")
    return {key: value.detach().clone().contiguous() for key, value in tensors.items()}, notes


def _check_container(source: IO[bytes]) -> None:
    """Refuse what is no pickle, and an archive that swells."""
    head = source.read(64)
    for magic, what in _OTHERS:
        if head.lstrip().startswith(magic):
            raise _RefusedError(f"is {what}")
    if not head.startswith(b"PK"):
        if not head.startswith(b"\x80"):
            raise _RefusedError(
                "is no file of weights; .safetensors, and .pt, .pth, .ckpt or .bin of torch.save "
                "are accepted"
            )
        return
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile:
        raise _RefusedError("is cut short or damaged; copy it again") from None
    names = {entry.filename.partition("/")[2] or entry.filename for entry in entries}
    if "constants.pkl" in names:
        raise _RefusedError("is a TorchScript program; save the state_dict() of its network")
    if any(name.endswith(("model.json", "serialized_exported_program.json")) for name in names):
        raise _RefusedError("is a program of torch.export; save the state_dict() of its network")
    if any(entry.compress_size < entry.file_size for entry in entries):
        raise _RefusedError("is a compressed archive, which torch.save never writes")
    if "data.pkl" not in names:
        raise _RefusedError("is an archive without a state dict of torch.save")


def _reason(message: str) -> str:
    """What torch.load says, in a sentence."""
    if "Unsupported global: GLOBAL " in message:
        wanted = message.partition("Unsupported global: GLOBAL ")[2].split()[0]
        return (
            f"is a pickle that needs the code of {wanted}, which is never run: save "
            "net.state_dict() with torch.save, not the network"
        )
    if "Unsupported" in message or "WeightsUnpickler" in message or "Weights only" in message:
        return "is a pickle that needs code, which is never run: save net.state_dict()"
    return "is cut short or damaged; copy it again"


def _state_dict(content: Any, notes: list[str]) -> Mapping[str, Any]:
    """The names and tensors inside whatever a training program saved."""
    if _is_state(content):
        return {str(key): value for key, value in content.items()}
    if not isinstance(content, Mapping):
        raise _RefusedError(f"holds {_noun(content)}; a state dict, name → tensor, is needed")
    for key, inner in _candidates(content):
        found = inner if _is_state(inner) else None
        if found is None and isinstance(inner, Mapping):
            found = next((part for _, part in _candidates(inner) if _is_state(part)), None)
        if found is not None:
            averaged = " (the EMA copy, as for evaluation)" if key in _EMA else ""
            notes.append(f"the weights are its part {key}{averaged}")
            return {str(name): value for name, value in found.items()}
    if "param_groups" in content or "optimizer" in content:
        raise _RefusedError("holds the state of an optimizer and no weights of a network")
    keys = ", ".join(map(str, list(content)[:5])) or "nothing"
    raise _RefusedError(f"holds no state dict (its parts are {keys})")


def _candidates(content: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Where weights usually are; an average of them first, then any other part."""
    usual = [key for key in (*_EMA, *_USUAL) if key in content]
    yield from ((key, content[key]) for key in usual)
    for key, value in content.items():
        if key not in usual and "optim" not in str(key) and key != "state":
            yield str(key), value


def _is_state(content: Any) -> bool:
    """Whether most of what has a name is a tensor."""
    import torch

    if not isinstance(content, Mapping) or not content or "param_groups" in content:
        return False
    tensors = sum(isinstance(value, torch.Tensor) for value in content.values())
    return 2 * tensors > len(content) and all(isinstance(key, str) for key in content)


def _noun(content: Any) -> str:
    """What an object is, for people."""
    kind = type(content).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


if __name__ == "__main__":
    main()
