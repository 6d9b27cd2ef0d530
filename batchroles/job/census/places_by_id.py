"""Which place of a site then is which of the same site now, or the other way round.

Addresses of an export mean the same in both, ids included; but a course or a person may have another name by now, or
need an id to be told from a new twin.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from batchroles.client import Moodle
from batchroles.client.side_by_side import Progress
from batchroles.directory.categories import Categories
from batchroles.directory.courses import Course, CourseSource
from batchroles.job.census.pairing import Addresses, Asked, Key, Paired, alone, name_in
from batchroles.job.census.same_people import Known
from batchroles.models import ContextRef, Level
from batchroles.models.levels import SITE_HOME


def on_one_site(
    ones: Addresses,
    others: Addresses,
    refs: Mapping[str, ContextRef],
    people: Known,
    asked: Asked,
    paired: Paired,
) -> None:
    """Pair the places of one site; adds to `paired`. Raises what `Moodle.call` raises."""
    paired.others = {text: text for text in others}
    paired.unsure |= _changed_hands(ones, others, refs)
    left = []
    for text in ones:
        if text in paired.unsure:
            continue
        key = text if text in others else _by_itself(text, refs.get(text), people, asked.other)
        if key is None:
            left.append(text)
        else:
            paired.ones[text] = key
    courses = [text for text in left if text in refs and refs[text].level is Level.COURSE]
    if courses and asked.other is not None:
        paired.ones |= _renamed_courses(courses, ones, refs, asked.other, asked.progress)
    left = [text for text in left if text not in paired.ones]
    # What is left may have another name: of places that are new on the other side the one that is shown alike is it.
    taken = {*paired.ones.values()}
    paired.ones |= _shown_alike(
        {text: ones[text] for text in left},
        {text: shown for text, shown in others.items() if text not in taken},
        refs,
    )
    for text in left:
        if text not in paired.ones:
            paired.missing[text] = refs[text].level if text in refs else Level.CONTEXT
            paired.ones[text] = text


def _changed_hands(ones: Addresses, others: Addresses, refs: Mapping[str, ContextRef]) -> dict[str, str]:
    """Find courses with a short name that another one had: which of its names stayed with a course nobody can say."""
    short = {text for text, ref in refs.items() if ref.level is Level.COURSE and ref.by != "id"}
    there = alone((name_in(shown), text) for text, shown in others.items() if text in short)
    found = {}
    for text in short & ones.keys() & others.keys():
        then, now = name_in(ones[text]), name_in(others[text])
        other = there.get(then, text)
        if now and other != text:
            found[text] = found[other] = (
                f"{text} was called {then} and is called {now} now, and {other} is called {then}: which of the two"
                " is meant cannot be said, and what is held in them is left out."
            )
    return found


def _by_itself(text: str, ref: ContextRef | None, people: Known, moodle: Moodle | None) -> Key | None:
    """Give the key of a place in which nobody of the other side has a role; None where it may have another name."""
    if ref is None or ref.level is Level.COURSE:
        return None
    if ref.level is Level.USER:
        return f"user:{people.names[ref.value]}" if ref.value in people.names else None
    return None if _is_gone(ref, moodle) else text


def _is_gone(ref: ContextRef, moodle: Moodle | None) -> bool:
    """Whether a category is certainly not there; nothing tells so of activities, blocks and contexts by an id."""
    if moodle is None or ref.level is not Level.COURSECAT:
        return False
    every = Categories(moodle).all
    return bool(every) and ref.value not in {str(one.id) for one in every}


def _renamed_courses(
    texts: Iterable[str], shown: Addresses, refs: Mapping[str, ContextRef], moodle: Moodle, progress: Progress
) -> dict[str, Key]:
    """Find courses that nobody of the other side's holdings is in by that address: by short name, id or full name."""
    every = _courses(moodle, progress)
    found: dict[str, Key] = {}
    short = {one.shortname: one for one in every}
    by_id = {str(one.id): one for one in every}
    full = alone((one.fullname, one) for one in every)
    times = Counter(one.shortname.casefold() for one in every)
    for text in texts:
        ref = refs[text]
        course = by_id.get(ref.value) if ref.by == "id" else short.get(ref.value)
        course = course or (full.get(name_in(shown[text])) if ref.by != "id" else None)
        if course is not None:
            is_alone = times[course.shortname.casefold()] == 1 and "&" not in course.shortname
            found[text] = f"course:{course.shortname}" if is_alone else f"course:id={course.id}"
    return found


def _courses(moodle: Moodle, progress: Progress) -> list[Course]:
    source = CourseSource(moodle, progress)
    source.fetch_all()
    return [one for one in source.all or source.shown() if one.id != SITE_HOME]


def _shown_alike(ones: Addresses, others: Addresses, refs: Mapping[str, ContextRef]) -> dict[str, Key]:
    """Pair places of the levels that are named by names, where the words for them are the same and stand for one."""
    here = alone((shown, text) for text, shown in ones.items() if _is_named(refs.get(text)))
    there = alone((shown, text) for text, shown in others.items() if _is_named(refs.get(text)))
    return {
        text: there[shown]
        for shown, text in here.items()
        if shown and shown in there and refs[text].level is refs[there[shown]].level
    }


def _is_named(ref: ContextRef | None) -> bool:
    return ref is not None and ref.level in (Level.COURSE, Level.USER)
