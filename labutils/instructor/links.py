"""Links that open the students' version elsewhere, made from the address of the repository that it was pushed to."""

from labutils.instructor.course import ASSIGNMENT, PARTS, check_address

_BRANCH = "main"
_BADGES = {  # the pictures that these services offer for their links
    "Colab": "https://colab.research.google.com/assets/colab-badge.svg",
    "Kaggle": "https://kaggle.com/static/images/open-in-kaggle.svg",
    "Binder": "https://mybinder.org/badge_logo.svg",
    "JupyterLite": "https://jupyterlite.rtfd.io/en/latest/_static/badge.svg",
}


def links_to(address: str, part: str) -> dict[str, str]:
    """{where: link} for a part, "A", "B" or "C"; none if the address is empty. For GitLab there is only Binder."""
    if not check_address(address):
        return {}
    host, owner, repository = address.removeprefix("https://").split("/")
    file = f"{PARTS[part]}.ipynb"
    notebook = f"{ASSIGNMENT}/{file}"
    if host == "gitlab.com":
        return {"Binder": f"https://mybinder.org/v2/gl/{owner}%2F{repository}/{_BRANCH}?labpath={notebook}"}
    on_github = f"{owner}/{repository}/blob/{_BRANCH}/{notebook}"
    return {
        "Colab": f"https://colab.research.google.com/github/{on_github}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{on_github}",
        "Binder": f"https://mybinder.org/v2/gh/{owner}/{repository}/{_BRANCH}?labpath={notebook}",
        "JupyterLite": f"https://{owner}.github.io/{repository}/lab/index.html?path={file}",
    }


def file_address(address: str, name: str) -> str:
    """Where a file of the repository is downloaded from; "" if the address is empty."""
    if not check_address(address):
        return ""
    raw = "raw" if "://github." in address else "-/raw"
    return f"{address}/{raw}/{_BRANCH}/{name}"


def in_markdown(address: str) -> str:
    """A Markdown table with a badge for each link of each part; "" if the address is empty."""
    if not address:
        return ""
    places = list(links_to(address, "A"))
    lines = [f"| open in | {' | '.join(places)} |", "|---" * (1 + len(places)) + "|"]
    for part in PARTS:
        badges = [
            f"[![Open Part {part} in {place}]({_BADGES[place]})]({link})"
            for place, link in links_to(address, part).items()
        ]
        lines.append(f"| Part {part} | {' | '.join(badges)} |")
    return "\n".join([*lines, ""])
