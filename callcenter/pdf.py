"""PDF by WeasyPrint, where it is installed: the HTML of a sheet in, the document out, made by a process of its own that opens nothing else."""

import logging
import subprocess
import sys
from functools import lru_cache
from importlib.util import find_spec

#: a long report takes seconds; what takes longer is given up
LONGEST = 60.0
log = logging.getLogger(__name__)


class NoPdf(Exception):
    """The document could not be made: it took too long, or the libraries below are incomplete."""


@lru_cache(maxsize=1)
def installed() -> bool:
    """Whether PDF can be offered (`pip install 'callcenter[pdf]'`)."""
    return find_spec("weasyprint") is not None


def made(html: str, timeout: float = LONGEST) -> bytes:
    """
    The document of one page of HTML whose styles stand in itself. What it takes of memory is given back when it is done.

    Raises:
        NoPdf: there is none.
    """
    try:
        done = subprocess.run([sys.executable, "-P", __file__], input=html.encode(), capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        log.exception("PDF 未能在限时内生成 (a PDF took too long)")
        raise NoPdf("timeout") from None
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        log.error("PDF 未能生成 (no PDF could be made): %s", done.stderr.decode(errors="replace")[-2000:])
        raise NoPdf(done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200])
    return done.stdout


def _main() -> None:
    """HTML from standard input, PDF to standard output; no address is ever opened, whatever the HTML names."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> None:
            raise ValueError(f"not opened: {url}")

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    sys.stdout.buffer.write(HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=Nothing()).write_pdf())


if __name__ == "__main__":
    _main()
