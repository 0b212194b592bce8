"""Make data/digits_10k.npz: 10,000 digits, 1,000 of each, rendered from the fonts that Matplotlib ships.

Each image is one digit in one of 20 faces, 16 to 22 px high, rotated by up to 45 degrees either way and
shifted by up to one pixel, on 28 x 28 pixels of 0 to 255.

Needs the extra `make-data`. Run `python data/make_digits_10k.py` to write the file again; the file records
the versions of Pillow and FreeType that drew it, since another FreeType may shade an edge differently.
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

SEED = 0
PER_DIGIT = 1000
SIZE = 28  # pixels, both ways
CANVAS = 3 * SIZE  # drawn large, so that no corner is cut off by the rotation
STYLES = {
    "DejaVuSans": ["", "-Bold", "-Oblique", "-BoldOblique"],
    "DejaVuSansMono": ["", "-Bold", "-Oblique", "-BoldOblique"],
    "DejaVuSerif": ["", "-Bold", "-Italic", "-BoldItalic"],
    "STIXGeneral": ["", "Bol", "Italic", "BolIta"],
    "cm": ["b10", "r10", "ss10", "tt10"],
}
FACES = [family + style + ".ttf" for family, styles in STYLES.items() for style in styles]


def draw(digit: int, font: ImageFont.FreeTypeFont, angle: float, shift: np.ndarray) -> np.ndarray:
    """One digit, its ink centred, then rotated by angle (degrees) and shifted (pixels): (784,) uint8."""
    canvas = Image.new("L", (CANVAS, CANVAS), 0)
    left, top, right, bottom = font.getbbox(str(digit))
    corner = (CANVAS - left - right) / 2, (CANVAS - top - bottom) / 2
    ImageDraw.Draw(canvas).text(corner, str(digit), fill=255, font=font)
    canvas = canvas.rotate(angle, resample=Image.Resampling.BILINEAR)
    x, y = (CANVAS - SIZE) // 2 + shift
    return np.asarray(canvas.crop((x, y, x + SIZE, y + SIZE)), dtype=np.uint8).ravel()


def make_digits_10k() -> tuple[np.ndarray, np.ndarray]:
    """Images (10000, 784) and labels (10000,), both uint8, digit by digit."""
    rng = np.random.default_rng(SEED)
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    fonts = {
        (face, size): ImageFont.truetype(str(folder / face), size) for face in FACES for size in range(16, 23)
    }
    images = []
    for digit in range(10):
        for _ in range(PER_DIGIT):
            face, size = FACES[rng.integers(len(FACES))], int(rng.integers(16, 23))
            angle, shift = rng.uniform(-45, 45), rng.integers(-1, 2, size=2)
            images.append(draw(digit, fonts[face, size], angle, shift))
    return np.array(images), np.repeat(np.arange(10, dtype=np.uint8), PER_DIGIT)


def drawn_with() -> str:
    """The versions that decide how the digits look."""
    return f"Pillow {features.version('pil')}, FreeType {features.version('freetype2')}"


if __name__ == "__main__":
    x, y = make_digits_10k()
    np.savez_compressed(Path(__file__).with_name("digits_10k.npz"), x=x, y=y, drawn_with=drawn_with())
