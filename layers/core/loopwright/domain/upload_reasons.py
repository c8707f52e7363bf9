"""Why a file cannot be read at all: one reason for each kind of trouble."""

from loopwright.domain.gate import Reason

SPLIT = (
    "`loopwright data push` splits a large file by itself; or upload several smaller files in one "
    "folder, and an empty `_SUCCESS` after the last."
)


def not_a_table(file: str, problem: str) -> Reason:
    """Return the reason for a file that is no table."""
    return Reason(
        code="not_a_table",
        subject=file,
        message=(
            f"{file}: expected CSV or JSON Lines (also .gz or .zst), or Parquet, with the columns "
            f"of project.yaml; {problem}"
        ),
        advice="Export the table as CSV in UTF-8, or as Parquet, and upload it again.",
    )


def empty_file(name: str) -> Reason:
    """Return the reason for a file without a byte."""
    message = f"{name}: the file is empty; expected a header and rows"
    return Reason(code="empty_file", subject=name, message=message, advice="Upload it again.")


def no_rows(name: str) -> Reason:
    """Return the reason for an upload of headers without a single row."""
    message = f"{name}: a header but no rows"
    return Reason(code="header_only", subject=name, message=message, advice="Upload rows as well.")


def too_large(name: str, max_bytes: int) -> Reason:
    """Return the reason for a file above the limit, as it lies there or once it is unpacked."""
    return Reason(
        code="too_large",
        subject=name,
        message=f"{name}: more than {max_bytes} bytes of data",
        advice=SPLIT,
    )


def long_row(name: str, row: int, max_bytes: int) -> Reason:
    """Return the reason for a row above the limit."""
    return Reason(
        code="row_too_long",
        subject=name,
        message=f"{name}: row {row} has more than {max_bytes} bytes (the header is row 0)",
        advice="Write one row a line, each line ended by a line feed, and upload the file again.",
    )


def too_many_columns(name: str, columns: int, limit: int) -> Reason:
    """Return the reason for a table that is too wide."""
    return Reason(
        code="too_many_columns",
        subject=name,
        message=f"{name}: {columns} columns; at most {limit} can be read",
        advice="Leave out columns that say little, or write what belongs together as one column.",
    )


def wrong_encoding(name: str, codec: str, row: int) -> Reason:
    """Return the reason for bytes that are no text in the encoding."""
    return Reason(
        code="wrong_encoding",
        subject=name,
        message=f"{name}: expected {codec.upper()} text; row {row} is not (the header is row 0)",
        advice=(
            "Say how the file is written with `dialect: {encoding: windows-1252}` (or latin-1, "
            "utf-16) in project.yaml, or save it as UTF-8, and upload it again."
        ),
    )


def damaged_parquet(name: str, problem: str) -> Reason:
    """Return the reason for a Parquet file that cannot be opened."""
    return Reason(
        code="damaged_parquet",
        subject=name,
        message=f"{name}: starts as Parquet but cannot be read to its end, it may be cut off",
        examples=(problem,),
        advice="Write the file again and compare its size before and after the upload.",
    )


def nested_column(name: str, column: str, kind: str) -> Reason:
    """Return the reason for a column that holds lists, structs or maps."""
    return Reason(
        code="nested_column",
        subject=column,
        message=f"{name}: the column {column!r} holds {kind}; expected one value a row",
        advice="Write each part of the values as a column of its own, and upload the file again.",
    )


def open_quote(name: str, row: int) -> Reason:
    """Return the reason for a quote that is opened and not closed, so that rows run together."""
    return Reason(
        code="open_quote",
        subject=name,
        message=f"{name}: row {row} opens a quote that is not closed, and later rows run into it",
        advice="Close the quote (a quote within a quoted value is doubled), and upload it again.",
    )


def lost_rows(name: str, found: int, expected: int) -> Reason:
    """Return the reason for a text of which not every row can be told apart."""
    return Reason(
        code="open_quote",
        subject=name,
        message=(
            f"{name}: has {expected} rows, of which {found} can be told apart: a quote is opened "
            "within a value, or not closed"
        ),
        advice="Double every quote within a quoted value, and upload the file again.",
    )
