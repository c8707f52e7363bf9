"""Archives of training jobs may hold anything."""

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain import archive
from loopwright.domain.archive import MAX_BYTES, read_archive
from loopwright.errors import UnsafeArchiveError

CONTENT = {name: name.encode() for name in MAX_BYTES}
Change = Callable[[tarfile.TarFile], None]


def packed(files: dict[str, bytes], change: Change | None = None, *, prefix: str = "") -> bytes:
    """Make a model.tar.gz of the files, and let the case add to it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, body in files.items():
            entry = tarfile.TarInfo(prefix + name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
        if change is not None:
            change(tar)
    return stream.getvalue()


def entry(name: str, kind: bytes, target: str = "") -> Change:
    """Add an entry without content."""

    def add(tar: tarfile.TarFile) -> None:
        added = tarfile.TarInfo(name)
        added.type = kind
        added.linkname = target
        tar.addfile(added)

    return add


@pytest.mark.parametrize("prefix", ["", "./"])
def test_the_five_files_are_read(prefix: str) -> None:
    """SageMaker writes names with or without ./ and may add the folder itself."""
    body = packed(CONTENT, entry(".", tarfile.DIRTYPE), prefix=prefix)

    assert read_archive(io.BytesIO(body)) == CONTENT


UNSAFE = {
    "a symbolic link": entry("model.onnx", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": entry("probe.json", tarfile.LNKTYPE, "card.json"),
    "a device": entry("model.onnx", tarfile.CHRTYPE),
    "a pipe": entry("model.onnx", tarfile.FIFOTYPE),
    "a folder": entry("model", tarfile.DIRTYPE),
    "an upward path": entry("../model.onnx", tarfile.REGTYPE),
    "an absolute path": entry("/model.onnx", tarfile.REGTYPE),
    "an unknown file": entry("model.pkl", tarfile.REGTYPE),
    "a file twice": entry("card.json", tarfile.REGTYPE),
}


@pytest.mark.parametrize("change", UNSAFE.values(), ids=UNSAFE)
def test_what_is_no_plain_known_file_is_refused(change: Change) -> None:
    """The message names the entry."""
    with pytest.raises(UnsafeArchiveError, match=r"^model\.tar\.gz: '"):
        read_archive(io.BytesIO(packed(CONTENT, change)))


def test_too_many_entries_are_refused() -> None:
    """Even harmless ones."""

    def folders(tar: tarfile.TarFile) -> None:
        for _ in range(40):
            entry(".", tarfile.DIRTYPE)(tar)

    with pytest.raises(UnsafeArchiveError, match="more than 16 entries"):
        read_archive(io.BytesIO(packed(CONTENT, folders)))


def test_a_missing_file_is_named() -> None:
    """A package is complete or nothing."""
    files = {name: body for name, body in CONTENT.items() if name != "probe.json"}

    with pytest.raises(UnsafeArchiveError, match=r"lacks \['probe\.json'\]"):
        read_archive(io.BytesIO(packed(files)))


def test_a_file_above_its_limit_is_refused() -> None:
    """The size in the header is enough to refuse it."""
    files = {"probe.json": bytes(MAX_BYTES["probe.json"] + 1)}

    with pytest.raises(UnsafeArchiveError, match="the limit is 1048576"):
        read_archive(io.BytesIO(packed(files)))


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extended header may promise any size."""
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 64 * 1024)
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    header.size = 2**33
    body = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(128 * 1024))

    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        read_archive(io.BytesIO(body))


@given(st.binary(max_size=2_000))
def test_any_bytes_are_refused_with_a_reason(body: bytes) -> None:
    """Whatever the bytes are, packed or not, there is one kind of error."""
    for archived in (body, gzip.compress(body)):
        with pytest.raises(UnsafeArchiveError):
            read_archive(io.BytesIO(archived))


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_damaged_archive_is_read_as_it_was_or_refused(place: int, value: int) -> None:
    """One changed byte before packing, or a cut, never gives other names."""
    plain = bytearray(gzip.decompress(packed(CONTENT)))
    plain[place % len(plain)] = value
    try:
        found = read_archive(io.BytesIO(gzip.compress(bytes(plain))))
    except UnsafeArchiveError:
        return

    assert set(found) == set(CONTENT)


@given(st.integers(1, 5_000))
def test_an_archive_that_was_cut_before_it_was_packed_is_refused(bytes_kept: int) -> None:
    """The last file would be shorter than its header says, or absent."""
    plain = gzip.decompress(packed({name: body * 50 for name, body in CONTENT.items()}))

    with pytest.raises(UnsafeArchiveError):
        read_archive(io.BytesIO(gzip.compress(plain[:bytes_kept])))


@given(st.integers(1, 400))
def test_a_cut_archive_is_refused(bytes_kept: int) -> None:
    """A download that broke off is no package."""
    whole = packed({name: body * 50 for name, body in CONTENT.items()})

    with pytest.raises(UnsafeArchiveError):
        read_archive(io.BytesIO(whole[: min(bytes_kept, len(whole) - 12)]))
