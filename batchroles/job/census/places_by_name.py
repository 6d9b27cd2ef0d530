"""Which place of one site is which of another, by names alone: ids mean something else there."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from batchroles.client import Moodle
from batchroles.directory.categories import Categories
from batchroles.directory.courses import CourseSource
from batchroles.job.census.pairing import Addresses, Asked, Paired, alone, name_in
from batchroles.job.census.same_people import Known
from batchroles.models import ContextRef, Level
from batchroles.validator import look_up

Refs = Mapping[str, ContextRef]


def on_two_sites(
    ones: Addresses, others: Addresses, refs: Refs, people: Known, asked: Asked, paired: Paired
) -> None:
    """Pair the places of two sites; adds to `paired`. Raises what `Moodle.call` raises."""
    paired.nameless |= {text for text in (*ones, *others) if _is_nameless(refs.get(text))}
    paired.others = {text: text for text in others if text not in paired.nameless}
    for text in ones:
        if text in paired.nameless:
            continue
        if refs[text].level is Level.SYSTEM:
            paired.ones[text] = text
        elif refs[text].level is Level.USER:
            _pair_user(text, refs[text].value, people, paired)
    _pair_courses(ones, others, refs, asked, paired)
    paired.notes += _called_otherwise(ones, others, refs, paired)
    _pair_categories(ones, others, refs, asked, paired)


def _is_nameless(ref: ContextRef | None) -> bool:
    if ref is None or ref.level in (Level.MODULE, Level.BLOCK, Level.CONTEXT):
        return True
    return ref.level in (Level.COURSE, Level.USER) and ref.by == "id"


def _pair_user(text: str, name: str, people: Known, paired: Paired) -> None:
    if name in people.names:
        paired.ones[text] = f"user:{people.names[name]}"
    elif name in people.unsure:
        paired.unsure[text] = people.unsure[name]
    else:
        paired.missing[text] = Level.USER
        paired.ones[text] = text


def _pair_courses(ones: Addresses, others: Addresses, refs: Refs, asked: Asked, paired: Paired) -> None:
    there = {
        refs[text].value.casefold(): text
        for text in others
        if text not in paired.nameless and refs[text].level is Level.COURSE
    }
    twins = _names_of_twins(ones, refs, asked.one) | _names_of_twins(others, refs, asked.other)
    mine = [text for text in ones if text not in paired.nameless and refs[text].level is Level.COURSE]
    for text in [*mine, *(one for one in there.values() if one in paired.others)]:
        if refs[text].value.casefold() in twins:
            paired.unsure[text] = (
                f"{text}: one of the sites has several courses whose short names differ in capital letters alone."
            )
    left = []
    for text in mine:
        name = refs[text].value.casefold()
        if text in paired.unsure:
            continue
        if name in there:
            paired.ones[text] = there[name]
        else:
            left.append(text)
    found = look_up(asked.other, (), [refs[text] for text in left]) if left and asked.other else None
    for text in left:
        paired.ones[text] = text
        if found is not None and not isinstance(found[refs[text]], int):
            paired.missing[text] = Level.COURSE


def _called_otherwise(ones: Addresses, others: Addresses, refs: Refs, paired: Paired) -> list[str]:
    """Name courses of one short name whose full names differ: they may be two."""
    found = []
    for text, key in paired.ones.items():
        here, there = name_in(ones[text]), name_in(others.get(key, ""))
        if refs[text].level is Level.COURSE and here and there and here.casefold() != there.casefold():
            found.append(f"{text} ({here}, there {there})")
    if not found:
        return []
    more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
    return [
        "Taken for the same courses by their short names, with other full names there:"
        f" {', '.join(found[:_MOST_NAMED])}{more}. Look at them before anything is sent."
    ]


_MOST_NAMED = 10


def _names_of_twins(texts: Iterable[str], refs: Refs, moodle: Moodle | None) -> set[str]:
    """Give the short names of courses that an export names by id, which it does where a name is not one course's."""
    ids = {
        int(refs[text].value)
        for text in texts
        if text in refs and refs[text].level is Level.COURSE and refs[text].by == "id"
    }
    if moodle is None or not ids:
        return set()
    return {one.shortname.casefold() for one in CourseSource(moodle).with_ids(ids)}


@dataclass(frozen=True)
class _Category:
    """A category as a side names it."""

    own: str
    """Its own name; empty where the site does not tell it."""
    path: str = ""
    """Empty where an export is all there is."""
    idnumber: str = ""


def _pair_categories(ones: Addresses, others: Addresses, refs: Refs, asked: Asked, paired: Paired) -> None:
    mine, theirs = _of_categories(ones, refs), _of_categories(others, refs)
    if not mine and not theirs:
        return
    here, there = _categories(mine, ones, asked.one), _categories(theirs, others, asked.other)
    matched = _matched(here, there)
    several = _several(here) | _several(there)
    for text, id_ in mine.items():
        other = there.get(matched.get(id_, ""))
        if other is not None:
            paired.ones[text] = key = f"category:id={matched[id_]}"
            paired.shown[key] = other.path or other.own
        else:
            _leave_category(text, here[id_], several & {one.own for one in there.values()}, asked, paired)
    paired.others |= {text: f"category:id={id_}" for text, id_ in theirs.items()}
    doubtful = several & {one.own for one in here.values()}
    for text, id_ in theirs.items():
        if not there[id_].own:
            paired.nameless.add(text)
        elif there[id_].own in doubtful and id_ not in matched.values() and not _has_paths(here, there):
            paired.unsure[text] = _said_several(there[id_].own)
    told = [there[matched[id_]].own for id_ in mine.values() if id_ in matched]
    if told and not _has_paths(here, there):
        paired.notes.append(
            f"Known by their own names alone, because an export does not tell in which others they are:"
            f" {', '.join(sorted(told))}. Look at these categories before anything is sent, or compare the sites"
            " themselves."
        )


def _leave_category(
    text: str, one: "_Category", doubtful: Collection[str], asked: Asked, paired: Paired
) -> None:
    """Say of a category that nothing leads to on the other side what that means."""
    if not one.own:
        paired.nameless.add(text)
    elif one.own in doubtful and not one.path:
        paired.unsure[text] = _said_several(one.own)
    else:
        paired.ones[text] = key = f"category:name={one.path or one.own}"
        paired.shown[key] = one.path or one.own
        if asked.other is not None:
            paired.missing[text] = Level.COURSECAT


def _has_paths(here: Mapping[str, "_Category"], there: Mapping[str, "_Category"]) -> bool:
    """Whether both sides tell in which others their categories are."""
    return all(one.path for one in (*here.values(), *there.values()))


def _of_categories(texts: Iterable[str], refs: Refs) -> dict[str, str]:
    return {text: refs[text].value for text in texts if text in refs and refs[text].level is Level.COURSECAT}


def _several(categories: Mapping[str, _Category]) -> set[str]:
    times = Counter(one.own for one in categories.values())
    return {name for name, count in times.items() if count > 1}


def _said_several(name: str) -> str:
    return f"category {name}: several are called so, and an export does not tell which is meant; compare the sites."


def _categories(numbers: Mapping[str, str], shown: Addresses, moodle: Moodle | None) -> dict[str, _Category]:
    """Give by id the categories that a side has: all of them where it can be asked."""
    found = {id_: _Category(name_in(shown[text])) for text, id_ in numbers.items()}
    every = Categories(moodle).all if moodle is not None else ()
    return found | {str(one.id): _Category(one.names[-1], one.path, one.idnumber or "") for one in every}


def _matched(here: Mapping[str, _Category], there: Mapping[str, _Category]) -> dict[str, str]:
    """Give the id there by that here: by ID number, by path, and where one side has none by their own name."""
    ways: tuple[Callable[[_Category], str], ...] = (
        lambda one: one.idnumber,
        lambda one: one.path,
        lambda one: one.own,
    )
    found: dict[str, str] = {}
    for way in ways:
        mine = alone((way(one), id_) for id_, one in here.items())
        theirs = alone((way(one), id_) for id_, one in there.items())
        taken = set(found.values())
        for name, id_ in mine.items():
            other = theirs.get(name)
            if other is None or id_ in found or other in taken:
                continue
            if way is not ways[-1] or not (here[id_].path and there[other].path):
                found[id_] = other
    return found
