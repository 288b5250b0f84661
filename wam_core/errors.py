"""What can go wrong, by whose hand it is put right.

Every message names the argument or the file, the value that came and what is accepted, in one
sentence that can stand on a screen as it is.
"""


class WamError(Exception):
    """Any failure this project foresees; its text is meant to be shown."""


class InputError(WamError):
    """The file or array that was given cannot be explained."""


class SettingsError(WamError):
    """A setting (wavelet, levels, padding, target, steps, …) does not fit the input or itself."""


class ModelError(WamError):
    """A network cannot be found, loaded, or does not fit its weights or labels."""


class NumericalError(WamError):
    """A value that is not finite appeared; the message names the stage."""


class BusyError(WamError):
    """The server has no room for another job."""


class MemoryShortageError(WamError):
    """The device has too little memory even for the smallest micro-batch."""
