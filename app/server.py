"""What an operator sets, and what an operator reads.

Settings stand in the environment as ``WAM_…``, or in a TOML file that ``WAM_SETTINGS`` names. The
environment goes before the file. ``WAM_LIMITS__IMAGE_PIXELS`` sets one of the limits at intake; in
the file that is ``image_pixels`` under ``[limits]``. They are read once.

The log is one line of JSON an event, without names of files, contents or visitors.
"""

import ipaddress
import json
import logging
import os
import sys
import time
from functools import cache
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from wam_core.errors import SettingsError
from wam_core.signals.limits import Limits

_LOGGER = logging.getLogger("wam")


class Server(BaseSettings):
    """The settings of a server, checked.

    Attributes:
        device: where networks run; None takes CUDA where it is available, else the CPU.
        lanes: how many networks are passed at the same time; None: 2 on a CPU with more than one
            core, 1 elsewhere.
        threads: of each lane; None divides the cores between the lanes.
        queue: how many other people may be in line when somebody asks for something.
        networks_mb: memory for networks, in MiB. The least recently used leaves when it is full;
            one that is larger than all of it is kept alone.
        network_mb: the largest file of a network that a visitor may upload, in MiB.
        uploads_mb, uploads: MiB and files that one visitor may have uploaded at a time.
        uploads_total_mb: the same for all visitors together.
        allow_local_dir: whether visitors may open folders of this machine.
        api: whether the API stands beside the dashboard; None: where only this machine is listened to.
        api_results, api_results_mb: how many jobs of the API are known, and MiB of their results;
            the oldest leave first, the newest stays however large it is.
        api_minutes: how long one is known after it ended.
        limits: what is refused before it is decoded, and what decoding may take.
    """

    model_config = SettingsConfigDict(
        env_prefix="WAM_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    device: str | None = None
    lanes: Annotated[int, Field(ge=1, le=64)] | None = None
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    queue: Annotated[int, Field(ge=1)] = 16
    networks_mb: Annotated[int, Field(ge=1)] = 2048
    network_mb: Annotated[int, Field(ge=1)] = 500
    uploads_mb: Annotated[int, Field(ge=1)] = 1024
    uploads: Annotated[int, Field(ge=1)] = 200
    uploads_total_mb: Annotated[int, Field(ge=1)] = 4096
    allow_local_dir: bool = False
    api: bool | None = None
    api_results: Annotated[int, Field(ge=1)] = 64
    api_results_mb: Annotated[int, Field(ge=1)] = 256
    api_minutes: Annotated[float, Field(gt=0)] = 30
    limits: Limits = Limits()

    @property
    def network_bytes(self) -> int:
        """:attr:`network_mb` in bytes."""
        return self.network_mb * 2**20

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, os.environ.get("WAM_SETTINGS"))
        return init_settings, env_settings, file

    def api_on(self, *hosts: str) -> bool:
        """Whether there is an API on a server that listens on, or is known by, these hosts."""
        return all(map(_local, hosts)) if self.api is None else self.api

    def lanes_on(self, device: str) -> tuple[int, int]:
        """Lanes, and threads of each.

        On two cores, two lanes of one thread serve four visitors sooner than one lane of two: the
        second lane takes another network meanwhile, and one thread does not wait for another.
        """
        cores = len(os.sched_getaffinity(0))
        lanes = self.lanes or (2 if cores > 1 and device == "cpu" else 1)
        return lanes, self.threads or max(1, cores // lanes)


def _local(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def server() -> Server:
    """The settings of this process.

    Raises:
        SettingsError: a value that is not accepted; names it.
    """
    file = os.environ.get("WAM_SETTINGS")
    if file and not os.path.isfile(file):
        raise SettingsError(f"WAM_SETTINGS names {file!r}, which is not a file")
    try:
        return Server()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"the setting {name} is {first['input']!r}; {first['msg'][:1].lower()}{first['msg'][1:]}"
        ) from None
    except ValueError as error:  # of the file's own grammar
        raise SettingsError(f"the settings in {file!r} cannot be read: {error}") from None


def device(name: str = "auto") -> str:
    """The device that a choice means, for the dashboard and the command line alike.

    ``auto`` is the operator's choice in ``WAM_DEVICE``, else CUDA where it is available, else the
    CPU.

    Raises:
        SettingsError: a name that PyTorch does not know, or a GPU that it does not find.
    """
    import torch  # here, because a server says its first words before it is imported

    if name == "auto":
        name = server().device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"the device {name!r} is unknown; cpu or cuda is accepted") from None
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"the device {name!r} was asked for, and PyTorch finds no GPU here")
    return str(chosen)


def log_to_stderr() -> None:
    """Let this process write its events; until then they go nowhere."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers, _LOGGER.propagate = [handler], False
    _LOGGER.setLevel(logging.INFO)


def log_event(name: str, **facts: float | int | str) -> None:
    """Write an event.

    Args:
        name: what happened.
        facts: numbers, and words of this program's own; nothing that came from a visitor.
    """
    if _LOGGER.handlers:
        known = {key: round(v, 3) if isinstance(v, float) else v for key, v in facts.items()}
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _LOGGER.info(json.dumps({"at": at, "event": name, **known}))
