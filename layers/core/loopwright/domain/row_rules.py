"""What the SQL expressions of a spec's rules may say: scalar expressions over its columns.

An expression is read word by word, and every word must be known here: so no statement, subquery,
table function, setting or file can be named. The engine checks again before it runs one.
"""

import re
from collections.abc import Collection, Iterator

from loopwright.domain.spec import ProjectSpec

TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)
    |(?P<refused>--|/\*|->)|(?P<operator>\|\||::|//|<>|<=|>=|!=|==|[-+*/%=<>(),]))""",
    re.VERBOSE,
)
LISTED_WORDS = """
and as between case cast date distinct else end escape false from ilike in interval is like not
null or then timestamp true try_cast when
"""
LISTED_FUNCTIONS = """
abs ceil coalesce concat contains date_diff date_part date_trunc day dayofweek dayofyear ends_with
exp floor greatest hour if ifnull isfinite isnan least left length ln log10 lower ltrim minute mod
month nullif pow quarter regexp_full_match regexp_matches right round rtrim second sign sqrt
starts_with strlen strpos substr trim upper week year
"""
WORDS, FUNCTIONS = frozenset(LISTED_WORDS.split()), frozenset(LISTED_FUNCTIONS.split())
TYPES = frozenset(["bigint", "boolean", "date", "double", "integer", "timestamp", "varchar"])
QUERIES = frozenset(["describe", "pivot", "select", "show", "table", "values", "with"])
CALLED_WORDS = WORDS - {"date", "interval", "timestamp", "null", "true", "false", "end"}
END = ("", "")


def rule_problems(spec: ProjectSpec) -> Iterator[str]:
    """Yield what is wrong with the rules of a spec: names given twice, and refused expressions."""
    names = [rule.name for rule in spec.rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"rules: the name {name!r} is given twice"
    for rule in spec.rules:
        for key, expression in (("when", rule.when), ("expect", rule.expect)):
            problem = expression_problem(expression or "true", spec.columns)
            if problem:
                yield f"rules.{rule.name}.{key}: {problem}"


def expression_problem(expression: str, columns: Collection[str]) -> str:
    """Return why an expression is refused, empty when it is a scalar one over the columns."""
    tokens, rest = _tokens(expression)
    if rest:
        return f"{rest[:20]!r} is no part of an expression over the columns"
    problems = (
        _word_problem(before, token, after, columns)
        for before, token, after in zip([END, *tokens], tokens, [*tokens[1:], END], strict=False)
    )
    return next(filter(None, problems), "") or _balance_problem(tokens)


def columns_of(expression: str, columns: Collection[str]) -> tuple[str, ...]:
    """Return the columns that an expression speaks of, in the order of their first use."""
    named = (
        text[1:-1].replace('""', '"') if kind == "quoted" else text
        for kind, text in _tokens(expression)[0]
        if kind in ("quoted", "word")
    )
    return tuple(dict.fromkeys(name for name in named if name in columns))


def _tokens(expression: str) -> tuple[list[tuple[str, str]], str]:
    """Return (kind, text) of each token, and the rest that is none."""
    found, place, text = [], 0, expression.rstrip()
    while match := TOKEN.match(text, place):
        if match.lastgroup == "refused":
            break
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        place = match.end()
    return found, text[place:].strip()


def _word_problem(
    before: tuple[str, str],
    token: tuple[str, str],
    after: tuple[str, str],
    columns: Collection[str],
) -> str:
    kind, text = token
    is_called = after[1] == "("
    if kind == "quoted":
        name = text[1:-1].replace('""', '"')
        return f"{name!r} is no column" if is_called or name not in columns else ""
    if kind != "word":
        return ""
    if is_called:
        known = text.lower() in FUNCTIONS | CALLED_WORDS
        return "" if known else f"{text!r} is no function that a rule may use"
    if text.lower() == "from" and before[1].lower() != "distinct":
        return "'from' may only follow `is distinct`"
    return _bare_problem(text, columns)


def _bare_problem(text: str, columns: Collection[str]) -> str:
    if text.lower() in QUERIES:
        return f"{text!r} begins a query; write a column of this name in double quotes"
    known = text in columns or text.lower() in WORDS | TYPES
    return "" if known else f"{text!r} is neither a column nor a word that a rule may use"


def _balance_problem(tokens: list[tuple[str, str]]) -> str:
    depth = 0
    for kind, text in tokens:
        depth += (kind == "operator") * ((text == "(") - (text == ")"))
        if depth < 0:
            break
    return "its parentheses do not match" if depth else ""
