"""The lessons, in the order in which they are read."""

from app.lessons import bands, reading, truth, variants, wave, where

LESSONS = (
    wave.LESSON,
    bands.LESSON,
    where.LESSON,
    variants.LESSON,
    reading.LESSON,
    truth.LESSON,
)
