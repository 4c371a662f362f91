"""The pictures and files of a painting, made from its newest step."""

import threading
import time
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageOps

from stylize import Settings, Step, StylizeError
from stylize.pictures import images, pixels, timelapse

from .inputs import Inputs
from .kept import Folder, Packed, unpacked

THUMBNAIL = 240  # px, longer side
SMOOTH = 512  # px, longer side that a streamed frame is enlarged to


class Result:
    """The pictures and files of one painting. No method changes a picture that the step has cached."""

    def __init__(self, inputs: Inputs, settings: Settings) -> None:
        self.inputs, self.settings = inputs, settings
        self.step: Step | None = None  # the newest; all that is shown comes from it
        self.lapse = timelapse.Timelapse()  # in the painting's own colours
        self.full_size = (1, 1)  # (width, height) in px as asked for
        self._packed: Packed | None = None  # the step's two pictures, where it is not shown
        self._files = threading.RLock()  # of files and of what is packed: one at a time
        self._folder = Folder()
        self._films: dict[tuple[int, bool, str], Path] = {}
        self._filming = threading.Lock()

    def unpack(self) -> Step | None:
        """Return the newest step with its pictures decompressed. Another thread may pack it again."""
        with self._files:
            if self._packed is not None and self.step is not None:
                self.step, self._packed = unpacked(self.step, self._packed), None
            return self.step

    @property
    def enlarged(self) -> bool:
        """Whether it ended before it had the size asked for."""
        return self.step is not None and self.step.size != self.full_size

    def picture(self) -> Image.Image:
        """The newest picture at the size asked for."""
        step = self.unpack()
        if step is None:
            raise StylizeError("There is no painting yet; press Paint first.")
        return self._full(step.picture)

    def photo(self) -> Image.Image:
        """The photo at the picture's size; sharp where the painting ended at a smaller one, while the file is there."""
        step = self.unpack()
        assert step is not None
        if self.enlarged:
            with suppress(StylizeError):
                return self.inputs.photo(self.settings).resize(self.full_size, Image.Resampling.BICUBIC)
        return self._full(pixels.from_pixels(step.photo))

    def _full(self, image: Image.Image) -> Image.Image:
        return image if image.size == self.full_size else image.resize(self.full_size, Image.Resampling.BICUBIC)

    # ---- files, in the folder that gradio serves

    def streamed(self) -> str:
        """The newest picture as a JPEG; only the last few stay on the disk."""
        assert self.step is not None
        path = self._folder.path(f"{time.monotonic_ns()}-now.jpg", "frame")
        image = self.step.picture
        if max(image.size) < SMOOTH:  # browsers enlarge with visible squares
            image = ImageOps.contain(image, (SMOOTH, SMOOTH), Image.Resampling.BICUBIC)
        image.save(path, quality=85)
        return str(path)

    def beside(self, image: Image.Image) -> str:
        """Save a picture that this one is compared with, as a JPEG in this one's shape; returns its path.

        Where the two shapes differ it stands on a blurred copy of itself.
        """
        path = self._folder.path(f"{time.monotonic_ns()}-other.jpg")
        timelapse.on_ground(image, self.full_size, brightness=1).save(path, quality=92)
        return str(path)

    def shown(self, kind: str) -> str:
        """A JPEG that is made once per state: the "painting", its "photo", or the "small" painting of the history."""
        assert self.step is not None
        path = self._folder.path(f"{kind}-{self.step.iteration}-{self.step.keep_colors}.jpg")
        if not path.is_file():
            image = self.photo() if kind == "photo" else self.picture()
            if kind == "small":
                image = ImageOps.contain(image, (THUMBNAIL, THUMBNAIL))  # a new image: the step keeps its picture
            image.save(path, quality=88)
        return str(path)

    def png(self) -> str:
        """The newest picture as a PNG with its settings inside."""
        assert self.step is not None
        with self._files:
            record, image = self.step.record, self.picture()
            path = self._folder.path(f"{self.inputs.name}-{max(self.full_size)}.png", "download")
            images.save(image, path, record)
        return str(path)

    def film(self, shape: str = "") -> str:
        """The time-lapse, in the best format this machine can write; made once per state and shape."""
        assert self.step is not None
        key = self.step.iteration, self.step.keep_colors, shape
        with self._filming:
            path = self._films.get(key)
            if path is None or not path.is_file():
                name = "-".join(filter(None, (self.inputs.name, str(max(self.full_size)), shape.replace(":", "x"))))
                path = self._folder.path(name + timelapse.formats()[0], "download")
                colors = self.photo() if self.settings.keep_colors else None
                width, _, height = shape.partition(":")
                sides = (int(width), int(height)) if height else None
                timelapse.write(self.lapse, self.picture(), path, colors, shape=sides, photo=self.photo())
                self._films[key] = path
        return str(path)
