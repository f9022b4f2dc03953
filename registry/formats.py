"""Formats of model files, as far as an organisation restricts them: told by the end of the name and the first bytes.

Nothing is opened or unpacked; a file that is what it says it is may still be hostile to whoever loads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

ZIP, GZIP, HDF5 = b"PK\x03\x04", b"\x1f\x8b", b"\x89HDF\r\n\x1a\n"
#: Of safetensors, by its own description.
LONGEST_HEADER = 100_000_000
#: So many bytes are enough to tell.
BEGINNING = 16


@dataclass(frozen=True)
class Format:
    endings: tuple[str, ...]
    begins_rightly: Callable[[bytes], bool]


def _with(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda beginning: beginning.startswith(signs)


def _as_safetensors(beginning: bytes) -> bool:
    """The length of a header, and the header, which is JSON."""
    return beginning[8:9] == b"{" and 1 < int.from_bytes(beginning[:8], "little") <= LONGEST_HEADER


FORMATS = {
    "gguf": Format((".gguf",), _with(b"GGUF")),
    "hdf5": Format((".h5", ".hdf5"), _with(HDF5)),
    "json": Format((".json",), lambda beginning: beginning.lstrip()[:1] in (b"{", b"[")),
    "keras": Format((".keras",), _with(ZIP)),
    "onnx": Format((".onnx",), _with(b"\x08")),
    "pickle": Format((".pkl", ".pickle", ".joblib"), _with(b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")),
    "safetensors": Format((".safetensors",), _as_safetensors),
    "skops": Format((".skops",), _with(ZIP)),
    "tar.gz": Format((".tar.gz", ".tgz"), _with(GZIP)),
    "torch": Format((".pt", ".pth"), _with(ZIP)),
    "zip": Format((".zip",), _with(ZIP)),
}


def is_one_of(allowed: list[str], name: str, beginning: bytes) -> bool:
    """Whether a file of this name that begins so is of an allowed format. Raises KeyError for a format nobody knows."""
    return any(
        name.lower().endswith(each.endings) and each.begins_rightly(beginning)
        for each in (FORMATS[format_name] for format_name in allowed)
    )
