"""`make mark`: nbgrader's formgrader over what `make grade` has written, on this machine only.

The server has no exchange directory, no kernels and no terminals, reads no settings of the user's, and takes nothing
but points, comments and flags. It shows cleaned copies (`copies.py`), and its pages may load nothing from elsewhere.
"""

import argparse
import contextlib
import os
import re
import secrets
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.formgrader import load_jupyter_server_extension
from tornado import web
from traitlets.config import Config

from labutils.instructor.course import ASSIGNMENT, PARTS, Course
from labutils.instructor.marking import carry_marks
from labutils.instructor.marks import UNNAMED, columns_of

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
)
_START = f"/formgrader/gradebook/{ASSIGNMENT}"
_NAME = re.compile(r"\w[\w .-]{0,39}")


class _Server(ServerApp):
    """A Jupyter server that reads files and does nothing else by itself."""

    name = "make-mark"
    default_services = ("api", "auth", "files", "security")  # type: ignore[assignment]

    def _handle_sigint(self, sig: Any, frame: Any) -> None:
        """Ctrl+C stops it in the main thread. (Jupyter's own handler uses another one, and rarely it does not stop.)"""
        signal.signal(signal.SIGINT, self._signal_stop)  # for a second Ctrl+C
        self.io_loop.add_callback_from_signal(self._stop)


class _NotHere(JupyterHandler):
    """Refuses what `make grade` and `make release` do: nbgrader would run students' code without a sandbox."""

    async def prepare(self, *, _redirect_to_login: Any = True) -> None:
        await super().prepare(_redirect_to_login=_redirect_to_login)
        raise web.HTTPError(403, "This is done by make grade and make release.")


def _configure(course: Course, port: int, token: str) -> Config:
    """The configuration of the server and of nbgrader. grading/ is nbgrader's course here."""
    c = course.config()
    c.CourseDirectory.root = str(course.grading)
    c.CourseDirectory.autograded_directory = "autograded"
    for step in ("source", "source_with_tests", "release", "submitted", "feedback", "solution"):
        c.CourseDirectory[f"{step}_directory"] = f"not_in_formgrader/{step}"
    c.FormgradeExtension.debug = False
    c.Exchange.root = str(course.grading / "not_in_formgrader")
    c.ServerApp.ip, c.ServerApp.port, c.ServerApp.port_retries = "127.0.0.1", port, 50
    c.ServerApp.root_dir, c.ServerApp.default_url = str(course.grading), _START
    c.ServerApp.open_browser, c.ServerApp.answer_yes, c.ServerApp.allow_root = False, True, True
    c.ServerApp.jpserver_extensions = {}
    c.ServerApp.log_level = "CRITICAL"
    c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": _POLICY}}
    c.IdentityProvider.token = token
    c.IdentityProvider.cookie_options = {"path": "/", "samesite": "Strict"}  # formgrader's pages set no path
    return c


@contextlib.contextmanager
def ready_server(course: Course, port: int = 8890, token: str = "") -> Iterator[ServerApp]:
    """A server that shows formgrader at `address_of(server)` while its method `start` runs.

    port: the first one that is tried; token: a new one by default. Settings and runtime files are in a temporary
    folder, which the environment of this process names.
    """
    with tempfile.TemporaryDirectory(prefix="make-mark-") as folder, contextlib.chdir(folder):
        private = Path(folder)
        os.environ |= {"JUPYTER_NO_CONFIG": "1", "TMPDIR": folder} | {
            f"JUPYTER_{name}_DIR": str(private / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
        }
        for name in ("JUPYTER_TOKEN", "JUPYTER_CONFIG_PATH"):
            os.environ.pop(name, None)
        tempfile.tempdir = None  # jupyter_core makes a folder for settings in TMPDIR
        (
            private / "nbgrader_config.py"
        ).touch()  # in the present folder; otherwise nbgrader warns that there is none
        server = _Server(config=_configure(course, port, token or secrets.token_urlsafe(24)))
        server.initialize(argv=[])
        refused = r"/formgrader/(manage_.*|api/(assignment|student)/.*|api/submission/.*/.*)"
        start = (r"/formgrader/?", web.RedirectHandler, {"url": _START, "permanent": False})
        server.web_app.add_handlers(".*$", [(refused, _NotHere), start])
        load_jupyter_server_extension(server)
        _leave_out_mathjax(server, private)
        yield server


def _leave_out_mathjax(server: Any, private: Path) -> None:
    """Show notebooks without MathJax, which would be loaded from the internet: formulas are MathML already."""
    template = private / "formgrade" / "mathjax.html.j2"
    template.parent.mkdir()
    template.write_text('{%- macro mathjax(url="") -%}{%- endmacro %}\n')
    config = server.web_app.settings["nbgrader_formgrader"].config.copy()
    config.HTMLExporter.extra_template_basedirs = [str(private), handlers.template_path]
    server.web_app.settings["nbgrader_exporter"] = HTMLExporter(config=config)


def address_of(server: Any) -> str:
    """The address of formgrader, with the token."""
    return f"http://127.0.0.1:{server.port}{_START}?token={server.identity_provider.token}"


def mark_in_formgrader(course: Course, grader: str, browse: bool = True) -> None:
    """Let a grader mark in formgrader until Ctrl+C, then carry the marks into marks.csv.

    grader: "" for the columns `points` and `comment`. Raises `RuntimeError` that says what to do if that cannot be.
    """
    if grader and not _NAME.fullmatch(grader):
        raise RuntimeError(
            f"GRADER: expected a name of at most 40 letters, digits, spaces, dots and hyphens, got {grader!r}"
        )
    if not (course.grading / "release.json").exists():
        raise RuntimeError(
            f"{course.folder}/release.json is missing: run `make release` and `make grade` first"
        )
    released = {part: nbformat.read(course.release / f"{stem}.ipynb", 4) for part, stem in PARTS.items()}
    name = grader or UNNAMED
    columns = " and ".join(f"`{column}`" for column in columns_of(name))
    for problem in carry_marks(course, released, name):
        print(problem)
    with ready_server(course) as server:
        print(
            f"Formgrader, for {grader or 'the grader without a name'}. Open this address:\n\n"
            f"    {address_of(server)}\n\n"
            "Choose a part, then a submission. Formgrader saves each mark and comment when you leave its field.\n"
            f"Ctrl+C here ends it and writes them into {course.folder}/marks.csv, columns {columns}. "
            "If it is ended in another way, `make grade` does that.",
            flush=True,
        )
        if browse:
            webbrowser.open(address_of(server))
        server.start()
    for problem in carry_marks(course, released):
        print(problem)
    print(
        f"\nFormgrader has ended. The marks are in {course.folder}/marks.csv. Run `make grade` to count them."
    )


def _main() -> None:
    """Mark as the command line says."""
    parser = argparse.ArgumentParser(description="Mark in formgrader what `make grade` has graded.")
    parser.add_argument(
        "--grader", default="", help="whose marks these are (default: the columns without a name)"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    given = parser.parse_args()
    try:
        mark_in_formgrader(Course(Path(__file__).resolve().parents[2]), given.grader, not given.no_browser)
    except RuntimeError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Formgrader has ended before it began. Marks that were given earlier are kept.")


if __name__ == "__main__":
    _main()
