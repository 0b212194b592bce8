r"""What would give an answer away, as regular expressions for code, mathematics and words.

They are searched for in the text of a cell with every run of white space as one space and with the pieces of a string
joined. `~` in an expression stands for white space, which may be missing.
"""

import re

_P_Q = r"\(?p~(\*|\\cdot|\\,)?~\(1~-~p\)"  # p (1 - p)

# The code exercises: what students are asked to write.
EXERCISES = {
    "A3.1": [
        r"x~@~\w+\.T\b",
        r"\bdx~=~W~(@|\\,)?~dz",
        r"W~@~dz\b",
        r"dW~=~x",
        r"x~(\\,)?~dz\^T",
        r"x times the gradient from above",
        r"dz\.sum\(",
        r"\bdb~=~(\\sum|dz)",
    ],
    "A3.2": [
        rf"\bdp~(\*|\\cdot|\\,)?~{_P_Q}",
        rf"{_P_Q}~(\*|\\cdot|\\,)?~dp",
        rf"(sigmoid|sigma)\W*'?.{{0,60}}{_P_Q}",
        r"\\cdot~p~\(1",
        r"p times \(?(1|one) minus p",
    ],
    "A3.3": [
        r"p~-~t\b",
        r"-~t~/~p\b",
        r"\(1~-~t\)~/~\(1~-~p\)",
        r"\\frac\{1~-~t\}\{1~-~p\}",
        r"everything cancels",
    ],
    "A6": [
        r"\bW~-=",
        r"\bW~=~W~-",
        r"W~-~\w*rate\w*~\*~dW",
        r"W~(\\leftarrow|\\gets)",
        r"range\(steps\)",
        r"sigmoid_backward\(p, nll_backward",
    ],
    "A7.2": [r"eigvalsh?\(", r"X, 2\)~\*\*~2", r"8~/~np\.linalg", r"X\^T~X", r"X\.T~@~X"],
    "B2.1": [
        r"z~-~(np\.)?(z\.)?a?max\(",
        r"z~-~\\max",
        r"subtract\w* (its|the|each column's) (largest|highest|maximum)",
    ],
    "B2.2": [
        r"y~\*~\(dy~-",
        r"y~(\\odot|\\circ)~\(dy",
        r"\(dy~\*~y\)|\(y~\*~dy\)",
        r"y\^T~(\\,)?~dy|dy\^T~(\\,)?~y\b",
        r"\\sum_\w~(dy_\w~(\\,)?~y_\w|y_\w~(\\,)?~dy_\w)",
    ],
    "B2.3": [
        r"one-hot",
        r"\]~-=~1\b",
        r"eye\([^)]*\)\[",
        r"minus the one that should have been",
        r"minus 1 (at|in|for) the (true|right)",
    ],
    "B3": [
        r"linear_backward\(W2,~a1",
        r"sigmoid_backward\(a1",
        r"a1~\*~\(1~-~a1\)",
        r"a1~@~dz2?\.T",
        r"a_1~\(1~-~a_1\)",
        r"W2~@~dz",
        r"W_2~(\\,)?~dz",
    ],
    "B4": [
        r"range\(0,~[\w.\[\]]+,~batch_size\)",
        r"start~\+~batch_size",
        r"W1~-=|W1~=~W1~-",
        r"- (learning_)?rate~\*~(dW|gradient)",
    ],
    "C1": [
        r"a1~(>|!=)~0",
        r"z1~>~0",
        r"np\.where\(a1",
        r"pass\w* the gradient on where",
        r"linear_backward\(W2,~a1",
    ],
    "C2": [
        r"v~(\\leftarrow|\\gets)",
        r"\\mu~(\\,)?~v~-",
        r"(momentum|0\.9)~\*~v",
        r"g~\+~\\lambda",
        r"W~\+~v",
        r"l2~\*~W",
    ],
    "C8": [
        r"np\.r(ou)?int\w*\(accuracies|round\(accuracies",
        r"(within|atol~=|<=?|\+) ?0\.005",
        r"half a unit of the last",
        r"whole number of images (is )?nearest|nearest whole number of images",
    ],
    "C9": [
        r"mean\(axis=1",
        r"mean\(1\b",
        r"train~-~(mean|train\.mean)",
        r"validation~-~(mean|train)",
        r"mean of the training images",
    ],
}

# The written answers: what a model answer says.
WRITTEN = {
    "A7.1 written": [
        r"loss (also )?(depends on|sees) \W*how far",
        r"[Ee]rror (only )?counts",
        r"jumps of one point",
        r"both rise a little",
    ],
    "A7.2 written": [
        r"never more than the length",
        r"(slope|gradient) of (one|a|each) point",
        r"gradient (hardly|no longer) grows",
        r"\(1~-~p\)\$? is small\b",
        r"convex, so each step",
    ],
    "B5 written": [
        r"looks for ink in its red",
        r"still the small random",
        r"have no ink in any",
        r"gradient of a weight is",
        r"never gets? a gradient",
        r"the 5 (above all|is missed)",
    ],
    "B6 written": [
        r"has a signature",
        r"raises the validation error, these runs do not show",
        r"rises \W*while the training (loss|error) goes on falling",
        r"over-?fitting in the validation \W*loss\W*, but not",
        r"a gap alone",
    ],
    "B7 written": [
        r"far better, not slightly worse",
        r"more updates, not fewer",
        r"(against|rules out|for) reading [123]",
        r"full batch it is still far above",
    ],
    "C9 written": [
        r"leaky ReLU",
        r"negative_slope",
        r"slope of 0\.01?\b",
        r"switch(ed)? off",
        r"lets a little of the negative side",
    ],
    "seeds written": [
        r"[Ii]ntervals that (exclude|leave out) \W*zero",
        r"[Oo]ne interval (excludes|leaves out) \W*zero",
        r"ten seeds cannot tell",
        r"order of the three .{0,20}cannot be told",
        r"where 8e-4 belongs",
        r"(both|either) sides? of (the line|zero)",
        r"700 units are (better|below)",
        r"intervals would be about a third",
    ],
    "conclusions written": [
        r"Three explanations, three answers",
        r"explains its (rate|size) curve by",
        r"does not explain the error",
        r"Over-fitting would need",
        r"\*\*In a hurry",
    ],
}

# The predictions, graded ones first: an expression for the words of the question, what the result would be, and where
# the text may say so, if that is not in the next "What you should see".
PREDICTIONS = {
    "A7.2 prediction": (
        r"still falling, or jumping up and down",
        [
            r"0\.0003.{0,60}fall\w* slowly",
            r"0\.0?3 .{0,20}(fall\w* fast|faster)",
            r"0\.07.{0,40}(zigzag|jumps|settle|overshoot)",
            r"a seven(th|tieth)",
        ],
    ),
    "B1 prediction": (
        r"(what will|large is) the loss of one image",
        [r"ln 10|\\ln~10", r"log\((1/)?10\)", r"\b2\.30?\b", r"1/10", r"one tenth"],
    ),
    "C4 prediction": (
        r"more images were misclassified with 1,000 units",
        [r"\bon \W*one\W* image\b", r"2[01] of 1,000", r"either of the two may", r"four or five either way"],
    ),
    "A1 guess": (r"what are the shapes after the linear layer", [r"turns 4 numbers into 3", r"keeps them 3"]),
    "A2 guess": (
        r"entries .{0,40}different from zero",
        [r"only its diagonal", r"zero off the diagonal", r"is diagonal"],
    ),
    "A4 guess": (r"shape of the gradient that the linear layer", [r"[Ee]ach gradient has the shape of what"]),
    "A5 guess": (
        r"wrong side( of the line)?[:?]",
        [r"\b1[89](\.\d+)? %", r"clouds overlap", r"[Oo]verlapping clouds"],
    ),
    "A7.1 guess": (
        r"share of the initial excess loss will be left",
        [r"less than a thousandth", r"next to nothing"],
    ),
    "A7.3 guess": (
        r"write the same loss in another way|differ only in how the loss is computed",
        [r"becomes? exactly 1", r"ends (before|early)", r"0 \\cdot \\log 0|zero times infinity"],
    ),
    "B line guess": (
        r"arranged like a checkerboard",
        [r"cuts off", r"No line does better", r"\b25 %", r"a quarter of the points"],
    ),
    "B3 guess": (
        r"many weights and biases does a 784",
        [r"79,510", r"80,000", r"nearly all (of them )?(sit|are) in"],
    ),
    "B4 guess": (
        r"validation error .{0,20}(expect|after 20 epochs)",
        [r"six or seven percent", r"next to nothing"],
    ),
    "B4 mistake guess": (
        r"a factor is missing in the backward pass",
        [r"errors? (hardly|do not|does not) (differ|show)", r"(errors|networks) are about the same"],
    ),
    "B5 guess": (
        r"misclassified least often",
        [r"the 1 (has|is)", r"spread thinly", r"many (different|pairs)", r"simplest shape"],
        "In the confusion matrix",
    ),
    "B6 guess": (
        r"fall all the way, or turn|300, what will the validation error do",
        [r"validation error (falls more slowly|levels off)", r"up to 100 units", r"does not turn"],
    ),
    "B6 epochs guess": (
        r"After 100 epochs instead of 20",
        [r"validation loss .{0,30}(turns|rises)", r"lowest in the first third"],
    ),
    "B7 half guess": (
        r"Half of the images for 20 epochs, or all images",
        [r"raises the error more than", r"fewer different examples", r"(slightly|far) (worse|better)"],
    ),
    "C2 guess": (r"the gradient never changes\. The steps", [r"ten times as long", r"1/\(1 - \\mu\)"]),
    "C3 guess": (
        r"How will the run at 3e-3 end",
        [r"does not grow( without end)?", r"stays (high|low|below)\b", r"one that crawls", r"23\.2 %"],
    ),
    "C6 guess": (
        r"Which validation accuracy will be printed",
        [r"accuracy of exactly 10", r"called a 0\b", r"near 10 %"],
    ),
    "C9 guess, dead units": (
        r"how many still receive a gradient",
        [r"[Mm]ore than half", r"nearly all (of them are dead|at|are dead)", r"half of the units dead"],
    ),
    "C9 guess, mean subtracted": (
        r"validation error will 200 units have",
        [r"no longer stand out", r"stays at zero", r"as well as 1,000", r"near one percent"],
    ),
    "seeds guess, images": (r"images does each need", [r"320,000", r"hundreds of thousands"]),
    "causes guess": (
        r"of 200 units on raw pixels then",
        [r"lowest with centred", r"highest with the ReLU", r"do worse on raw pixels"],
    ),
}

GIVEAWAYS = EXERCISES | WRITTEN | {name: found for name, (_, found, *_) in PREDICTIONS.items()}


def squeezed(text: str) -> str:
    """A text with its white space as single spaces, and with a string that is written in pieces as one."""
    return re.sub(r"\s+", " ", re.sub(r'" *\n\s*f?"', "", text))


def matches(name: str, text: str) -> list[str]:
    """What in a text gives this exercise, written answer or prediction away."""
    expressions = (expression.replace("~", r"\s*") for expression in GIVEAWAYS[name])
    return [found[0] for each in expressions if (found := re.search(each, squeezed(text)))]
