"""What the report claims, in our words, and what a verdict on a claim consists of."""

from collections.abc import Sequence
from dataclasses import dataclass

from labutils._internal import arguments

CLAIMS = {
    "A1": "The linear layer outputs n numbers, the sigmoid keeps the shape, and the NLL outputs one number.",
    "A2": "The gradient of the NLL is a vector, n×n, that of the sigmoid a scalar, and that of the linear layer m×n.",
    "A3": "The three layers, in code that is not available.",
    "A4": "The forward pass runs linear, sigmoid and NLL, and the backward pass NLL, sigmoid and linear.",
    "A5": "A straight line is expected to separate the two groups.",
    "A6": "The training loop, in code that is not available.",
    "A7.1": "At rate 0.02 training converges well, because the error falls and the line settles in the right place.",
    "A7.2": "At rate 0.03 it is too slow, and the error does not fall far enough (training 17.5 %, test 15 %).",
    "A7.3": "At rate 2 it diverges, and no error can be computed.",
    "B1": "The network has the five stages linear, sigmoid, linear, softmax and loss.",
    "B2": "The new layers, in code that is not available.",
    "B3": "The network, in code that is not available.",
    "B4": "The training, in code that is not available.",
    "B5": "Validation results on MNIST, in figures that are not available.",
    "B6": "A larger layer costs memory and time, and accuracy rises until over-fitting raises the validation error.",
    "B7": "Learning is faster but has fewer stages. Updates use fewer examples, and accuracy is slightly lower.",
    "C1": "The network and its training options, in code that is not available.",
    "C2": "sgdm is gradient descent with momentum, the rate is the step size, and an epoch is a pass over the images.",
    "C3.1": "5e-4 and 8e-4 are slowish but reach a reasonable validation error (3.6 % and 4.8 %).",
    "C3.2": "A higher rate lets the steps come closer to the minimum, and 1e-3 is best (2.4 %).",
    "C3.3": "3e-3 is too high and misses the global minimum (23.2 %).",
    "C4.1": "At 1e-3, 200, 500 and 700 units reach 8.1, 3.8 and 2.0 %, because more parameters resolve finer detail.",
    "C4.2": "1,000 units (2.1 %) are worse than 700 because of over-fitting, so 700 is the best size.",
    "C5.1": "5e-5 is far too small, with an error of 9.0 % after the same number of epochs.",
    "C5.2": "At 5e-5 the training error reaches 0 % only near the end, while the other runs need a few epochs.",
    "C6.1": "An exaggerated rate (not stated) diverges, with NaN from iteration 300 on and an error of 100 %.",
    "C6.2": "That run does not reach its end.",
    "C7.1": "The loss measures how far the output is from the right class, so lowering it directly raises accuracy.",
}

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "cannot be told from these runs"
UNTESTED = "not tested"
CONTRADICTED = "contradicted by the report's own numbers"
DEFINITION = "true by definition"
UNSEEN = "cannot be checked"  # because the report's code or figures are not available
_OUTCOMES = (HOLDS, FAILS, OPEN, UNTESTED, CONTRADICTED, DEFINITION, UNSEEN)


@dataclass(frozen=True)
class Statement:
    """One statement of a claim, such as the reason that it gives, with its own outcome and evidence."""

    text: str
    outcome: str
    evidence: str

    def __post_init__(self) -> None:
        arguments.one_of("outcome", self.outcome, _OUTCOMES)
        arguments.instance(str, text=self.text, evidence=self.evidence)


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim of the report, with a sentence of evidence that contains the numbers."""

    claim: str
    outcome: str
    evidence: str
    part: str = ""  # the part of the claim that the outcome is about
    statements: Sequence[Statement] = ()  # the rest of the claim, each with an outcome

    def __post_init__(self) -> None:
        arguments.one_of("claim", self.claim, tuple(CLAIMS))
        arguments.one_of("outcome", self.outcome, _OUTCOMES)
        arguments.instance(str, evidence=self.evidence, part=self.part)
        statements = arguments.items("statements", self.statements, Statement)
        object.__setattr__(self, "statements", tuple(statements))
