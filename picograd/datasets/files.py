"""Files of datasets: found in the usual places, verified by their hash, downloaded where they are in none."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

CHUNK_BYTES = 1 << 16


class DataFile(NamedTuple):
    """One file of a dataset: its name without `.gz`, and the SHA-256 of its unpacked bytes."""

    name: str
    sha256: str


def load(file: DataFile, root: Path | None, folders: Sequence[str], mirrors: Sequence[str], download: bool) -> bytes:
    """The unpacked bytes of a file, verified.

    It is looked for in `root`, then `$PICOGRAD_DATA`, the checkout's `data`, the user's cache folder; in each of them
    directly and in `folders`, packed and unpacked. Where none has it and `download` is true, it comes from the first
    of `mirrors` that has it and stays in `folders[0]` of `root` or of the cache. Raises RuntimeError for a file
    that is missing, cannot be read or is not what it should be.
    """
    searched = []
    for place in places(root):
        searched.append(str(place))
        for folder in ("", *folders):
            for name in (f"{file.name}.gz", file.name):
                path = place / folder / name
                if _exists(path):
                    return read_verified(path, file.sha256)
    if not download:
        raise RuntimeError(
            f"load: {file.name}.gz: it is in none of {', '.join(searched)}; put it there, set PICOGRAD_DATA to its "
            "folder, or pass download=True"
        )
    target = (root or cache_folder()) / folders[0] / f"{file.name}.gz"
    return fetch(target, [mirror + target.name for mirror in mirrors], file.sha256)


def places(root: Path | None) -> Iterator[Path]:
    """Where datasets may lie, in the order in which they are searched."""
    if root is not None:
        yield root
    if os.environ.get("PICOGRAD_DATA"):
        yield Path(os.environ["PICOGRAD_DATA"])
    yield Path(__file__).resolve().parents[2] / "data"  # beside the package: a checkout's own
    yield cache_folder()


def cache_folder() -> Path:
    """The user's cache folder for this library; it need not exist."""
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "picograd"
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "picograd"
    return Path.home() / ".cache" / "picograd"


def read_verified(path: Path, sha256: str) -> bytes:
    """The unpacked bytes of a file. Raises RuntimeError where it cannot be read or its hash is another."""
    try:
        return _verified(path.read_bytes(), path.suffix == ".gz", sha256)
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:
        raise RuntimeError(
            f"load: {path}: {error}; delete it, and it is looked for elsewhere or downloaded again"
        ) from error


def _verified(content: bytes, packed: bool, sha256: str) -> bytes:
    """The unpacked content. Raises ValueError, with the reason, where it is not what it should be."""
    if packed:
        try:
            content = gzip.decompress(content)
        except EOFError as error:
            raise ValueError(f"the file is cut off after {len(content)} bytes") from error
        except (OSError, zlib.error) as error:
            raise ValueError(f"the file is damaged ({error})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(
            f"the file is damaged or another one: its {len(content)} unpacked bytes have the SHA-256 {found[:8]}..., "
            f"not {sha256[:8]}..."
        )
    return content


def fetch(target: Path, addresses: Sequence[str], sha256: str) -> bytes:
    """Downloads a file to `target` from the first address that gives it whole; returns its unpacked bytes.

    Until its hash is right it has another name, and whatever breaks the download off (Ctrl-C too) removes it.
    Raises RuntimeError, with what every address answered, when none gives it.
    """
    from http.client import HTTPException  # here, as all that only a download needs

    failures = []
    # a name that no other process or thread uses: two may download at once
    partial = target.with_name(f".{os.getpid()}-{threading.get_ident()}-{target.name}")
    for address in addresses:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            output = partial.open("wb")
        except OSError as error:
            raise RuntimeError(
                f"download: {target}: it cannot be written there ({error}); give a root that can be written to"
            ) from error
        try:
            with output:
                _download(address, output)
            content = _verified(partial.read_bytes(), True, sha256)
            os.replace(partial, target)
            return content
        except (OSError, HTTPException, ValueError) as error:
            failures.append(f"{address}: {error}")
        finally:
            partial.unlink(missing_ok=True)
    raise RuntimeError(
        f"download: {target.name}: no address gave it ({'; '.join(failures)}); check the network, or put the file into "
        f"{target.parent} by hand"
    )


def _download(address: str, output: Any) -> None:
    """Copies what an address answers into a file, with a progress bar. Raises OSError when it breaks off."""
    from tqdm import tqdm

    with open_address(address) as answer:
        length = int(answer.headers.get("Content-Length") or 0)
        received = 0
        with tqdm(total=length or None, unit="B", unit_scale=True, desc=address.rsplit("/", 1)[-1]) as bar:
            while chunk := answer.read(CHUNK_BYTES):
                output.write(chunk)
                received += len(chunk)
                bar.update(len(chunk))
    if received < length:
        raise ConnectionError(f"it broke off after {received} of {length} bytes")


def open_address(address: str) -> Any:
    """The answer of a web address: a file to read, with `headers`."""
    from urllib.request import urlopen

    return urlopen(address, timeout=30)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:  # a folder that may not be entered: it might hold the file
        raise _unreadable(path, error) from error
    return True


def _unreadable(path: Path, error: OSError) -> RuntimeError:
    reason = error.strerror or type(error).__name__
    return RuntimeError(f"load: {path}: it cannot be read ({reason}); give yourself the right to, or remove it")
