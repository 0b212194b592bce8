"""Links that open the students' version elsewhere, made from the address of the repository that it was pushed to."""

import re

from labutils.instructor.course import ASSIGNMENT, PARTS

_ADDRESS = re.compile(r"https://(github|gitlab)\.com/([\w.-]+)/([\w.-]+?)")
_BRANCH = "main"


def check_address(address: str) -> str:
    """The address, if it is empty or that of a repository on GitHub or GitLab; else a `ValueError`."""
    if address and not _ADDRESS.fullmatch(address):
        expected = "an empty text, or an address such as https://github.com/owner/repository"
        raise ValueError(f"address in pyproject.toml, [tool.labutils]: expected {expected}, got {address!r}")
    return address


def links_to(address: str, part: str) -> dict[str, str]:
    """{where: link} for a part, "A", "B" or "C"; none if the address is empty. Colab and Kaggle open GitHub alone."""
    match = _ADDRESS.fullmatch(check_address(address))
    if not match:
        return {}
    host, owner, repository = match.groups()
    notebook = f"{ASSIGNMENT}/{PARTS[part]}.ipynb"
    short = {"github": "gh", "gitlab": "gl"}[host]
    project = f"{owner}/{repository}" if host == "github" else f"{owner}%2F{repository}"
    binder = {"Binder": f"https://mybinder.org/v2/{short}/{project}/{_BRANCH}?labpath={notebook}"}
    if host == "gitlab":
        return binder
    file = f"github/{owner}/{repository}/blob/{_BRANCH}/{notebook}"
    kaggle = f"https://kaggle.com/kernels/welcome?src={address}/blob/{_BRANCH}/{notebook}"
    return {"Colab": f"https://colab.research.google.com/{file}", "Kaggle": kaggle} | binder


def file_address(address: str, name: str) -> str:
    """Where a file of the repository is downloaded from; "" if the address is empty."""
    if not check_address(address):
        return ""
    raw = "raw" if "://github." in address else "-/raw"
    return f"{address}/{raw}/{_BRANCH}/{name}"


def in_markdown(address: str) -> str:
    """A Markdown table with the links of each part; "" if the address is empty."""
    links = {part: links_to(address, part) for part in PARTS}
    if not links["A"]:
        return ""
    lines = ["| open in the browser | " + " | ".join(links["A"]) + " |", "|---" * (1 + len(links["A"])) + "|"]
    for part, places in links.items():
        lines.append(f"| Part {part} | " + " | ".join(f"[open]({link})" for link in places.values()) + " |")
    return "\n".join([*lines, ""])
