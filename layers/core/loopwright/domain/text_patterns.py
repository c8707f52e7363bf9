"""What texts look like: the form of a text, out of a short list."""

DAY = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
CLOCK = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
ZONE = r" ?(Z|[+-]\d{2}:?\d{2})"

# The whole text must match the (RE2) expression; the first form that fits counts. Those of the
# first list are tried where a text begins with a digit or a sign, the others where it does not,
# or where none of the first fitted; a mark that the text must contain spares the expression.
DIGITS_FIRST = {
    "number": r"[+-]?\d+([.,]\d+)?",
    "date": DAY,
    "date and time": f"({DAY})[T ]{CLOCK}({ZONE})?",
    "time of day": CLOCK,
}
MARKED = {
    "e-mail address": ("@", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "web address": ("://", r"[a-z][a-z0-9+.-]*://\S+"),
}
OTHERS = {
    "code": r"[A-Za-z]{1,8}[-_ .]?\d{2,}",
    "uuid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "hexadecimal": r"[0-9a-fA-F]{16,}",
}
