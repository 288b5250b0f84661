"""Anything that can be called with an input, as a module: functions, exported programs, more arguments."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from wam_core.errors import ModelError, SettingsError

Function = nn.Module | Callable[..., Any]
"""A module, or a function of a tensor."""


def as_module(
    function: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
) -> nn.Module:
    """A module that takes the input alone.

    Args:
        function: a module, a function of a tensor, or a ``torch.export.ExportedProgram``. A module
            without further arguments is returned as it is.
        args, kwargs: passed after the input. Of tensors the first axis is that of the batch where
            it is as long; they are repeated for the points that share a pass.

    Raises:
        ModelError: nothing that can be called, a class, or layers that have no parameters yet.
        SettingsError: arguments that it does not take, or lacks.
    """
    if isinstance(function, torch.export.ExportedProgram):
        function = function.module()
        exported = True
    else:
        exported = False
    if isinstance(function, type):
        raise ModelError(f"module is the class {function.__name__}; an instance of it is needed")
    if not callable(function):
        raise ModelError(
            f"module is a {type(function).__name__}; a torch.nn.Module or a function of a tensor "
            "is needed"
        )
    if isinstance(function, nn.Module):
        if any(isinstance(values, UninitializedParameter) for values in function.parameters()):
            raise ModelError(
                f"{type(function).__name__} has lazy layers without parameters; pass an input "
                "through it first: module(x)"
            )
        if any(v.is_inference() for v in chain(function.parameters(), function.buffers())):
            raise ModelError(
                f"{type(function).__name__} was made under torch.inference_mode, which gradients "
                "cannot pass; make or load it outside"
            )
    kwargs = dict(kwargs or {})
    _check_arguments(function, args, kwargs)
    if isinstance(function, nn.Module) and not exported and not args and not kwargs:
        return function
    return Called(function, args, kwargs, is_frozen=exported)


def name_of(function: object) -> str:
    """For people: of a function its name, of a module its class."""
    if isinstance(function, torch.export.ExportedProgram | nn.Module):
        return type(function).__name__
    return str(getattr(function, "__name__", type(function).__name__))


class Called(nn.Module):
    """A function of the input, with its further arguments.

    Args:
        function: what is called.
        args, kwargs: passed after the input.
        is_frozen: of a program without modes: it is kept from ``eval()``, which it refuses.
    """

    def __init__(
        self, function: Function, args: Sequence[Any], kwargs: Mapping[str, Any], *, is_frozen: bool
    ) -> None:
        super().__init__()
        self._function: list[Function] = [function]
        if isinstance(function, nn.Module) and not is_frozen:
            self.module = function
        named = {**{str(at): value for at, value in enumerate(args)}, **kwargs}
        for name, value in named.items():
            if isinstance(value, Tensor):  # part of the fingerprint, and moved with the module
                self.register_buffer(f"argument_{name}", value.detach())
        self._count, self._arguments = len(args), named
        self.train(isinstance(function, nn.Module) and function.training)

    def forward(self, x: Tensor) -> Any:
        """What the function returns."""
        values = {name: self._argument(name, len(x)) for name in self._arguments}
        args = [values.pop(str(at)) for at in range(self._count)]
        return self._function[0](x, *args, **values)

    def _argument(self, name: str, count: int) -> Any:
        value = self._arguments[name]
        if not isinstance(value, Tensor):
            return value
        value = getattr(self, f"argument_{name}")
        return value.expand(count, *value.shape[1:]) if value.shape[:1] == (1,) else value

    def extra_repr(self) -> str:
        """Part of the network's fingerprint."""
        plain = {k: v for k, v in self._arguments.items() if not isinstance(v, Tensor)}
        return f"{name_of(self._function[0])}, {plain}" if plain else name_of(self._function[0])


def of_input(arguments: Sequence[Any], at: int, batch: int) -> list[Any]:
    """The arguments that belong to one input of a batch; the others as they are."""
    return [
        value[at : at + 1] if isinstance(value, Tensor) and value.shape[:1] == (batch,) else value
        for value in arguments
    ]


def is_per_input(arguments: Sequence[Any], batch: int) -> bool:
    """Whether any has a part for each input of a batch of several."""
    return batch > 1 and any(
        isinstance(value, Tensor) and value.shape[:1] == (batch,) for value in arguments
    )


def _check_arguments(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse what the signature does not take; what has none is tried."""
    called = getattr(function, "forward", function)
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):  # written in C, or a script
        return
    try:
        signature.bind(None, *args, **kwargs)
    except TypeError as error:
        raise SettingsError(
            f"{name_of(function)} does not take the input with the given forward_args and "
            f"forward_kwargs: {error}; its signature is {signature}"
        ) from None
