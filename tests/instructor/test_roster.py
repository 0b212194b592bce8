"""Who is in the course, and who of them handed in what."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils.instructor.course import Course
from labutils.instructor.names import describe_people, find_people
from labutils.instructor.roster import Roster, match_people, normalise_number, read_roster
from labutils.instructor.submission import Person, Submission

DANA = Person("012345678", "Dana Cohen", "dana.c@uni.ac", "1")
NOA = Person("023456789", "Noa Levi", "noa@uni.ac", "1")
RON = Person("345678901", "Ron Bar-Or", "ron@uni.ac", "2")
ROSTER = Roster([DANA, NOA, RON], [])


def with_names(source, student="s", path="", tagged=True):
    """A submission with this names cell."""
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["students"]} if tagged else {})
    return Submission(student, "A", path, nbformat.v4.new_notebook(cells=[cell]))


def match(roster=ROSTER, **sources):
    """The matching of submissions with these names cells, by student."""
    return match_people(roster, {student: [with_names(source)] for student, source in sources.items()})


def cell(*people):
    """A names cell for people."""
    return f"students = {[p.name for p in people]}\nstudent_numbers = {[p.number for p in people]}"


@pytest.fixture
def course(tmp_path):
    (tmp_path / "grading").mkdir()
    return Course(tmp_path)


class TestRoster:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255", "utf-16"])
    @pytest.mark.parametrize(
        "text",
        [
            "id,name,e-mail,group\n0123,דנה כהן,d@x.ac,7\n",
            "Group;E-Mail;Name;ID\n7;d@x.ac;דנה כהן;0123\n",
            "Name\tStudent ID\temail\tGroup\r\nדנה כהן\t0123\td@x.ac\t7\r\n",
            "First name,Last name,ID number,Email address,Groups\nדנה,כהן,0123,d@x.ac,7\n",
            "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\nדנה כהן,99,0123,d@x.ac,7\n",
            'שם מלא,ת"ז,דוא"ל,קבוצה\nדנה כהן,0123,d@x.ac,7\n'.replace('ת"ז', '"ת""ז"').replace(
                'דוא"ל', '"דוא""ל"'
            ),
        ],
    )
    def test_columns_are_found_in_any_order_form_and_encoding(self, course, text, encoding):
        (course.grading / "roster.csv").write_bytes(text.encode(encoding))
        roster = read_roster(course)
        assert roster.people == [Person("0123", "דנה כהן", "d@x.ac", "7")]
        assert roster.problems == []

    def test_a_course_without_one_has_none(self, course):
        assert read_roster(course) is None

    def test_ids_that_are_missing_or_there_twice_are_listed_with_their_rows(self, course):
        (course.grading / "roster.csv").write_text("id,name\n1,Dana\n\n2,Noa\n,Ron\n01,Eli\n1,Dana\n")
        roster = read_roster(course)
        assert [person.name for person in roster.people] == ["Dana", "Noa", "Ron", "Eli"]
        assert len(roster.problems) == 3
        for row, problem in zip(("5", "6", "7"), roster.problems, strict=True):
            assert f"row {row}" in problem

    @pytest.mark.parametrize(
        "content", [b"", b"\x00\x01\x02", b"a,b\n1,2\n", b'"id,name\n1,2', b"\xff\xfe\x00"]
    )
    def test_a_file_that_is_none_is_a_problem_and_stops_nothing(self, course, content):
        (course.grading / "roster.csv").write_bytes(content)
        roster = read_roster(course)
        assert roster.people == []
        assert len(roster.problems) == 1

    @pytest.mark.parametrize(
        ("one", "other"),
        [("012345678", "12345678"), ("12345678", "1234-5678"), ("123", "123.0"), ("A1", "a1")],
    )
    def test_numbers_are_compared_as_spreadsheets_leave_them(self, one, other):
        assert normalise_number(one) == normalise_number(other)


class TestNames:
    @pytest.mark.parametrize(
        ("source", "people"),
        [
            ('students = ["Dana", ""]\nstudent_numbers = ["012", ""]', [("Dana", "012")]),
            ('students = ["Dana", "Noa"]\nstudent_numbers = ["1", "2"]', [("Dana", "1"), ("Noa", "2")]),
            ('students = ("Dana",)\nstudent_numbers = (12,)', [("Dana", "12")]),
            ('students = ["Dana"]\nstudent_numbers = [012345]', [("Dana", "012345")]),
            ('students = "Dana"\nstudent_numbers = "1"', [("Dana", "1")]),
            ('students, student_numbers = ["Dana"], ["1"]', [("Dana", "1")]),
            ('student_numbers = ["1"]', [("", "1")]),
            ('students = ["", ""]\nstudent_numbers = ["", ""]', []),
            ('students = {["Dana", "Noa"]}', []),
            ('students = ["\\ud83d"]', [("?", "")]),
            ('students = [open("x")]', []),
            ('students = ["a\\nb\\x00"]', [("a b", "")]),
            ("students = 3.5", []),
            ("students = " + "[" * 4_000, []),
            ("students = " + "-" * 4_000 + "1", []),
            ("students = " + "9" * 4_900, []),
        ],
    )
    def test_are_read_from_whatever_stands_in_the_cell(self, source, people):
        assert find_people([with_names(source)]) == people

    @given(st.text(max_size=200))
    def test_any_text_gives_names_that_can_be_written(self, text):
        for source in (text, f"students = [{text}]", f"students = [{text!r}]"):
            for words in find_people([with_names(source)]):
                assert "".join(words).encode().decode().isprintable()

    def test_stand_once_for_all_parts_and_are_found_without_the_tag(self):
        parts = [
            with_names(cell(DANA), tagged=False),
            with_names('students = ["Dana Cohen"]'),
            Submission("s", "C"),
        ]
        assert find_people(parts) == [("Dana Cohen", "012345678")]
        assert describe_people(find_people(parts)) == "Dana Cohen (012345678)"


class TestMatching:
    def test_the_number_decides_and_a_pair_is_two_people(self):
        found = match(a=cell(Person("12345678", "D. C."), NOA), b=cell(RON))
        assert found.people == {"a": [DANA, NOA], "b": [RON]}
        assert found.absent == []
        assert found.problems == []

    def test_without_a_number_the_name_decides_in_any_order(self):
        assert match(a='students = ["cohen dana"]').people == {"a": [DANA]}

    @pytest.mark.parametrize(
        ("student", "path"),
        [
            ("Cohen Dana", ""),
            ("cohendana", "all.zip/cohendana_12_34_x.ipynb"),
            ("dana.c", ""),
            ("x", "x/012345678_part_a.ipynb"),
            ("x", "x/part_a_12345678.ipynb"),
            ("x", "x/dana.c@uni.ac/part_a.ipynb"),
        ],
    )
    def test_without_names_the_folder_or_the_file_decides(self, student, path):
        found = match_people(ROSTER, {student: [with_names("", path=path)]})
        assert found.people == {student: [DANA]}
        assert found.absent == [NOA, RON]

    def test_a_team_of_moodle_is_its_group(self):
        groups = Roster([Person("1", "A", "", "Group 7"), Person("2", "B", "", "group 7")], [])
        assert match_people(groups, {"Group 7": []}).people == {"Group 7": groups.people}

    def test_one_number_in_many_submissions_is_one_problem_that_names_it(self):
        found = match(**{f"s{number}": cell(DANA) for number in range(5)})
        (problem,) = found.problems
        assert "012345678" in problem
        assert "5" in problem

    def test_the_same_number_is_seen_without_a_roster(self):
        (problem,) = match(None, a=cell(DANA), b=cell(DANA), c=cell(NOA)).problems
        assert "012345678" in problem

    def test_a_number_that_nobody_has_is_named(self):
        found = match(a=cell(Person("999", "Dana Cohen")))
        assert found.people == {"a": [DANA]}
        assert "999" in found.problems[0]

    def test_a_submission_of_nobody_is_named(self):
        found = match(stranger='students = ["X"]')
        assert found.people == {"stranger": []}
        assert found.absent == [DANA, NOA, RON]
        assert all("stranger" in problem for problem in found.problems)

    def test_somebody_in_two_submissions_is_named(self):
        (problem,) = match(a=cell(DANA, NOA), b='students = ["Dana Cohen"]').problems
        assert "Dana Cohen" in problem

    def test_a_folder_of_another_person_is_named(self):
        found = match_people(ROSTER, {"Dana Cohen": [with_names(cell(NOA))]})
        assert found.people == {"Dana Cohen": [NOA]}
        assert "Noa Levi" in found.problems[0]

    def test_two_people_of_one_name_are_told_apart_by_number(self):
        twins = Roster([Person("1", "Dana"), Person("2", "Dana")], [])
        assert (
            match_people(twins, {"a": [with_names(cell(Person("2", "Dana")))]}).people["a"]
            == twins.people[1:]
        )
        assert match_people(twins, {"a": [with_names('students = ["Dana"]')]}).people["a"] == []
