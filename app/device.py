"""Where networks run, for the dashboard and the command line alike."""


def device(name: str = "auto") -> str:
    """The device that a choice means.

    ``auto`` is the operator's choice in ``WAM_DEVICE``, else CUDA where it is available, else the
    CPU.

    Raises:
        SettingsError: a name that PyTorch does not know, or a GPU that it does not find.
    """
    import torch  # here, because `wam --help` must not wait for it

    from app.server import server
    from wam_core.errors import SettingsError

    if name == "auto":
        name = server().device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"the device {name!r} is unknown; cpu or cuda is accepted") from None
    if found.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"the device {name!r} was asked for, and PyTorch finds no GPU here")
    return str(found)
