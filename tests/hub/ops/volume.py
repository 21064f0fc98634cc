"""A file system of its own that can be filled to the last byte and emptied again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MIB = 1024 * 1024
BLOCK = 4096


class Volume:
    """A context manager. In memory, or on the disk (ext4 in a file) where what is measured has to wait for the disk."""

    def __init__(self, folder: Path, mebibytes: int, *, disk: bool = False) -> None:
        self.folder, self._size, self._disk = folder, mebibytes, disk
        self._ballast, self._image = folder / "ballast", folder.with_suffix(".img")

    def __enter__(self) -> Volume:
        self.folder.mkdir()
        if self._disk:
            with self._image.open("wb") as file:
                file.truncate(self._size * MIB)
            # Without blocks that only root may use: the database is somebody else.
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(self._image)], check=True)
            subprocess.run(["mount", "-o", "loop", str(self._image), str(self.folder)], check=True)
        else:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self._size}m,mode=755", "sqhubS", str(self.folder)], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
        self._image.unlink(missing_ok=True)

    def fill(self) -> None:
        """Leave no block free."""
        with self._ballast.open("wb", buffering=0) as file:
            size, step = 0, 1024 * MIB
            while step >= BLOCK:
                try:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step
                except OSError:
                    step //= 2

    def free(self) -> None:
        """Give back what :meth:`fill` took."""
        self._ballast.unlink(missing_ok=True)
