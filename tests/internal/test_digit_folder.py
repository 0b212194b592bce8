"""load_digits(folder=...) with folders in which something is wrong, or which contain more than the images."""

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labutils._internal import digit_folder
from labutils.data import load_digits

from ..conftest import nobody, write_digits

GREY = np.arange(784, dtype=np.uint16).reshape(28, 28)


@pytest.fixture
def digits(tmp_path):
    """A folder that is right."""
    write_digits(tmp_path / "digits")
    return tmp_path / "digits"


def image(mode: str, size: tuple[int, int] = (28, 28)) -> Image.Image:
    return Image.fromarray((GREY % 256).astype(np.uint8)).convert(mode).resize(size)


def coloured(mode: str) -> Image.Image:
    """One pixel of it is not grey."""
    picture = image("RGB")
    picture.putpixel((27, 27), (10, 11, 10))
    return picture.convert(mode)


def in_palette() -> Image.Image:
    """Grey values behind indices that are other numbers."""
    picture = Image.fromarray((GREY % 256).astype(np.uint8)).convert("P")
    picture.putpalette([level for index in range(256) for level in [255 - index] * 3])
    return picture


def see_through() -> Image.Image:
    picture = image("LA")
    picture.putpixel((3, 4), (9, 254))
    return picture


def png_of_size(width: int, height: int) -> bytes:
    """The start of a PNG file that says it has this many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13)
    return start + header + struct.pack(">I", zlib.crc32(header)) + bytes(12)


def assert_refused(folder, words: str, place: Path, error: type[Exception] = ValueError) -> None:
    """The error names the argument, this path, and what is wrong."""
    with pytest.raises(error, match=words) as caught:
        load_digits(folder=folder)
    message = str(caught.value)
    assert message.startswith("folder: expected ")
    assert repr(str(place)) in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


class TestIgnores:
    @pytest.mark.parametrize("name", ["digitTrain.csv", "digitTrainSet.mat", "readme.png", ".DS_Store"])
    def test_files_beside_the_ten_folders(self, digits, name):
        (digits / name).write_bytes(b"1,2")
        assert len(load_digits(folder=digits).x_train) == 90

    def test_other_folders_beside_them(self, digits):
        (digits / "__MACOSX").mkdir()
        (digits / "10").mkdir()
        assert len(load_digits(folder=digits).x_train) == 90

    @pytest.mark.parametrize(
        "name", [".DS_Store", "._image0000.png", "Thumbs.db", "desktop.ini", "Desktop.ini"]
    )
    def test_files_of_the_operating_system_inside(self, digits, name):
        (digits / "4" / name).write_bytes(b"no image")
        assert len(load_digits(folder=digits).x_train) == 90


class TestOrder:
    def test_is_that_of_the_names_on_every_disk(self, digits, monkeypatch):
        _, expected, labels = digit_folder.read_digits(digits)
        of_disk = Path.iterdir
        monkeypatch.setattr(Path, "iterdir", lambda self: reversed(sorted(of_disk(self))))
        _, images, same = digit_folder.read_digits(digits)
        np.testing.assert_array_equal(images, expected)
        np.testing.assert_array_equal(same, labels)

    def test_does_not_depend_on_where_the_folder_is(self, digits, monkeypatch):
        monkeypatch.chdir(digits)
        title, images, _ = digit_folder.read_digits(".")
        assert title == "digits in digits"
        np.testing.assert_array_equal(images, digit_folder.read_digits(digits)[1])


class TestReads:
    """Every PNG that shows the same grey values gives them."""

    @pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA"])
    def test_grey_in_every_mode(self, digits, mode):
        image(mode).save(digits / "0" / "image0000.png")
        np.testing.assert_array_equal(digit_folder.read_digits(digits)[1][0], (GREY % 256).ravel())

    def test_a_palette_by_its_levels(self, digits):
        in_palette().save(digits / "0" / "image0000.png")
        np.testing.assert_array_equal(digit_folder.read_digits(digits)[1][0], 255 - (GREY % 256).ravel())

    def test_black_and_white_as_0_and_255(self, digits):
        image("L").point(lambda level: 255 * (level > 99)).convert("1").save(digits / "0" / "image0000.png")
        found = digit_folder.read_digits(digits)[1][0]
        np.testing.assert_array_equal(found, 255 * (GREY % 256 > 99).ravel())

    def test_a_suffix_in_capitals(self, digits):
        (digits / "0" / "image0000.png").rename(digits / "0" / "IMAGE.PNG")
        assert len(load_digits(folder=digits).x_train) == 90


class TestRefusesTheFolder:
    def test_that_is_missing(self, tmp_path):
        assert_refused(tmp_path / "no", "ten folders 0, 1", tmp_path / "no" / "0", FileNotFoundError)

    def test_that_is_a_file(self, tmp_path):
        archive = tmp_path / "DigitsData.zip"
        archive.write_bytes(b"PK")
        assert_refused(archive, "ten folders 0, 1", archive / "0", OSError)

    def test_that_may_not_be_read(self, place):
        write_digits(place / "digits")
        (place / "digits").chmod(0)
        with nobody():
            assert_refused(place / "digits", "cannot be read", place / "digits" / "0", OSError)
        (place / "digits").chmod(0o755)

    def test_that_is_empty(self, tmp_path):
        assert_refused(tmp_path, "cannot be read as a folder", tmp_path / "0", FileNotFoundError)

    def test_without_some_digits(self, digits):
        (digits / "7").rename(digits / "seven")
        (digits / "7").write_bytes(b"a file")
        assert_refused(digits, "cannot be read as a folder", digits / "7", OSError)
        (digits / "3").rename(digits / "03")
        assert_refused(digits, "cannot be read as a folder", digits / "3", OSError)

    @pytest.mark.parametrize("kept", [0, 1, 9])
    def test_with_fewer_images_of_a_digit(self, digits, kept):
        for path in sorted((digits / "6").iterdir())[kept:]:
            path.unlink()
        assert_refused(digits, f"at least 10, got {kept} of 6 and 10 of 0", digits)

    def test_with_one_image_more_of_a_digit(self, digits):
        image("L").save(digits / "9" / "one more.png")
        assert_refused(digits, "got 10 of 0 and 11 of 9 in", digits)

    def test_with_fewer_than_ten_of_each(self, tmp_path):
        write_digits(tmp_path / "few", 9)
        assert_refused(tmp_path / "few", "at least 10, got 9 of 0", tmp_path / "few")

    @pytest.mark.parametrize(
        "name", ["image1.jpg", "image1.bmp", "labels.csv", "Thumbs", "png", "image.png.part"]
    )
    def test_with_another_file_inside(self, digits, name):
        image("L").save(digits / "5" / name, format="PNG")
        assert_refused(digits, f"only PNG files .*{re.escape(repr(name))}", digits / "5")

    def test_with_a_folder_inside_a_digit(self, digits):
        (digits / "5" / "5").mkdir()
        assert_refused(digits, "only PNG files .*'5'$", digits / "5")


class TestRefusesTheFile:
    """The first image of the digit 2 is wrong in one way."""

    @pytest.fixture
    def wrong(self, digits):
        return digits / "2" / "image0000.png"

    @pytest.mark.parametrize("size", [(27, 28), (28, 27), (14, 56), (56, 56)])
    def test_of_another_size(self, digits, wrong, size):
        image("L", size).save(wrong)
        assert_refused(digits, f"has {size[0]} x {size[1]} pixels", wrong)

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
    def test_with_a_colour(self, digits, wrong, mode):
        coloured(mode).save(wrong)
        assert_refused(digits, "has colours", wrong)

    def test_that_is_transparent(self, digits, wrong):
        see_through().save(wrong)
        assert_refused(digits, "transparent", wrong)

    def test_of_16_bits(self, digits, wrong):
        Image.fromarray(256 * GREY).save(wrong)
        assert_refused(digits, "16 bits", wrong)

    @pytest.mark.parametrize("content", [b"", b"x", b"BM" + bytes(900), b"\x89PNG\r\n\x1a\n"])
    def test_that_is_no_png(self, digits, wrong, content):
        wrong.write_bytes(content)
        assert_refused(digits, "not a PNG file", wrong)

    @pytest.mark.parametrize("kind", ["JPEG", "BMP", "GIF"])
    def test_that_is_only_called_png(self, digits, wrong, kind):
        image("L").save(wrong, format=kind)
        assert_refused(digits, "not a PNG file", wrong)

    def test_that_says_it_is_enormous(self, digits, wrong):
        """A decompression bomb is refused by its size, without Pillow's warning, which would be an error here."""
        for side in (10_000, 2**31 - 1):
            wrong.write_bytes(png_of_size(side, side))
            assert_refused(digits, f"has {side} x {side} pixels", wrong)

    def test_that_is_cut(self, digits, wrong):
        content = wrong.read_bytes()
        for length in (30, 60, len(content) // 2, len(content) - 20):
            wrong.write_bytes(content[:length])
            assert_refused(digits, "is damaged", wrong)

    def test_in_which_a_bit_is_flipped(self, wrong):
        """Whichever bit it is, the image is refused or stays the same."""
        content, expected = wrong.read_bytes(), digit_folder._read_image(wrong)
        refused = 0
        for bit in range(0, 8 * len(content), 29):
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            wrong.write_bytes(changed)
            try:
                np.testing.assert_array_equal(digit_folder._read_image(wrong), expected)
            except ValueError:
                refused += 1
        assert refused > len(content) / 5

    def test_that_is_a_folder(self, digits, wrong):
        wrong.unlink()
        wrong.mkdir()
        assert_refused(digits, "cannot be read", wrong)

    def test_that_may_not_be_read(self, place):
        write_digits(place / "digits")
        wrong = place / "digits" / "2" / "image0000.png"
        wrong.chmod(0)
        with nobody():
            assert_refused(place / "digits", r"cannot be read \(Permission denied\)", wrong)
