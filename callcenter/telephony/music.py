"""Music for whoever waits: thirty quiet seconds, worked out once; it begins where it ends."""

import io
import math
import wave
from array import array
from functools import lru_cache

#: what a telephone line carries
RATE = 8000
SECONDS = 30
HALF_SECONDS = SECONDS // 2
#: of full scale, when every voice sounds at once
LOUDNESS = 0.22
#: one chord every 3.75 seconds, as semitones above A3 (220 Hz): I vi IV V, twice, the second time higher
CHORDS = ((0, 4, 7, 12), (-3, 0, 4, 9), (-7, -3, 0, 5), (-5, -1, 2, 7), (0, 4, 7, 16), (-3, 4, 9, 12), (-7, 0, 5, 9), (-5, 2, 7, 11))
#: seconds a plucked string sounds
RINGS_ON = 2.8


@lru_cache(maxsize=3)
def tune(half: int | None = None) -> bytes:
    """A WAV file of the whole loop, or of its first (1) or second (2) half."""
    samples = _samples()
    if half is not None:
        middle = len(samples) // 2
        samples = samples[:middle] if half == 1 else samples[middle:]
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return written.getvalue()


@lru_cache(maxsize=1)
def _samples() -> "array[int]":
    """Every chord is broken into plucked notes; what rings on at the end sounds into the beginning."""
    length = RATE * SECONDS
    mixed = [0.0] * length
    step = length // len(CHORDS)
    for n, chord in enumerate(CHORDS):
        for k, semitone in enumerate((*chord, chord[2], chord[1])):
            _pluck(mixed, n * step + k * step // 6, 220.0 * 2 ** (semitone / 12), 1.0 if k == 0 else 0.7)
    most = max(map(abs, mixed))
    return array("h", (int(value / most * LOUDNESS * 32767) for value in mixed))


def _pluck(mixed: list[float], start: int, pitch: float, force: float) -> None:
    """A soft string: a tone and its octave that die away, beginning without a click."""
    turn, length = 2 * math.pi * pitch / RATE, len(mixed)
    for n in range(int(RATE * RINGS_ON)):
        fades = force * math.exp(-n / (RATE * 0.9)) * min(1.0, n / 160) * min(1.0, (RATE * RINGS_ON - n) / 800)
        mixed[(start + n) % length] += fades * (math.sin(turn * n) + 0.25 * math.sin(2 * turn * n))
