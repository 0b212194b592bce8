"""What the report claims, in our words, and the verdict on a claim."""

from dataclasses import dataclass

from labutils._internal import arguments

CLAIMS = {
    "A1": "Outputs: the linear layer gives n numbers, the sigmoid keeps the shape, the NLL gives one number.",
    "A2": "Gradients: of the NLL a vector, n×n; of the sigmoid a scalar; of the linear layer m×n.",
    "A3": "The three layers can be written in a few lines of code.",
    "A4": "Forward runs linear, sigmoid, NLL; backward runs NLL, sigmoid, linear.",
    "A5": "A straight line should separate the two groups.",
    "A6": "The training loop can be written in a few lines of code.",
    "A7.1": "At rate 0.02 the run converges well and the line settles.",
    "A7.2": "At rate 0.03 it is too slow: training error 17.5 %, test error 15 %.",
    "A7.3": "At rate 2 it diverges, and no error can be computed.",
    "B1": "The network has five stages: linear, sigmoid, linear, softmax, loss.",
    "B2": "The new layers can be written in a few lines of code.",
    "B3": "The network can be written in a few lines of code.",
    "B4": "Its training can be written in a few lines of code.",
    "B5": "The validation results on MNIST (the report's figures are not available).",
    "B6": "More hidden units cost memory and time; accuracy rises until over-fitting raises the validation error.",
    "B7": "Learning gets faster, but with fewer stages, so accuracy is slightly lower.",
    "C1": "A toolbox builds and trains the network in a few lines.",
    "C2": "sgdm is gradient descent with momentum; the rate is the step size; epochs count the passes.",
    "C3.1": "5e-4 and 8e-4 are slowish but reach a reasonable validation error (3.6 % and 4.8 %).",
    "C3.2": "A higher rate comes closer to the minimum; 1e-3 is best (2.4 %).",
    "C3.3": "3e-3 is too high and misses the minimum (23.2 %).",
    "C4.1": "At 1e-3 the error falls with the hidden units (200, 500, 700: 8.1, 3.8, 2.0 %): finer resolution.",
    "C4.2": "1000 units (2.1 %) are worse than 700 because of over-fitting.",
    "C5.1": "5e-5 is far too small: 9.0 % after the same number of epochs.",
    "C5.2": "There alone the training error reaches 0 % late; other runs need a few epochs.",
    "C6.1": "An exaggerated rate diverges: NaN from iteration 300 on, validation error 100 %.",
    "C6.2": "That run does not reach its end.",
    "C7.1": "Lowering the loss directly raises the accuracy.",
}

HOLDS = "holds"
FAILS = "does not hold"
OPEN = "cannot be told from these runs"
CONTRADICTED = "contradicted by the report's own numbers"
DEFINITION = "a matter of definition"


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim of the report, with a sentence of evidence that contains the numbers.

    part: the part of the claim that the outcome is about, if the rest of the claim has another outcome.
    """

    claim: str
    outcome: str
    evidence: str
    part: str = ""

    def __post_init__(self) -> None:
        arguments.one_of("claim", self.claim, tuple(CLAIMS))
        arguments.one_of("outcome", self.outcome, (HOLDS, FAILS, OPEN, CONTRADICTED, DEFINITION))
        arguments.instance(str, evidence=self.evidence, part=self.part)

    def __str__(self) -> str:
        about = f" ({self.part})" if self.part else ""
        return f"{self.claim} {self.outcome}{about}: {self.evidence}."
