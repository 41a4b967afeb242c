"""Plays one written day in a process of its own, with limits: `python -m callcenter.services.rehearsal.bounded FOLDER`.

The folder holds `day.toml` and, in `rules/`, the four files of the rules. The database is in memory; nothing else is opened.
"""

import json
import os
import resource
import sys
from pathlib import Path

#: seconds of work, bytes of memory, bytes of anything written
SECONDS, MEMORY, WRITTEN = 40, 1 << 30, 4 << 20


def main(folder: Path) -> int:
    """Print the day as JSON lines; 0 when everything held, 1 when not, 2 with one line that says why the files cannot be played."""
    for limit, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, WRITTEN)):
        hard = resource.getrlimit(limit)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (allowed, allowed))
    from callcenter.domain.reading import PolicyError
    from callcenter.services import rulebook
    from callcenter.services.rehearsal import playing, timeline
    from callcenter.services.rehearsal import reading as rehearsal_file

    os.chdir(folder)  # what is told of the files names them alone
    day = Path("day.toml")
    try:
        script = rehearsal_file.read(day)
        played = playing.Rehearsal(playing.stage(script, rulebook.Rulebook(rulebook.read_folder(Path("rules")))), script)
        held = played.play()
    except (PolicyError, rehearsal_file.Unusable, MemoryError, RecursionError) as wrong:
        sys.stdout.write(json.dumps({"kind": "unusable", "text": str(wrong) or type(wrong).__name__}, ensure_ascii=False) + "\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in timeline.as_json(day, played))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
