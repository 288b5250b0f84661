"""What every test may rely on: no network by accident, few threads, the data beside the repository."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before torch, Hugging Face and Streamlit are imported: they read these once.
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
