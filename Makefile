# make lab: install what the notebooks need and open Part A in JupyterLab.
# make test: install the tools for the tests, and run the fast tests.   CONTRIBUTING.md explains the other targets.
PYTHON ?= python3
BIN = .venv/bin
READY = .venv/ready
DEV = .venv/dev
INSTRUCTOR = .venv/instructor
MUTATION = .venv/mutation
LITE_READY = .venv/lite
NOTEBOOKS = notebooks/part_a_logistic_regression.ipynb notebooks/part_b_two_layer_network.ipynb notebooks/part_c_learning_rate_study.ipynb
WORKERS = 3
SLOW = slow or notebook or browser or instructor
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
NBVAL = --nbval --nbval-current-env --nbval-cell-timeout=600
UV := $(shell command -v uv)
INSTALL = $(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet) --editable
export JUPYTER_PREFER_ENV_PATH = 1
# Settings that would install or import packages from elsewhere.
unexport PYTHONPATH PYTHONHOME PIP_PREFIX PIP_TARGET PIP_ROOT PIP_USER VIRTUAL_ENV
# In an ASCII-only locale Python fails in a path with other letters, and its own message does not say why.
ifeq ($(PYTHONUTF8),0)
ifeq ($(shell $(PYTHON) -c "import os, sys; print(sys.getfilesystemencoding() == 'ascii' and not os.getcwd().isascii())"),True)
$(error The path of this folder has letters that Python cannot read in this locale: set PYTHONUTF8=1)
endif
endif
# Jupyter and matplotlib write files into the home folder. If that is not possible, they get a temporary one.
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export HOME := $(shell mktemp -d)
endif
# After a folder was copied or moved, its .venv still imports the labutils of the old folder, or none at all.
ifneq ($(shell test -x $(BIN)/python && $(BIN)/python -I -c "import os, importlib.util as i; print(os.path.samefile(os.path.dirname(i.find_spec('labutils').origin), 'labutils'))" 2>/dev/null),True)
STALE = stale
endif

.PHONY: lab test test-all rest pytest study html lite release grade mark transfer bench matrix mutation notebooks regenerate clean stale

lab: $(READY)
	$(BIN)/python -m jupyterlab --LabApp.default_url=/lab/tree/notebooks/part_a_logistic_regression.ipynb

# The fast tests, and the three notebooks, whose outputs must be the ones that are stored.
test: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(PYTEST) $(NBVAL) $(NOTEBOOKS) tests -m "not ($(SLOW))"

test-all: test rest

# The tests that `make test` leaves out.
rest: $(DEV)
	$(PYTEST) tests -m "$(SLOW)"

# The tests in a clone that uses the .venv of another folder: what `make matrix` runs.
pytest:
	PYTHONPATH="$$CHECKOUT" $(PYTEST) $(NBVAL) $(TESTS)

# The tests under other BLAS kernels, packages, Pythons, locales and file systems (about two hours): tests/README.md.
matrix: $(DEV)
	$(BIN)/python -m tests.matrix $(CELLS)

# Do the tests notice a changed line of the seven files of the lecture? In a copy, build/mutation (a quarter of an hour).
mutation: $(MUTATION)
	rm -rf build/mutation
	mkdir -p build/mutation
	cp -R labutils tests data pyproject.toml .gitattributes build/mutation
	cd build/mutation && ../../$(BIN)/python -m mutmut run $(MUTMUT)
	cd build/mutation && ../../$(BIN)/python -m mutmut results
	cd build/mutation && ../../$(BIN)/python -m mutmut results --all true | awk -F '[.: ]+' '{ n[$$3]++; n["all"]++; if (/: (killed|timeout)$$/) { k[$$3]++; k["all"]++ } } END { for (m in n) printf "%-9s %5d mutants, %5.1f %% killed\n", m, n[m], 100 * k[m] / n[m] }'

# How long a training step takes, next to a plain NumPy loop, PyTorch (if it is installed) and scikit-learn, and what one
# waits for. BENCH="--only waiting" measures one part.
bench: $(DEV)
	$(BIN)/python -m tests.benchmarks $(BENCH)

# The runs of the study, into data/study.csv and data/study_histories.csv. After an interrupt it resumes.
study: $(READY)
	$(BIN)/python data/make_study.py
	$(BIN)/python data/update_checksums.py

# Run the notebooks again in place, then remove what must not be stored.
notebooks: $(DEV)
	LABUTILS_FRAMES=1 $(BIN)/python -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False --NotebookExporter.preprocessors=nbconvert.preprocessors.coalescestreams.CoalesceStreamsPreprocessor $(NOTEBOOKS)
	$(BIN)/python tests/parts/after_a_run.py

# After a change to an exercise, a configuration or the update rule: every file that depends on it (about an hour).
regenerate: $(DEV)
	$(BIN)/python -m labutils.instructor.bank
	$(BIN)/python data/update_checksums.py
	rm -rf build/study
	$(BIN)/python data/make_study.py
	$(BIN)/python data/update_checksums.py
	$(BIN)/python data/make_bands.py
	$(BIN)/python data/make_targets.py
	$(BIN)/python data/update_checksums.py
	$(MAKE) notebooks

# The notebooks as pages that need neither Jupyter nor a network: build/html/index.html. No cell is run.
# make html RELEASE=1: the students' version, without solutions and results.
html: $(if $(RELEASE),release,$(DEV))
	$(BIN)/python -m labutils.instructor.pages $(if $(RELEASE),--release)

# The students' version as a site that runs in a browser alone: build/lite. LITE="--pyodide FOLDER" for a site without
# other addresses (a folder with Pyodide 0.27).
lite: release $(LITE_READY)
	$(BIN)/python -m labutils.instructor.lite $(LITE)

# The students' version as a zip, and the grading of what they hand in: labutils/instructor/README.md.
release: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.release

grade: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.grade $(GRADE)

# make mark GRADER=Noa: mark in formgrader what was graded. Ctrl+C ends it.
mark: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.formgrader $(if $(GRADER),--grader "$(GRADER)")

# make transfer OLD=a student's notebook, folder or zip [NEW=the zip of a release] [TO=a new folder]
transfer: $(INSTRUCTOR)
	$(BIN)/python -m labutils.instructor.transfer "$(OLD)" $(if $(NEW),"$(NEW)") $(if $(TO),--to "$(TO)")

$(READY): pyproject.toml $(STALE)
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed: make PYTHON=python3.12 ...' if sys.version_info < (3, 11) else 0)"
	@echo "Installing NumPy, pandas, matplotlib, SciPy and JupyterLab into the folder .venv:"
	@echo "about 150 MB are downloaded and 700 MB are installed, which takes one to three minutes."
	@$(PYTHON) -m venv $(if $(STALE),--clear) .venv
	@$(INSTALL) ".[lab]"
	@touch $(READY)

$(DEV): $(READY)
	@echo "Installing the tools for the tests into .venv (about 370 MB more, up to a minute)."
	@$(INSTALL) ".[dev]"
	@touch $(DEV)

$(INSTRUCTOR): $(READY)
	@$(INSTALL) ".[dev,instructor]"
	@touch $(INSTRUCTOR)

$(LITE_READY): $(INSTRUCTOR)
	@$(INSTALL) ".[dev,instructor,lite]"
	@touch $(LITE_READY)

$(MUTATION): $(DEV)
	@$(INSTALL) ".[dev,mutation]"
	@touch $(MUTATION)

stale:
	@test ! -e .venv || echo "The set-up in .venv is incomplete or belongs to another folder, so it is made again."

clean:
	rm -rf .venv build dist
