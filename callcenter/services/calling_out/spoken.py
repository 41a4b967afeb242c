"""What is said next on a call that the hotline makes itself, and what it waits for: words only, no provider's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn of the hotline's."""

    texts: tuple[str, ...]
    language: str = "zh"
    #: under which name the answer comes; None: it hangs up afterwards
    step: str | None = None
    #: what is spoken counts too, not only a key
    words: bool = False
    #: goes on to a person at the desk
    person: bool = False
