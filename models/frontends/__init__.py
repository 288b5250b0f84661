"""What lies between a decoded signal and a network, a file per modality."""

from models.frontends.image import ImageFrontend
from models.frontends.sound import SoundFrontend
from models.frontends.volume import VolumeFrontend

__all__ = ["ImageFrontend", "SoundFrontend", "VolumeFrontend"]
