"""Pictures for pages, from what somebody else wrote: PNG and JPEG alone, as data, and small."""

import base64
import binascii
import functools
import io
import re
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
_MOST_BYTES = 10_000_000  # of a picture that is read
_MOST_PIXELS = 30_000_000
_MOST_SHOWN = 400_000  # bytes of a picture on a page
_SMALL = 6_000  # bytes; smaller pictures stay as they are
_LARGEST = (1_200, 2_400)  # pixels on a page


def data_address(kind: str, content: Any) -> str | None:
    """A picture in base64 as an address for a page; None if it is not a picture of this kind, or too large."""
    text = "".join(map(str, content)) if isinstance(content, list) else str(content)
    if len(text) > 1.4 * _MOST_BYTES:
        return None
    try:
        raw = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not raw.startswith(SIGNATURES[kind]) or len(raw) > _MOST_BYTES:
        return None
    return _shrink(kind, raw)


@functools.lru_cache(maxsize=512)
def _shrink(kind: str, raw: bytes) -> str | None:
    """The address of a picture with fewer colours and pixels; None if it cannot be read or stays too large."""
    if len(raw) <= _SMALL:
        return _address(kind, raw)
    try:
        with Image.open(io.BytesIO(raw), formats=[_FORMATS[kind]]) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            picture = ImageOps.exif_transpose(image)
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
                picture = picture.convert("RGB")
    except Exception:  # Pillow raises errors of many kinds
        return None
    smaller = picture.width <= _LARGEST[0] and picture.height <= _LARGEST[1]
    picture.thumbnail(_LARGEST)
    drawn = _encode(picture, "PNG") if kind == "image/png" else b""
    if drawn and len(drawn) <= _MOST_SHOWN / 2:
        return _address(kind, raw if smaller and len(raw) <= len(drawn) else drawn)
    photo = _encode(picture, "JPEG")
    return _address("image/jpeg", photo) if len(photo) <= _MOST_SHOWN else None


def _encode(picture: Image.Image, form: str) -> bytes:
    """A picture as a file: a PNG with at most 256 colours, or a JPEG on a white ground."""
    file = io.BytesIO()
    if form == "PNG":
        few = picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        if picture.mode == "RGB":
            few.putpalette(_most_common(np.asarray(picture), np.asarray(few)))
        few.save(file, "PNG", optimize=True)
    else:
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture if picture.mode == "RGBA" else None)
        ground.save(file, "JPEG", quality=75)
    return file.getvalue()


def _most_common(colours: npt.NDArray[np.uint8], places: npt.NDArray[np.uint8]) -> bytes:
    """A palette: for each place in it, the colour (of shape (h, w, 3)) that most pixels of this place have."""
    red, green, blue = (colours[..., i].astype(np.int64) for i in range(3))
    codes, counts = np.unique(
        ((places.astype(np.int64) * 256 + red) * 256 + green) * 256 + blue, return_counts=True
    )
    palette = np.zeros((256, 3), np.uint8)
    for code in codes[np.argsort(counts)].tolist():  # the most common comes last
        palette[code >> 24] = (code >> 16) % 256, (code >> 8) % 256, code % 256
    return palette.tobytes()


def _address(kind: str, raw: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"
