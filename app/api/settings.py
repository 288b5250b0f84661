"""What a program may ask for: the options of ``wam explain``, by the same names and with its defaults."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from app.request import names
from app.request.names import Baseline, Method, Padding, Rule, Solid, Up
from app.session import MOST_STEPS

Name = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1, le=MOST_STEPS)]


class Settings(BaseModel):
    """One explanation. What is left out is chosen by the kind of input, as `wam explain` does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Name | None = Field(
        None, description="A name of /models, of timm, or hf-hub:owner/name."
    )
    method: Method | None = Field(None, description="The variant.")
    wavelet: Name | None = Field(None, description="A discrete wavelet of pywt.")
    levels: int | None = Field(
        None, ge=1, le=32, description="The number of scales; level 1 is the finest."
    )
    padding: Padding | None = Field(None, description="Beyond the edges.")
    samples: Count | None = Field(
        None,
        description="Noisy copies for smoothgrad; points for integrated. 25 where left out, and 4 "
        "copies for smoothgrad-integrated.",
    )
    tolerance: FiniteFloat | None = Field(
        None,
        gt=0,
        lt=1,
        description="Stop smoothgrad at this standard error, as a share of the map; samples, 200 "
        "where left out, is then the most.",
    )
    steps: Count | None = Field(
        None, description="Points for integrated: as samples; 25 for smoothgrad-integrated."
    )
    spread: FiniteFloat | None = Field(
        None, gt=0, le=10, description="Noise of smoothgrad, as a share of the input's range."
    )
    baseline: Baseline = Field(names.BASELINE, description="Where integrated starts.")
    rule: Rule = Field(names.RULE, description="The points of integrated.")
    grading: FiniteFloat | None = Field(
        None, ge=1, le=10, description="How far these points crowd towards the baseline."
    )
    target: Name = Field(
        names.TARGET, description="A class by index or label; auto is the prediction."
    )
    against: Name | None = Field(None, description="Explain why target rather than this class.")
    seed: int = Field(names.SEED, ge=0, lt=2**63, description="Of every draw.")
    start: FiniteFloat | None = Field(
        None, ge=0, description="Where the network begins to hear a sound, in seconds."
    )
    item: Name | None = Field(
        None, description="Which volume of a file that holds several, as in test:3."
    )
    solid: Solid | None = Field(
        None, description="Meshes and grids: only the outermost voxels, or all they enclose."
    )
    up: Up | None = Field(None, description="Meshes and grids: which axis of the file points up.")
    micro_batch: int | None = Field(None, ge=1, le=64, description="Passes at a time.")

    @field_validator("item")
    @classmethod
    def _item(cls, given: str | None) -> str | None:
        if given is not None:
            names.parsed_item(given)
        return given
