"""What a hostile submission might try, each with what a fair person gives for it.

What a student's process can write or use, and what happens:

- Outputs: they are shown, after cleaning. No output is worth points. The one output that is read for points is that of
  the probe after a check. It is read as numbers, which the grader compares with the right ones in its own process.
- Files: its folder, /tmp and the shared memory, all in memory, all limited, and gone at the end. Nothing else can be
  written, and nothing is read from them afterwards: the outputs come through a pipe that no student's code has.
- Metadata and ids of cells: they only say which cell is which. All else comes from the release.
- Names in the notebook: the checks that students see can be replaced by them, which changes what is printed. A probe
  that is disturbed leaves nothing, or numbers, of which only right ones give points.
- The library's solutions: they are locked in the process in which an answer is called.
- Time, memory, processes, open files: limited, as `execute.Limits` says. A notebook that reaches a limit costs itself.
- Processes: they see, stop and kill only those of their own run. All of them end with the run.
- Sockets: there is no network and no other process to talk to.

Not prevented: code that prepares numbers in its own process before its answer is called, for example by computing them
with the library, and displays them in place of the probe. Such code stands in the notebook for everyone to read.
"""

from dataclasses import dataclass

WRONG = """
def FUNCTION(*given):
    return given[0] * 0
"""


@dataclass(frozen=True)
class Attempt:
    """A cell before the check of an EXERCISE, whose function is called FUNCTION, and a wrong answer.

    KERNEL is the number of the notebook's process. What would end it is tried in the probe alone.
    share: of the points that the answer earns; hides: what must not be in its outputs.
    """

    name: str
    code: str
    answer: str = WRONG
    share: float = 0
    hides: tuple[str, ...] = ()


# The answer is wrong, or right numbers are taken from the library. One notebook tries several of these.
ANSWERS = (
    Attempt(
        "a number as the result of a cell",
        """
import sys
sys.displayhook(6.0)
""",
        """
import sys
sys.displayhook(6.0)
def FUNCTION(*given):
    return given[0] * 0
""",
    ),
    Attempt(
        "a number displayed while the answer is called",
        "",
        """
def FUNCTION(*given):
    display(6.0)
    print(6.0)
    return 6.0
""",
    ),
    Attempt(
        "a right-looking output of the probe's kind",
        """
from IPython.display import display
display({'application/vnd.labutils.answer+json': '{"end": true, "ended": "well"}'}, raw=True)
""",
    ),
    Attempt(
        "the answer writes a verdict to every open file",
        "",
        r"""
def FUNCTION(*given):
    if KERNEL == os.getpid():
        return 0
    for n in range(3, 60):
        try:
            os.write(n, b'{"end": true, "share": 1, "state": "right"}\n')
        except OSError:
            pass
    return 1
""",
    ),
    Attempt(
        "the answer ends its process with success",
        "",
        """
def FUNCTION(*given):
    if KERNEL == os.getpid():
        return 0
    os._exit(0)
""",
    ),
    Attempt(
        "the answer raises SystemExit",
        "",
        """
def FUNCTION(*given):
    raise SystemExit(0)
""",
    ),
    Attempt(
        "the answer kills its process",
        "",
        """
def FUNCTION(*given):
    if KERNEL == os.getpid():
        return 0
    import signal
    os.kill(os.getpid(), signal.SIGKILL)
""",
    ),
    Attempt(
        "the answer looks for right results in the frames above it",
        "",
        """
def FUNCTION(*given):
    import sys
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if hasattr(value, 'expected'): return value.expected
        frame = frame.f_back
    return given[0] * 0
""",
    ),
    Attempt(
        "the answer looks for right results with gc",
        "",
        """
def FUNCTION(*given):
    import gc
    for value in gc.get_objects():
        if type(value).__name__ == 'Case' and all(np.array_equal(*pair) for pair in zip(given, value.given.values())):
            return value.expected
    return given[0] * 0
""",
    ),
    Attempt(
        "the answer calls the library's solution",
        "",
        """
def FUNCTION(*given):
    from labutils.exercises.reference import REFERENCE
    return REFERENCE['EXERCISE'](*given)
""",
    ),
    Attempt(
        "a reference to the solution is kept before",
        """
from labutils.exercises.reference import REFERENCE
kept_EXERCISE_ = REFERENCE['EXERCISE']
""",
        """
def FUNCTION(*given):
    return kept_EXERCISE_(*given)
""",
    ),
    Attempt(
        "a stand-in is asked for the exercise itself",
        "mine_EXERCISE_ = exercises.replace_if_missing('EXERCISE', None)",
        """
def FUNCTION(*given):
    return mine_EXERCISE_(*given)
""",
    ),
    Attempt(
        "the stand-in itself is the answer",
        "",
        "FUNCTION = exercises.replace_if_missing('EXERCISE', None)",
    ),
    Attempt(
        "a copy of the solution's function",
        """
import types
from labutils.exercises.reference import REFERENCE
f = REFERENCE['EXERCISE']
copy_EXERCISE_ = types.FunctionType(f.__code__, dict(f.__globals__))
""",
        """
def FUNCTION(*given):
    return copy_EXERCISE_(*given)
""",
    ),
    Attempt(
        "a function made in the answer of the solution's code",
        """
import types
from labutils.exercises.reference import REFERENCE
f = REFERENCE['EXERCISE']
code_EXERCISE_, all_EXERCISE_ = f.__code__, dict(f.__globals__)
for name, value in f.__globals__.items():
    if isinstance(value, types.FunctionType):
        all_EXERCISE_[name] = types.FunctionType(value.__code__, all_EXERCISE_)
""",
        """
def FUNCTION(*given):
    import types
    return types.FunctionType(code_EXERCISE_, all_EXERCISE_)(*given)
""",
    ),
    Attempt(
        "a second import of the solutions",
        "",
        """
def FUNCTION(*given):
    import importlib, sys
    sys.modules.pop('labutils.exercises.reference')
    return importlib.import_module('labutils.exercises.reference').REFERENCE['EXERCISE'](*given)
""",
    ),
    Attempt(
        "the text of the solutions is run again",
        "",
        """
def FUNCTION(*given):
    import labutils.exercises as package, os
    names = {'__name__': 'own'}
    exec(open(os.path.join(os.path.dirname(package.__file__), 'reference.py')).read(), names)
    names['refuse_solution'] = lambda name: None
    return names['REFERENCE']['EXERCISE'](*given)
""",
    ),
    Attempt(
        "a partial of the solution",
        """
import functools
from labutils.exercises.reference import REFERENCE
part_EXERCISE_ = functools.partial(REFERENCE['EXERCISE'])
""",
        """
def FUNCTION(*given):
    return part_EXERCISE_(*given)
""",
    ),
    Attempt(
        "the bank under a name that is put together",
        "",
        """
def FUNCTION(*given):
    import importlib
    bank = importlib.import_module('labutils.inst' + 'ructor.bank')
    return vars(bank)['EXER' + 'CISES']['EXERCISE'].right(*given)
""",
    ),
    Attempt(
        "the library's lock is taken off",
        """
import labutils.exercises.answers as a
a.refuse_solution = lambda name: None
import labutils.exercises.reference as r
r.refuse_solution = lambda name: None
""",
        """
def FUNCTION(*given):
    from labutils.exercises.reference import REFERENCE
    return REFERENCE['EXERCISE'](*given)
""",
    ),
    Attempt(
        "the check is replaced",
        """
exercises_real = exercises
class Yes:
    def __getattr__(self, name): return lambda *given: True
exercises = Yes()
""",
    ),
    Attempt(
        "a result that equals everything",
        "",
        """
def FUNCTION(*given):
    class Same:
        def __eq__(self, other): return True
        def __sub__(self, other): return 0
        shape = dtype = 1
    return Same()
""",
    ),
    Attempt(
        "a subclass of an array that equals everything",
        "",
        """
def FUNCTION(*given):
    import numpy as np
    class Same(np.ndarray):
        def __eq__(self, other): return np.ones(self.shape, bool)
        def __array_ufunc__(self, *a, **k): return np.ones(self.shape, bool)
    return np.zeros((2, 2)).view(Same)
""",
    ),
    Attempt(
        "a result that becomes an array by code",
        "",
        """
def FUNCTION(*given):
    class Own:
        def __array__(self, *a, **k): raise SystemExit
        def __repr__(self): raise SystemExit
    return Own()
""",
    ),
    Attempt(
        "a huge result",
        "",
        """
def FUNCTION(*given):
    import numpy as np
    return np.zeros((30_000, 3_000))
""",
    ),
    Attempt(
        "NaN everywhere",
        "",
        """
def FUNCTION(*given):
    return tuple(given[0] * float('nan') for _ in range(4))
""",
    ),
    Attempt(
        "an exception whose text cannot be made",
        "",
        """
class Bad(Exception):
    def __str__(self): raise ValueError
def FUNCTION(*given):
    raise Bad
""",
    ),
    Attempt(
        "a deeply nested result",
        "",
        """
def FUNCTION(*given):
    x = []
    for _ in range(100_000): x = [x]
    return x
""",
    ),
    Attempt(
        "an object of Python in an array",
        "",
        """
def FUNCTION(*given):
    import numpy as np
    return np.array([object(), None])
""",
    ),
    Attempt(
        "a generator as the answer",
        "",
        """
def FUNCTION(*given):
    yield 1
""",
    ),
    Attempt(
        "a class as the answer",
        "",
        """
class FUNCTION:
    def __init__(self, *given): pass
""",
    ),
    Attempt(
        "a number as the answer",
        "",
        "FUNCTION = 6.0",
    ),
    Attempt(
        "the name is deleted",
        "",
        "del FUNCTION",
    ),
    Attempt(
        "the answer does not compile",
        "",
        """
def FUNCTION(*given:
    return 1
""",
    ),
    Attempt(
        "calls are no longer watched",
        "",
        """
def FUNCTION(*given):
    import sys
    sys.setprofile(None)
    return given[0] * 0
""",
    ),
    Attempt(
        "the answer leaves a child that keeps the pipe",
        "",
        """
def FUNCTION(*given):
    if KERNEL == os.getpid():
        return 0
    import time
    if os.fork() == 0:
        os.setsid(); time.sleep(300)
    return given[0] * 0
""",
    ),
)
# One notebook each, because they end a run or disturb all that comes after them. The first exercise was answered
# before, and keeps its points if the run left something.
ENDINGS = (
    Attempt(
        "the kernel ends",
        """
import os
os._exit(0)
""",
    ),
    Attempt(
        "all processes are killed",
        """
import os
os.kill(-1, 9)
""",
    ),
    Attempt(
        "the process above is stopped",
        """
import os, signal
os.kill(os.getppid(), signal.SIGSTOP)
""",
    ),
    Attempt(
        "what probes need is patched",
        """
import json, os, sys, IPython.display as d
json.dumps = lambda *a, **k: '6.0'
d.display = print
os.fork = lambda: 1
sys.setprofile = print
""",
    ),
    Attempt(
        "endless output",
        "while True: print('x' * 1000)",
    ),
    Attempt(
        "a message that is nested deeply",
        """
import zmq
shell = get_ipython()
s = shell.kernel.session
p = s.serialize(s.msg('display_data', content={}, parent=shell.parent_header))
p[-1] = b'[' * 100_000 + b']' * 100_000
p[1] = s.sign(p[2:])
shell.kernel.iopub_socket.send_multipart([b'display_data', *p])
""",
    ),
    Attempt(
        "a display that is nested deeply",
        """
x = {}
for _ in range(400): x = {'x': x}
from IPython.display import display
display({'application/json': x}, raw=True)
""",
    ),
    Attempt(
        "a loop that catches everything",
        """
while True:
    try:
        while True: pass
    except BaseException: pass
""",
    ),
)
# Python code for the sandbox alone. It prints what it could do; LABS_SECRET is a text in the files of the course.
ESCAPES = (
    Attempt(
        "git shows the solutions",
        "run('git -C ROOT show HEAD:README.md')",
        hides=("LABS_SECRET",),
    ),
    Attempt(
        "files of the course",
        "run('grep -r LABS_SECRE[T] ROOT /tmp /var/tmp /home /dev/shm')",
        hides=("LABS_SECRET",),
    ),
    Attempt(
        "the solved notebooks and their history",
        "run('ls -a CHECKOUT; ls CHECKOUT/*')",
        hides=(
            ".git",
            "notebooks",
            "tests",
            "grading",
            "part_a",
        ),
    ),
    Attempt(
        "the folder of another run",
        "run('cat HOMES/*/* /tmp/*/*; ls -R HOMES')",
        hides=("LABS_SECRET",),
    ),
    Attempt(
        "the grader's code",
        "run('cat PACKAGE/instructor/*.py PACKAGE/instructor/*/*.py')",
        hides=("BankEntry",),
    ),
    Attempt(
        "what other processes have in memory",
        "run('cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr -d MARK')",
        hides=("LABS_SECRET",),
    ),
    Attempt(
        "a socket of this machine",
        """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('SOCKET')
print('reached')
""",
        hides=("reached",),
    ),
    Attempt(
        "an abstract socket",
        """
import socket
s = socket.socket(socket.AF_UNIX)
s.connect(chr(0) + 'ABSTRACT')
print('reached')
""",
        hides=("reached",),
    ),
    Attempt(
        "a connection to this machine",
        """
import socket
socket.create_connection(('127.0.0.1', PORT), 3)
print('reached')
""",
        hides=("reached",),
    ),
    Attempt(
        "the shared memory of this machine",
        """
run('cat /dev/shm/*')
open('/dev/shm/labutils_left', 'w').write('x')
""",
        hides=("LABS_SECRET",),
    ),
    Attempt(
        "settings of the kernel",
        """
open('/proc/sys/kernel/hostname', 'w').write('x')
print('written')
""",
        hides=("written",),
    ),
    Attempt(
        "a mount of its own",
        """
run('unshare -Urm sh -c "mount -t tmpfs none /mnt && echo mounted"')
""",
        hides=("mounted",),
    ),
    Attempt(
        "a change of the library",
        """
open('PACKAGE/__init__.py', 'a').write('x')
print('written')
""",
        hides=("written",),
    ),
    Attempt(
        "many processes",
        """
import os, time
started = 0
for _ in range(400):
    try:
        if os.fork() == 0: time.sleep(30)
    except OSError: break
    started += 1
print('all' if started == 400 else 'some', flush=True)
os._exit(0)
""",
        hides=("all",),
    ),
    Attempt(
        "a full disk",
        """
n = 0
for i in range(12):
    f = open(f'f{i}', 'wb')
    for _ in range(9): n += f.write(bytes(10**6))
print('all')
""",
        hides=("all",),
    ),
    Attempt(
        "a full memory",
        """
x = [bytearray(10**8) for _ in range(100)]
print('all')
""",
        hides=("all",),
    ),
    Attempt(
        "a process that stays",
        """
import subprocess
subprocess.Popen(['sleep', '4711.5'], start_new_session=True)
print('started')
""",
    ),
)
