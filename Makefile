# make lab: set everything up and open Part A.   make test: the same set-up, then every test and every notebook.
PYTHON ?= python3
BIN = .venv/bin
READY = .venv/ready
EXTRAS = dev
TESTS = notebooks tests
WORKERS = 3
INSTRUCTOR = .venv/instructor
MUTATION = .venv/mutation
export JUPYTER_PREFER_ENV_PATH = 1
# Python that knows ASCII alone does not start from a path with other letters: said here, because Python says it badly.
ifeq ($(PYTHONUTF8),0)
ifeq ($(shell $(PYTHON) -c "import os, sys; print(sys.getfilesystemencoding() == 'ascii' and not os.getcwd().isascii())"),True)
$(error Python was told to know ASCII alone, and the path of this folder has other letters: set PYTHONUTF8=1)
endif
endif
# Jupyter and matplotlib keep files of their own in the home folder: one that can be written to.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export HOME := $(shell mktemp -d)
endif

.PHONY: lab test pytest matrix notebooks html bench study mutation release grade clean

lab: $(READY)
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/part_a_logistic_regression.ipynb

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) pytest

# The tests alone. A file goes to one process; the long ones come first.
pytest:
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=600 $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The same under other BLAS kernels, versions, Pythons, locales and file systems (about two hours): tests/README.md.
matrix: $(READY)
	$(BIN)/python -m tests.matrix $(CELLS)

# Run the notebooks again, in place, each in a fresh kernel, as they are committed; then tidy what the run left (tests/notebooks/after_a_run.py).
notebooks: $(READY)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False --NotebookExporter.preprocessors=nbconvert.preprocessors.coalescestreams.CoalesceStreamsPreprocessor notebooks/part_*.ipynb
	$(BIN)/python tests/notebooks/after_a_run.py

# The committed notebooks as pages that need no kernel, no script and no network: build/html/index.html. Runs nothing.
html: $(READY)
	$(BIN)/python -m labutils.instructor.pages

# How fast a training step is, beside its bare matrix products, PyTorch (where it is installed) and scikit-learn.
bench: $(READY)
	$(BIN)/python -m tests.benchmarks

# The report's ten runs on ten seeds, and their variations, into data/study.csv; goes on where it was interrupted.
study: $(READY)
	$(BIN)/python data/make_study.py

# Do the tests notice a changed line of layers, losses, network or training? In a copy, build/mutation; a quarter of an hour.
mutation: $(MUTATION)
	rm -rf build/mutation
	mkdir -p build/mutation
	cp -R labutils tests data pyproject.toml build/mutation
	cd build/mutation && ../../$(BIN)/mutmut run $(MUTMUT)
	cd build/mutation && ../../$(BIN)/mutmut results
	cd build/mutation && ../../$(BIN)/mutmut results --all true | awk -F '[.: ]+' '{ n[$$3]++; n["all"]++; if (/: (killed|timeout)$$/) { k[$$3]++; k["all"]++ } } END { for (m in n) printf "%-8s %5d mutants, %5.1f %% killed\n", m, n[m], 100 * k[m] / n[m] }'

# The students' version as a zip, and grading what they hand in: labutils/instructor/README.md is the guide.
release: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.release

grade: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.grade $(GRADE)

$(INSTRUCTOR): $(READY)
	$(BIN)/python -m pip install --quiet --editable ".[instructor]"
	touch $(INSTRUCTOR)

$(MUTATION): $(READY)
	$(BIN)/python -m pip install --quiet --editable ".[mutation]"
	touch $(MUTATION)

$(READY): pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed: make PYTHON=python3.12 ...' if sys.version_info < (3, 11) else 0)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".[$(EXTRAS)]"
	touch $(READY)

clean:
	rm -rf .venv build dist
