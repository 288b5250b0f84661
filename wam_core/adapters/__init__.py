"""The method under the names that other libraries call explanations by; neither is imported here."""

from wam_core.adapters.for_quantus import explain_func
from wam_core.adapters.like_captum import WaveletGradients

__all__ = ["WaveletGradients", "explain_func"]
