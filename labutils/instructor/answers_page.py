"""The pages on which graders read the written answers: one for each exercise, with the answers of all students."""

import html
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from nbformat import NotebookNode

from labutils.instructor import cells
from labutils.instructor.feedback import describe_points, feedback_address
from labutils.instructor.rendering import build_link, build_page
from labutils.instructor.safe_html import (
    OUR_ANCHOR,
    render_markdown,
    shorten_text,
    show_as_text,
    take_out_pictures,
)
from labutils.instructor.submission import ExerciseScore, Submission, Written

if TYPE_CHECKING:
    from labutils.instructor.marking import Difference

_MOST = 4_000  # characters of an answer that are shown
_LARGEST_PAGE = 4_000_000  # characters of all answers to an exercise
_LARGEST = 600_000  # of one answer
_SHARE = 20_000  # that are kept free for each answer


@dataclass
class Answers:
    """The written answers of a class, and what is known about them. released, solved: the notebooks by part."""

    released: Mapping[str, NotebookNode]
    solved: Mapping[str, NotebookNode]
    submissions: Sequence[Submission]
    all_scores: Sequence[ExerciseScore]
    differences: Sequence["Difference"] = ()
    changed: Collection[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def students(self) -> list[str]:
        return list(dict.fromkeys(submission.student for submission in self.submissions))

    @cached_property
    def scores(self) -> dict[tuple[str, str], ExerciseScore]:
        """By student and grade id."""
        return {(score.student, score.exercise): score for score in self.all_scores}

    @cached_property
    def submission_of(self) -> dict[tuple[str, str], Submission]:
        """By student and grade id."""
        names = {part: list(cells.graded_cells(notebook)) for part, notebook in self.released.items()}
        return {(one.student, name): one for one in self.submissions for name in names[one.part]}

    @cached_property
    def places(self) -> dict[str, NotebookNode]:
        """The released cells of the written answers, by grade id."""
        return {
            name: cell
            for notebook in self.released.values()
            for name, cell in cells.graded_cells(notebook).items()
            if cells.is_written(cell)
        }

    @cached_property
    def exercises(self) -> dict[str, str]:
        """The names of the written exercises by grade id."""
        return {name: cells.exercise_of(cell) for name, cell in self.places.items()}

    @cached_property
    def _given(self) -> dict[str, dict[str, Submission]]:
        found: dict[str, dict[str, Submission]] = {name: {} for name in self.exercises}
        for submission in self.submissions:
            for name in submission.written:
                if name in found:
                    found[name][submission.student] = submission
        return found

    def given(self, name: str) -> dict[str, Submission]:
        """The submissions with an answer to an exercise, by student."""
        return self._given[name]

    def of(self, name: str) -> float:
        """The points for an exercise."""
        return float(cells.nbgrader_of(self.places[name])["points"])

    def page(self, name: str) -> str:
        """The address of the page of an exercise, from the folder of these pages."""
        return f"{quote(name, safe='')}.html"

    def anchor(self, student: str) -> str:
        """The place of a student on every page."""
        return f"{OUR_ANCHOR}{self._numbers[student]}"

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {student: number for number, student in enumerate(self.students, start=1)}


def render_all(answers: Answers) -> Iterator[tuple[str, str]]:
    """The name of each written exercise, by its grade id, and its page."""
    for part, notebook in answers.released.items():
        models = cells.answers_in(answers.solved[part], notebook)
        for name in cells.graded_cells(notebook):
            if name in answers.exercises:
                yield name, _render_exercise(name, answers, notebook, models.get(name, ""))


def _render_exercise(name: str, answers: Answers, released: NotebookNode, model: str) -> str:
    """The page of an exercise: the question, a model answer, and the answers of all students."""
    title, given = answers.exercises[name], answers.given(name)
    links = f"<p>{' · '.join(_link_pages(name, answers))}</p>"
    students = " · ".join(build_link(f"#{answers.anchor(student)}", student) for student in given)
    without = [student for student in answers.students if student not in given]
    question = render_markdown(cells.question_of(title, released), deeper=2)[0]
    head = f"{html.escape(title)} ({answers.of(name):g} points)"
    parts = [
        f"<main class='sheet'>{links}<h1>{head}</h1>{question}",
        f'<div class="card model"><h2>Model answer</h2>{render_markdown(model, deeper=2)[0]}</div>',
        f'<nav aria-label="contents"><h2>{len(given)} answers</h2><p>{students}</p></nav>',
        f"<div class='cards'>{''.join(_render_cards(name, answers))}</div>",
        f"<p>No answer: {html.escape(', '.join(without))}.</p>" if without else "",
        links,
    ]
    return build_page(f"Answers to {title}", "".join(parts) + "</main>")


def _link_pages(name: str, answers: Answers) -> list[str]:
    """Links to the sheet and to the exercises before and after this one."""
    names = list(answers.exercises)
    place = names.index(name)
    links = [build_link("../sheet.html", "The grader's sheet")]
    if place:
        links.append(
            build_link(answers.page(names[place - 1]), f"before: {answers.exercises[names[place - 1]]}")
        )
    if place + 1 < len(names):
        links.append(
            build_link(answers.page(names[place + 1]), f"next: {answers.exercises[names[place + 1]]}")
        )
    return [str(link) for link in links]


def _render_cards(name: str, answers: Answers) -> Iterator[str]:
    """The answers of all students. Where their pictures find no room, there are links to the feedback."""
    given = answers.given(name)
    room = _LARGEST_PAGE - _SHARE * len(given)
    for submission in given.values():
        card = _render_card(name, submission, answers, min(_LARGEST, max(room, 0) + _SHARE))
        room -= max(len(card) - _SHARE, 0)
        yield card


def _render_card(name: str, submission: Submission, answers: Answers, room: int) -> str:
    """The answer of one student."""
    student, written = submission.student, submission.written[name]
    score = answers.scores.get((student, name))
    feedback = build_link(f"../{feedback_address(submission, name)}", "feedback")
    lines = [f"<strong>{html.escape(describe_points(score))}</strong>" if score else "", feedback]
    following = list(answers.exercises)[list(answers.exercises).index(name) + 1 :]
    after = next((other for other in following if student in answers.given(other)), "")
    if after:
        address = f"{answers.page(after)}#{answers.anchor(student)}"
        lines.append(build_link(address, f"this student's {answers.exercises[after]}"))
    remarks = [f"Found {written.note}."] if written.note else []
    if (student, name) in answers.changed:
        remarks.append("The answer has changed since it was marked.")
    for one in answers.differences:
        if (one.student, one.exercise) == (student, name):
            remarks.append(f"Graders differ: {'; '.join(describe_difference(one))}.")
    if score and score.comment:
        remarks.append(f"Comment: {score.comment}")
    remark = f"<p class='remark'>{html.escape(' '.join(remarks))}</p>" if remarks else ""
    text, cut = _render_answer(written, room)
    more = (
        f"<p>{build_link(f'../{feedback_address(submission, name)}', 'The full answer')}</p>" if cut else ""
    )
    return (
        f'<div class="card" id="{answers.anchor(student)}"><h2>{html.escape(student)}</h2>'
        f'<p class="state">{" · ".join(filter(None, lines))}</p>{remark}'
        f'<div class="answer" dir="auto" tabindex="0">{text}</div>{more}</div>'
    )


def describe_difference(one: "Difference") -> list[str]:
    """What each grader gave for an answer, with the comment if the answer still waits for the graders to agree."""
    comments = one.comments if one.agreed is None else {}
    return [
        f"{grader}: {points:g}" + (f" ({comments[grader]})" if comments.get(grader) else "")
        for grader, points in one.given.items()
    ]


def _render_answer(written: Written, room: int) -> tuple[str, bool]:
    """An answer as safe HTML of at most `room` characters, and whether something of it is left out."""
    text, _ = take_out_pictures(written.text)
    shown = render_markdown(written.text, dict(written.attachments), deeper=4, most=_MOST)[0]
    if len(shown) <= room:
        return shown, len(text) > _MOST
    shown = render_markdown(text, deeper=4, most=_MOST)[0]
    return (shown if len(shown) <= room else show_as_text(shorten_text(text, room // 10))), True
