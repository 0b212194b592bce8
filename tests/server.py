"""A Jupyter server of its own: private settings, a free port, gone when the test is over."""

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PATIENCE = 120  # seconds for what a test waits for: others are at work on the machine meanwhile


class Server(NamedTuple):
    address: str
    token: str
    process: subprocess.Popen


@contextlib.contextmanager
def serving(command: Sequence[str], folder: Path) -> Iterator[Server]:
    """The server that the command starts, once it answers. Its settings and its log are in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    environment.pop("JUPYTER_TOKEN", None)
    with (folder / "log").open("w") as log, contextlib.ExitStack() as stack:
        process = subprocess.Popen(
            [*command, "--no-browser", "--allow-root", f"--port={port}"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        yield Server(f"http://127.0.0.1:{port}", token_of(process, folder, port), process)


def token_of(process: subprocess.Popen, folder: Path, port: int) -> str:
    """The token that the server made, once it answers."""
    for _ in range(2 * PATIENCE):
        assert process.poll() is None, (folder / "log").read_text()
        with contextlib.suppress(OSError, ValueError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5)
            (known,) = (folder / "runtime").glob("jpserver-*.json")
            return json.loads(known.read_text(encoding="utf-8"))["token"]
        time.sleep(0.5)
    raise AssertionError((folder / "log").read_text())
