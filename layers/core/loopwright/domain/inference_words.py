"""Words in the names and values of columns, and what they suggest of the column's part."""

import re
from collections.abc import Collection, Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROTECTED: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "sex or gender": (
        _words("sex gender sexe genre sexo genero género geschlecht sesso kön"),
        ("malefemale", "ismale", "isfemale"),
    ),
    "age": (
        _words("age ages agep edad âge yob dob birthyear birthdate birthday alter"),
        ("yearofbirth", "dateofbirth", "birthyear", "birthdate", "agegroup", "ageband"),
    ),
    "race or ethnicity": (
        _words("race races ethnic ethnicity rac1p hispanic latino latina ancestry caste"),
        ("skincolor", "skincolour", "ethnicgroup", "racegroup"),
    ),
    "religion": (_words("religion religious faith creed denomination"), ()),
    "disability": (
        _words("disability disabilities disabled handicap handicapped dis impairment"),
        (),
    ),
    "nationality or origin": (
        _words("nationality citizenship citizen nativity immigrant migrant immigration cit"),
        ("foreignworker", "nativecountry", "countryofbirth", "birthcountry", "birthplace"),
    ),
    "marital status": (
        _words("marital married marriage spouse civilstatus mar"),
        ("maritalstatus", "civilstatus", "personalstatus", "familystatus"),
    ),
    "sexual orientation": (frozenset({"lgbt", "lgbtq"}), ("sexualorientation",)),
    "pregnancy or parenthood": (_words("pregnant pregnancy maternity"), ()),
    "veteran status": (_words("veteran veterans"), ("militaryservice",)),
    "union or political opinion": (
        _words("union unionmember party"),
        ("politicalparty", "politicalopinion", "tradeunion"),
    ),
}
PROTECTED_VALUES: dict[str, frozenset[str]] = {
    "sex or gender": _words(
        "male female man woman men women nonbinary non-binary homme femme hombre mujer"
    ),
    "race or ethnicity": _words("white black asian hispanic latino caucasian african-american"),
    "religion": _words("christian muslim jewish hindu buddhist sikh catholic protestant atheist"),
    "marital status": _words("married single divorced widowed separated unmarried"),
}
INITIALS = frozenset({"m", "f"})
KEYS = _words("id ids key uuid guid identifier number no nr num code index record rowid rownames")
PEOPLE = _words(
    "patient customer person people user client household account subject individual member "
    "student employee company device applicant borrower policy animal participant"
)
TIMES = _words("date time timestamp datetime created updated year month week day period at on")
BIRTH = _words("birth born dob yob birthdate birthday birthyear")
GOOD = _words(
    "yes true 1 approved approve accepted accept granted good hired employed paid survived pass "
    "passed admitted success >50k won healthy benign"
)
BAD = _words(
    "no false 0 denied deny rejected reject refused bad default defaulted failed fail died dead "
    "<=50k lost unemployed malignant"
)
BAD_OUTCOMES = _words(
    "default churn churned fraud arrest arrested recid recidivism died death dead reject rejected "
    "denied denial readmit readmitted readmission cancel cancelled canceled late delay delayed "
    "disease cancer diabetes attrition left risk bad failure fail loss complaint"
)
_BREAKS = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-Z])|[^0-9A-Za-zÀ-ÿ]+")


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a column's name: `PatientID` and `patient_id` are the same two."""
    return tuple(word.lower() for word in _BREAKS.split(name) if word)


def protected_by_name(name: str) -> str | None:
    """Return the protected attribute that a name speaks of."""
    words = tokens(name)
    joined = "".join(words)
    for attribute, (single, phrases) in PROTECTED.items():
        if single & {*words, joined} or any(phrase in joined for phrase in phrases):
            return attribute
    return None


def protected_by_values(texts: Sequence[str]) -> str | None:
    """Return the protected attribute that the values speak of: two of them are well known."""
    found = {text.strip().lower() for text in texts}
    if found and found <= INITIALS:
        return "sex or gender"
    for attribute, known in PROTECTED_VALUES.items():
        least = 2 if len(found) > 1 else 3
        if len(found & known) >= least:
            return attribute
    return None


def speaks_of(name: str, words: Collection[str]) -> bool:
    """Tell whether a name has one of the words."""
    return not set(tokens(name)).isdisjoint(words)


def favourable_place(target: str, texts: Sequence[str]) -> tuple[int, str]:
    """Return which of two values is likely good for the person, and why it is guessed."""
    plain = [text.strip().lower() for text in texts]
    if speaks_of(target, BAD_OUTCOMES):
        for place, text in enumerate(plain):
            if text in BAD:
                return place, f"the name {target!r} sounds like something to avoid"
    for place, text in enumerate(plain):
        if text in GOOD:
            return place, "the value sounds like the good outcome"
    for place, text in enumerate(plain):
        if text in BAD:
            return 1 - place, "the other value sounds like the bad outcome"
    return len(texts) - 1, "nothing in the names tells, so the last value was taken"
