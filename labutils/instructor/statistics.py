"""What a class found easy and hard: points by exercise, the most frequent mistakes, and the time of a run."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd
from nbformat import NotebookNode

from labutils.instructor import cells
from labutils.instructor.course import PARTS
from labutils.instructor.rendering import build_page, build_table
from labutils.instructor.submission import ExerciseScore, Submission

_MOST = 4  # mistakes of an exercise that are listed


def tally_points(
    scores: Sequence[ExerciseScore], submissions: Sequence[Submission], released: Mapping[str, NotebookNode]
) -> pd.DataFrame:
    """A row for each exercise: how many handed in its part, mean and standard deviation of the points, and more.

    `full` is the share with all points. Answers that wait for a grader are counted in `open` alone.
    """
    handed_in = {(s.student, s.part) for s in submissions if s.submitted is not None}
    parts = {name: part for part, notebook in released.items() for name in cells.graded_cells(notebook)}
    names = cells.exercise_names(released.values())
    table = pd.DataFrame(
        [
            (score.exercise, score.points, score.of, score.waits)
            for score in scores
            if (score.student, parts.get(score.exercise, "")) in handed_in
        ],
        columns=["exercise", "points", "of", "waits"],
    )
    table["full"] = table.points >= table.of
    marked = table[~table.waits.astype(bool)].groupby("exercise")
    tally = pd.DataFrame(
        {
            "of": table.groupby("exercise").of.max(),
            "handed in": table.groupby("exercise").size(),
            "open": table.groupby("exercise").waits.sum().astype(int),
            "mean": marked.points.mean(),
            "spread": marked.points.std(ddof=0),
            "full": marked.full.mean(),
        }
    )
    return tally.reindex([name for name in names if name in tally.index])


def tally_mistakes(submissions: Sequence[Submission]) -> pd.DataFrame:
    """A row for each mistake: exercise, state, message, and how many students made it, the most frequent first.

    Messages that differ in their numbers alone are one mistake.
    """
    table = pd.DataFrame(
        [
            (
                name,
                measured.state,
                measured.message,
                re.sub(r"\d+", "0", measured.message),
                submission.student,
            )
            for submission in submissions
            for name, measured in submission.measured.items()
            if measured.state not in ("right", "not done")
        ],
        columns=["exercise", "state", "message", "kind", "student"],
    )
    grouped = table.groupby(["exercise", "kind"], sort=False)
    counted = grouped.agg(
        state=("state", "first"), message=("message", "first"), students=("student", "nunique")
    )
    return counted.reset_index("exercise").sort_values("students", ascending=False, kind="stable")


def tally_times(submissions: Sequence[Submission]) -> pd.DataFrame:
    """A row for each part: how many notebooks were run, and the seconds that a run took."""
    table = pd.DataFrame(
        [(s.part, s.seconds, s.student) for s in submissions if s.seconds],
        columns=["part", "seconds", "student"],
    )
    seconds = table.groupby("part").seconds
    return pd.DataFrame(
        {
            "notebooks": seconds.size(),
            "median": seconds.median(),
            "longest": seconds.max(),
            "all": seconds.sum(),
        }
    )


def render_statistics(
    submissions: Sequence[Submission], scores: Sequence[ExerciseScore], released: Mapping[str, NotebookNode]
) -> str:
    """The page with the statistics of a class."""
    names = cells.exercise_names(released.values())
    parts = [
        "<main class='sheet'><h1>Statistics</h1><p><a href='sheet.html'>The grader's sheet</a></p>",
        "<h2>Points</h2><p>Each row counts the students who handed in the part. The mean and the standard deviation "
        "leave out answers that still have to be marked.</p>",
        build_table(
            ["exercise", "points", "handed in", "mean", "standard deviation", "full points", "to mark"],
            [
                [
                    names[str(name)],
                    *(
                        f"{row['of']:g}",
                        f"{row['handed in']:g}",
                        _number(row["mean"]),
                        _number(row["spread"]),
                    ),
                    *("" if pd.isna(row["full"]) else f"{row['full']:.0%}", f"{row['open']:g}"),
                ]
                for name, row in tally_points(scores, submissions, released).iterrows()
            ],
        ),
        f"<h2>The most frequent mistakes</h2><p>At most {_MOST} for each code exercise, as the feedback describes "
        "them. Exercises that were not begun are left out.</p>",
    ]
    mistakes = tally_mistakes(submissions)
    rows = [
        [exercise, str(row["students"]), row["state"], row["message"]]
        for name, exercise in names.items()
        for _, row in mistakes[mistakes.exercise == name].head(_MOST).iterrows()
    ]
    heads = ["exercise", "students", "state", "what the test found"]
    parts.append(build_table(heads, rows) if rows else "<p>None.</p>")
    parts.append("<h2>Time</h2><p>How many seconds a notebook took at grading.</p>")
    times = tally_times(submissions).reindex([part for part in PARTS])
    parts.append(
        build_table(
            ["part", "notebooks", "median", "longest", "all together"],
            [
                [str(part), *("0" if pd.isna(row[name]) else f"{row[name]:.0f}" for name in times.columns)]
                for part, row in times.iterrows()
            ],
        )
    )
    return build_page("Statistics", "".join(parts) + "</main>")


def _number(value: float) -> str:
    """A mean or a spread, to two decimals; "" if there is none."""
    return "" if pd.isna(value) else f"{value:.2f}"
