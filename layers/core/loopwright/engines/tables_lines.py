"""Count the rows of a text as it passes by, so that no row can be lost without being noticed."""

from collections.abc import Iterable, Iterator

from loopwright.domain.gate import Reason
from loopwright.domain.upload_reasons import long_row
from loopwright.engines.tables_stream import RefusedError

LINE_FEED, RETURN, BOTH = b"\n", b"\r", b"\r\n"
MARK = b"x"


class LineCount:
    """Counts lines outside quotes, blank ones apart, and refuses one above a limit of bytes."""

    def __init__(self, name: str, *, quote: str | None, max_row_bytes: int) -> None:
        """Count for the file of this name; without a quote every line end counts."""
        self._name = name
        self._quote = quote.encode() if quote else None
        self._max_row_bytes = max_row_bytes
        self._in_quotes = False
        self._since_end = 0
        self._held = b""
        self._open = False
        self.ends: dict[bytes, int] = {LINE_FEED: 0, RETURN: 0, BOTH: 0}
        self.blank = 0

    @property
    def rows(self) -> int:
        """Return the number of rows so far that are not blank, with the header and an open one."""
        return sum(self.ends.values()) - self.blank + self._open

    @property
    def mixed(self) -> bool:
        """Tell whether lines end in more than one way."""
        return sum(count > 0 for count in self.ends.values()) > 1

    def add(self, chunk: bytes) -> None:
        """Count the next bytes, at most as many as a row may have."""
        self._measure(chunk)
        text = self._held + self._outside(chunk)
        self._held = RETURN if text.endswith(RETURN) else b""
        self._count(text[: len(text) - len(self._held)])

    def close(self) -> None:
        """Count what was held back: a carriage return at the very end."""
        self._count(self._held)

    def _measure(self, chunk: bytes) -> None:
        end = chunk.find(LINE_FEED if LINE_FEED in chunk else RETURN)
        if self._since_end + (len(chunk) if end < 0 else end) > self._max_row_bytes:
            raise RefusedError(self._too_long())
        last = chunk.rfind(LINE_FEED if LINE_FEED in chunk else RETURN)
        self._since_end = self._since_end + len(chunk) if last < 0 else len(chunk) - 1 - last

    def _too_long(self) -> Reason:
        return long_row(self._name, max(self.rows - self._open, 0), self._max_row_bytes)

    def _outside(self, chunk: bytes) -> bytes:
        """Return what stands outside quotes, with a mark in the place of each quotation."""
        if self._quote is None or self._quote not in chunk:
            return b"" if self._in_quotes else chunk
        pieces = chunk.split(self._quote)
        before = self._in_quotes
        self._in_quotes ^= len(pieces) % 2 == 0
        outside = MARK.join(pieces[before::2])
        return MARK * before + outside + MARK * self._in_quotes

    def _count(self, text: bytes) -> None:
        both = text.count(BOTH)
        returns = text.count(RETURN) - both
        plain = _ended(text)
        feeds = plain.count(LINE_FEED) - both - returns
        for end, count in ((LINE_FEED, feeds), (RETURN, returns), (BOTH, both)):
            self.ends[end] += count
        if plain:
            self.blank += self._blanks(plain)
            self._open = not plain.endswith(LINE_FEED)

    def _blanks(self, plain: bytes) -> int:
        begins = plain.startswith(LINE_FEED) and not self._open
        if not begins and LINE_FEED * 2 not in plain:
            return 0
        lines = plain.split(LINE_FEED)[:-1]
        return lines.count(b"") - (not lines[0] and self._open)


def mended(pieces: Iterable[bytes], quote: str | None) -> Iterator[bytes]:
    """Yield a text with every line outside quotes ended by a line feed alone."""
    mark = quote.encode() if quote else None
    in_quotes, held = False, b""
    for piece in pieces:
        text = held + piece
        held = RETURN if text.endswith(RETURN) else b""
        parts = _split(text[: len(text) - len(held)], mark)
        parts[in_quotes::2] = [_ended(part) for part in parts[in_quotes::2]]
        in_quotes ^= len(parts) % 2 == 0
        yield (mark or b"").join(parts)
    yield held if in_quotes else _ended(held)


def _split(text: bytes, mark: bytes | None) -> list[bytes]:
    return [text] if mark is None else text.split(mark)


def _ended(text: bytes) -> bytes:
    return text.replace(BOTH, LINE_FEED).replace(RETURN, LINE_FEED)
