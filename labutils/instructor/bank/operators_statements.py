"""Mistakes in the order of statements: one left out, repeated, exchanged, inside or outside of a loop."""

import ast
import copy
from collections.abc import Iterator

from labutils.instructor.bank.syntax import bodies, build, statements
from labutils.instructor.bank.words import Words

_Made = Iterator[tuple[ast.FunctionDef, str, str]]  # the changed function, what was done, and where


def _left_out_or_repeated(function: ast.FunctionDef, words: Words) -> _Made:
    """A statement is left out or made twice."""
    for k, body in enumerate(bodies(function)):
        for i, statement in enumerate(body):
            place = words.place(statement)
            if isinstance(statement, ast.Return) or len(body) == 1:
                continue
            what = f"the computation of {place}" if place else "one statement"
            without, again = copy.deepcopy(function), copy.deepcopy(function)
            del list(bodies(without))[k][i]
            yield without, f"{what} is left out", ""
            if isinstance(statement, ast.AugAssign) or (
                isinstance(statement, ast.Assign) and _uses_itself(statement)
            ):
                list(bodies(again))[k].insert(i, copy.deepcopy(statement))
                yield again, f"{what} is made twice", ""


def _exchanged(function: ast.FunctionDef, words: Words) -> _Made:
    """Two statements, of which the second uses what the first computes, are exchanged."""
    for k, body in enumerate(bodies(function)):
        for i in range(len(body) - 1):
            for j in range(i + 1, min(i + 4, len(body))):
                if any(isinstance(body[n], ast.Return) for n in (i, j)) or not _depend(body[i : j + 1]):
                    continue
                changed = copy.deepcopy(function)
                other = list(bodies(changed))[k]
                other.insert(i, other.pop(j))
                first, second = words.place(body[j]), words.place(body[i])
                if first and second and first != second:
                    yield changed, f"{first} is computed before {second}, so an old value is used", ""


def _loops(function: ast.FunctionDef, words: Words) -> _Made:
    """What belongs into a loop is outside of it, or the other way round."""
    for k, body in enumerate(bodies(function)):
        for i, statement in enumerate(body):
            if not isinstance(statement, ast.For | ast.While):
                continue
            for j, after in enumerate(body[i + 1 :], start=i + 1):
                inside = copy.deepcopy(function)
                other = list(bodies(inside))[k]
                moved = other[i + 1 : j + 1]
                del other[i + 1 : j + 1]
                other[i].body += moved  # type: ignore[attr-defined]
                is_return = isinstance(after, ast.Return)
                text = "the function returns inside the loop, after its first pass"
                yield inside, text if is_return else "a statement after the loop is made in every pass", ""
            for j in range(1, len(statement.body)):
                outside = copy.deepcopy(function)
                other = list(bodies(outside))[k]
                loop = other[i]
                other[i:i] = loop.body[:j]  # type: ignore[attr-defined]
                del loop.body[:j]  # type: ignore[attr-defined]
                names = [words.place(s) for s in statement.body[:j] if words.place(s)]
                what = f"the computation of {names[-1]}" if names else "a computation"
                yield outside, f"{what} is done once, before the loop, and not again in every pass", ""
            for j in range(i):
                if isinstance(body[j], ast.Assign):
                    restarted = copy.deepcopy(function)
                    other = list(bodies(restarted))[k]
                    start = other.pop(j)
                    other[i - 1].body.insert(0, start)  # type: ignore[attr-defined]
                    place = words.place(body[j]) or "the result"
                    yield restarted, f"{place} is set back to its start in every pass of the loop", ""


def _restarts(function: ast.FunctionDef, words: Words) -> _Made:
    """Every pass of a loop starts again from the given values, of all arguments or of one."""
    for number, loop in enumerate(statements(function.body)):
        if not isinstance(loop, ast.For | ast.While):
            continue
        moved = [
            s.targets[0].id
            for s in loop.body
            if isinstance(s, ast.Assign) and _uses_itself(s) and isinstance(s.targets[0], ast.Name)
        ]
        given = [name for name in moved if name in words.arguments]
        for some in [given, *([name] for name in given)] if len(given) > 1 else []:
            changed = copy.deepcopy(function)
            body = list(statements(changed.body))[number].body  # type: ignore[attr-defined]
            body[0:0] = ast.parse("\n".join(f"{name} = _{name}" for name in some)).body
            changed.body[0:0] = ast.parse("\n".join(f"_{name} = {name}" for name in some)).body
            named = (
                " and ".join(f"`{name}`" for name in some) if len(some) < len(given) else "the given values"
            )
            yield (
                changed,
                f"every pass of the loop starts again from {named}, so only the last one counts",
                "",
            )


def _several_left_out(function: ast.FunctionDef, words: Words) -> _Made:
    """Two updates in a loop are left out."""
    for number, loop in enumerate(statements(function.body)):
        if not isinstance(loop, ast.For | ast.While):
            continue
        places = [
            i
            for i, s in enumerate(loop.body)
            if isinstance(s, ast.Assign) and _uses_itself(s) and words.place(s)
        ]
        for i, first in enumerate(places):
            for second in places[i + 1 :]:
                changed = copy.deepcopy(function)
                body = list(statements(changed.body))[number].body  # type: ignore[attr-defined]
                names = [words.place(body[k]) for k in (first, second)]
                del body[second], body[first]
                if body:
                    yield changed, f"the updates of {' and '.join(names)} are left out", ""


def _accumulation(function: ast.FunctionDef, words: Words) -> _Made:
    """A value is replaced where it should be added, or subtracted."""
    for number, statement in enumerate(statements(function.body)):
        if not isinstance(statement, ast.AugAssign):
            continue
        place = words.place(statement)
        names = (
            "replaces what the passes before gave, instead of being added",
            "is subtracted instead of added",
        )
        if isinstance(statement.op, ast.Sub):
            names = (
                "replaces the value instead of being subtracted from it",
                "is added instead of subtracted",
            )
        for kind, text in zip(("set", "sign"), names, strict=True):
            changed = copy.deepcopy(function)
            old = list(statements(changed.body))[number]
            assert isinstance(old, ast.AugAssign)
            if kind == "sign":
                old.op = ast.Sub() if isinstance(statement.op, ast.Add) else ast.Add()
            else:
                value = build("-(A)", A=old.value) if isinstance(statement.op, ast.Sub) else old.value
                _replace(changed, old, ast.Assign([old.target], value, lineno=0))
            yield changed, f"each value {text}", place
        if isinstance(statement.op, ast.Sub):  # the minus is lost, too
            plain = copy.deepcopy(function)
            old = list(statements(plain.body))[number]
            assert isinstance(old, ast.AugAssign)
            _replace(plain, old, ast.Assign([old.target], old.value, lineno=0))
            yield plain, f"each value {names[0]}", place


def _old_values(function: ast.FunctionDef, words: Words) -> _Made:
    """The old value of a variable is used where the new one belongs."""
    for number, statement in enumerate(statements(function.body)):
        if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
            continue
        name = statement.targets[0].id
        if name not in {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}:
            continue
        later = [s for s in list(statements(function.body))[number + 1 :]]
        uses = sum(_is_load(n, name) for s in later for n in ast.walk(s))
        for which in (*range(uses), None):
            changed = copy.deepcopy(function)
            old = list(statements(changed.body))[number]
            for place, node in enumerate(
                n
                for s in list(statements(changed.body))[number + 1 :]
                for n in ast.walk(s)
                if _is_load(n, name)
            ):
                if which in (place, None):
                    node.id = "_old"  # type: ignore[attr-defined]
            _replace(changed, old, ast.parse(f"_old = {name}").body[0], old)
            yield (
                changed,
                f"the old {words.known.get(name, f'`{name}`')} is used where the new one belongs",
                "",
            )


def _results(function: ast.FunctionDef, words: Words) -> _Made:
    """A result comes back as it was given, or the results in another order."""
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Tuple):
        return
    given = [result for result in words.results if result in words.arguments]
    if 1 < len(given) == len(words.results):
        changed = copy.deepcopy(function)
        changed.body[0:0] = ast.parse("\n".join(f"_{name} = {name}" for name in given)).body
        changed.body[-1].value = build(", ".join(f"_{name}" for name in given))  # type: ignore[attr-defined]
        yield changed, "all results are returned as they were given; the new values are not", ""
    for i, result in enumerate(words.results):
        if result in words.arguments:
            changed = copy.deepcopy(function)
            changed.body[-1].value.elts[i] = ast.Name("_given")  # type: ignore[attr-defined]
            changed.body.insert(0, ast.parse(f"_given = {result}").body[0])
            yield changed, f"`{result}` is returned as it was given", ""


def _uses_itself(statement: ast.Assign) -> bool:
    """Whether an assignment reads the variable that it changes."""
    read = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
    return any(isinstance(target, ast.Name) and target.id in read for target in statement.targets)


def _depend(some: list[ast.stmt]) -> bool:
    """Whether the last statement and one before share a variable that one of them changes."""
    *before, last = [({n.id for n in ast.walk(s) if isinstance(n, ast.Name)}, _changed(s)) for s in some]
    return any(last[0] & changed or last[1] & names for names, changed in before)


def _changed(statement: ast.stmt) -> set[str]:
    """The names that a statement assigns to."""
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} | {
        n.value.id
        for n in ast.walk(statement)
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name)
    }


def _is_load(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Store)


def _replace(function: ast.FunctionDef, old: ast.stmt, *new: ast.stmt) -> None:
    """Put statements in the place of one."""
    for body in bodies(function):
        if any(statement is old for statement in body):
            place = next(i for i, statement in enumerate(body) if statement is old)
            body[place : place + 1] = new
            return


STATEMENTS = (
    _left_out_or_repeated,
    _several_left_out,
    _restarts,
    _exchanged,
    _loops,
    _accumulation,
    _old_values,
    _results,
)
