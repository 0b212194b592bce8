"""Make data/digits_10k.npz: 10,000 digits, 1,000 of each, rendered from the fonts that Matplotlib ships.

Each image shows one digit in one of 20 faces on 28 x 28 pixels of 0 to 255. Its size, rotation and shift are drawn at
random within the limits of a `Rendering`. `choose_digits.py` compares the renderings in `RENDERINGS`; this script uses
the one that it chose, `CHOSEN`.

Needs the extra `make-data`. Run `python data/make_digits_10k.py` to write the file again; the file records
the versions of Pillow and FreeType that drew it, since another FreeType may shade an edge differently.
"""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

SEED = 0
PER_DIGIT = 1000
SIZE = 28  # pixels, both ways
CANVAS = 3 * SIZE  # drawn on a larger canvas, so that the rotation cuts off no corner
STYLES = {
    "DejaVuSans": ["", "-Bold", "-Oblique", "-BoldOblique"],
    "DejaVuSansMono": ["", "-Bold", "-Oblique", "-BoldOblique"],
    "DejaVuSerif": ["", "-Bold", "-Italic", "-BoldItalic"],
    "STIXGeneral": ["", "Bol", "Italic", "BolIta"],
    "cm": ["b10", "r10", "ss10", "tt10"],
}
FACES = [family + style + ".ttf" for family, styles in STYLES.items() for style in styles]


class Rendering(NamedTuple):
    """How the digits are drawn. Sizes are font sizes in whole pixels, both included."""

    smallest: int
    largest: int
    shift: float  # pixels: each digit is moved by up to this much, both ways
    whole_pixels: bool  # the shift is a whole number of pixels
    rotation: float  # degrees: each digit is rotated by up to this much, both ways
    drawn: int  # times as large as it ends up, then averaged; 1 is not averaged

    def __str__(self) -> str:
        steps = ", whole pixels" if self.whole_pixels else ""
        shown = f"{self.smallest} to {self.largest} px, ±{self.shift:g} px{steps}, ±{self.rotation:g}°"
        return f"{shown}, drawn {self.drawn}×"


SIZES = [(16, 22), (17, 22), (18, 22)]
# 24 renderings, declared before the first of them was tried.
RENDERINGS = [
    *(Rendering(*sizes, 1, True, 45, 1) for sizes in SIZES),  # the first of these is that of version 0.1.0
    *(Rendering(*sizes, 1, False, 45, 1) for sizes in SIZES),
    *(
        Rendering(*sizes, shift, False, turn, 4)
        for sizes, shift, turn in product(SIZES, (0.8, 1, 1.2), (35, 45))
    ),
]
CHOSEN = Rendering(17, 22, 1.2, False, 35, 4)


def draw(digit: int, font: ImageFont.FreeTypeFont, angle: float, shift: np.ndarray, drawn: int) -> np.ndarray:
    """One digit, its ink centred, then rotated by angle (degrees) and shifted (pixels): (784,) uint8."""
    side = CANVAS * drawn
    canvas = Image.new("L", (side, side), 0)
    left, top, right, bottom = font.getbbox(str(digit))
    corner = (side - left - right) / 2, (side - top - bottom) / 2
    ImageDraw.Draw(canvas).text(corner, str(digit), fill=255, font=font)
    canvas = canvas.rotate(angle, resample=Image.Resampling.BILINEAR)
    x, y = drawn * ((CANVAS - SIZE) / 2 + shift)
    box = (x, y, x + drawn * SIZE, y + drawn * SIZE)
    filtering = Image.Resampling.BILINEAR if drawn == 1 else Image.Resampling.BOX
    return np.asarray(canvas.resize((SIZE, SIZE), filtering, box), dtype=np.uint8).ravel()


def make_digits_10k(rendering: Rendering = CHOSEN) -> tuple[np.ndarray, np.ndarray]:
    """Images (10000, 784) and labels (10000,), both uint8, digit by digit."""
    rng = np.random.default_rng(SEED)
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    sizes = range(rendering.smallest, rendering.largest + 1)
    fonts = {
        (face, size): ImageFont.truetype(str(folder / face), size * rendering.drawn)
        for face in FACES
        for size in sizes
    }
    images = []
    for digit in range(10):
        for _ in range(PER_DIGIT):
            face, size = FACES[rng.integers(len(FACES))], int(rng.integers(sizes.start, sizes.stop))
            angle = rng.uniform(-rendering.rotation, rendering.rotation)
            if rendering.whole_pixels:
                shift = rng.integers(-int(rendering.shift), int(rendering.shift) + 1, size=2)
            else:
                shift = rng.uniform(-rendering.shift, rendering.shift, size=2)
            images.append(draw(digit, fonts[face, size], angle, shift, rendering.drawn))
    return np.array(images), np.repeat(np.arange(10, dtype=np.uint8), PER_DIGIT)


def drawn_with() -> str:
    """The versions that decide how the digits look."""
    return f"Pillow {features.version('pil')}, FreeType {features.version('freetype2')}"


if __name__ == "__main__":
    x, y = make_digits_10k()
    np.savez_compressed(Path(__file__).with_name("digits_10k.npz"), x=x, y=y, drawn_with=drawn_with())
