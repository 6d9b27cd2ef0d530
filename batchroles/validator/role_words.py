"""Which role a word means: pure rules over the roles that are known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from batchroles.directory.roles import STANDARD_NAMES
from batchroles.models import Code, Problem, RoleRef
from batchroles.models.languages import Meanings, folded, words
from batchroles.models.references import RoleMap, is_id
from batchroles.validator.names import Resolved, did_you_mean, given_id, nearest


@dataclass(frozen=True)
class KnownRole:
    """A role of the site, and how it came to be known."""

    id: int
    """0 for a role that the site surely has but whose id could not be learned."""
    shortname: str
    """Empty where only the name could be learned."""
    name: str
    """As Moodle shows it; for a standard role that nobody renamed, its English name."""
    origin: str
    """For people: `--role-map`, `local_wsgetroles`, `batchroles roles` (the report), `seen in course 5`."""

    @property
    def called(self) -> str:
        """Its short name, or else its name."""
        return self.shortname or self.name


@dataclass(frozen=True)
class Spoken:
    """The languages, by their codes (`de`), in which a word may be the name that Moodle shows for a standard role."""

    site: str = ""
    """That of the site, as it tells the token's user."""
    file: frozenset[str] = frozenset()
    """Those of the file's headers."""

    def meanings(self, word: str) -> Meanings:
        """Give the short names of the standard roles that are shown so in these languages."""
        ours = {self.site, *self.file}
        said = words().roles.get(folded(word), {})
        return {short: codes & ours for short, codes in said.items() if codes & ours}


@dataclass(frozen=True)
class RoleList:
    """The roles known so far."""

    roles: Sequence[KnownRole]
    complete: bool
    """Whether these are all roles of the site."""
    hint: str = ""
    """A sentence on how to make more roles known, where some may be missing."""
    lacks: str = ""
    """The permission without which nothing could be learned."""
    looked_into: int = 0
    """Courses whose enrolled users showed these roles, and no others."""
    unproved: Collection[str] = ()
    """Words in small letters that may be the short name of another role than the one that they name."""
    all_named: bool = False
    """Whether every role of the site is among them by its name, and the short names that are held are known."""
    spoken: Spoken = field(default_factory=Spoken)

    def proves(self, word: str, role: KnownRole) -> bool:
        """Whether a role that a word fits is certain to be one that it means."""
        return bool(role.shortname) or word.lower() not in self.unproved

    @property
    def searched(self) -> str:
        """Say where a role that is not among them was looked for; empty where they were not learned so."""
        if not self.looked_into:
            return ""
        courses = "the one course" if self.looked_into == 1 else f"the {self.looked_into:,} courses"
        return f"nobody enrolled in {courses} that could be looked into has it"

    def candidates(self) -> list[KnownRole]:
        """Give the known roles, and where some may be missing, the standard ones beside them without an id.

        A role that is known by its name alone is from a report, which names every role: one that has the name of a
        standard role is that role, or that role has another name.
        """
        if self.complete:
            return list(self.roles)
        seen = {role.shortname for role in self.roles}
        taken = {role.name.lower() for role in self.roles if not role.shortname}
        unseen = [
            KnownRole(0, short, "" if name.lower() in taken else name, "")
            for short, name in STANDARD_NAMES.items()
            if short not in seen
        ]
        return [*self.roles, *unseen]


def shown_name(shortname: str, name: str) -> str:
    """Give the name that Moodle shows for a role in English: of a standard role it answers none.

    Case `profiles-enrolled`.
    """
    return name or STANDARD_NAMES.get(shortname, "")


def role_of(number: object, record: Mapping[str, object], origin: str) -> KnownRole:
    """Give a role as Moodle answered it."""
    short = str(record["shortname"])
    return KnownRole(int(str(number)), short, shown_name(short, str(record.get("name") or "")), origin)


def mapped(ref: RoleRef, role_map: RoleMap) -> RoleRef:
    """Translate a site's own word; the same letters in another case will do, unless the word itself stands there."""
    alike = {str(target) for word, target in role_map.items() if word.lower() == ref.value.lower()}
    # Of several words that differ in case only, another case than theirs cannot tell which is meant.
    target = role_map.get(ref.value, alike.pop() if len(alike) == 1 else None)
    if target is None or ref.by == "id":
        return ref
    return RoleRef("id" if is_id(str(target)) else "shortname", str(target))


def as_given(ref: RoleRef) -> Resolved | None:
    """Give the id of a role that is named by its id, and None for every other.

    A word in digits is an id only where no known role has it as its short name: `match` looks for that first.
    """
    if ref.by == "id" or (ref.by == "word" and is_id(ref.value)):
        return given_id(ref.value, "role")
    return None


def matches(word: str, roles: Sequence[KnownRole]) -> list[KnownRole]:
    """Give the roles that a word may mean.

    An exact short name is that role alone. Anything else is compared without case with short names and names alike.
    """
    exact = [role for role in roles if role.shortname == word]
    if exact:
        return exact[:1]
    # Not casefold(), to which "ß" and "ss" are one: of two such roles perhaps only one is known.
    small = word.lower()
    return [role for role in roles if small in (role.shortname.lower(), role.name.lower())]


def meant(ref: RoleRef, known: RoleList) -> list[KnownRole]:
    """Give the roles that a reference may mean: the site's own words go first, then what Moodle shows elsewhere."""
    found = matches(ref.value, known.candidates())
    return found if found or ref.by != "word" else _by_shown_name(ref.value, known)


def _by_shown_name(word: str, known: RoleList) -> list[KnownRole]:
    """Give the standard role that Moodle shows by this name in a language of the site or of the file.

    Nobody is given a role that merely sounds like one: not where two roles are called so, where the site may have a
    role of its own by that name that is not known, or where it calls the standard role otherwise. A name in the site's
    own language is what its pages show, as English names are.
    """
    said = known.spoken.meanings(word)
    if len(said) != 1:
        return []
    ((short, codes),) = said.items()
    candidates = known.candidates()
    alike = any(folded(word) in (folded(role.name), folded(role.shortname)) for role in candidates)
    shown_there = known.spoken.site in codes and folded(word) in words().shown
    if alike or not (known.complete or known.all_named or shown_there):
        return []
    return [role for role in candidates if role.shortname == short and _keeps_its_name(role)]


def _keeps_its_name(role: KnownRole) -> bool:
    """Whether a standard role has a name that Moodle gives it, in whichever language."""
    standard = STANDARD_NAMES.get(role.shortname, "")
    return role.name in ("", standard) or role.shortname in words().roles.get(folded(role.name), {})


def is_decided(ref: RoleRef, known: RoleList) -> bool:
    """Whether more known roles would not be needed for a word."""
    many = [role for role in meant(ref, known) if known.proves(ref.value, role)]
    return as_given(ref) is not None or len(many) > 1 or any(role.id for role in many)


def match(ref: RoleRef, known: RoleList, spelt: str) -> Resolved:
    """Turn a word into a role id, or into a problem that quotes it as the file spells it."""
    given = as_given(ref)
    if given is not None and not (ref.by == "word" and _has_shortname(ref.value, known)):
        return given
    many = _once(meant(ref, known))
    if len(many) > 1:
        return _ambiguous(spelt, many)
    if not many:
        return _unknown(ref, spelt, known)
    (role,) = many
    if not known.proves(ref.value, role):
        return _unproved(spelt, role, known)
    return role.id or _unlearned(spelt, role, known)


def _once(many: Sequence[KnownRole]) -> Sequence[KnownRole]:
    """Leave a role out that is known by its name alone where the standard one of that name is there without an id."""
    unlearned = {shown_name(role.shortname, role.name).lower() for role in many if not role.id}
    same = [role for role in many if not role.shortname and role.name.lower() in unlearned]
    return [role for role in many if role not in same] if len(same) == 1 else many


def _has_shortname(word: str, known: RoleList) -> bool:
    return any(role.shortname == word for role in known.roles)


def _ambiguous(word: str, many: Sequence[KnownRole]) -> Problem:
    choice = " or ".join(
        f'{role.shortname or f"id {role.id}"} (shown as "{shown_name(role.shortname, role.name)}")'
        for role in many
    )
    return Problem(
        Code.ROLE_AMBIGUOUS,
        f"{word}: {choice}?",
        f'Write the short name, or --role-map "{word}={many[0].shortname or many[0].id}".',
        value=word,
        suggestions=tuple(role.shortname for role in many if role.shortname),
    )


def _unlearned(word: str, role: KnownRole, known: RoleList) -> Problem:
    name = shown_name(role.shortname, role.name)
    named = [one.id for one in known.roles if not one.shortname and one.name == name]
    likely = f' A role named "{name}" has the id {named[0]}.' if len(named) == 1 else ""
    return Problem(
        Code.ROLE_UNKNOWN,
        f'The id of the role "{role.shortname}" could not be learned from the site'
        f"{': ' if known.searched else ''}{known.searched}.{likely}",
        f"{_giving(word, named)} {known.hint}".rstrip(),
        value=word,
    )


def _giving(word: str, likely: Sequence[int]) -> str:
    """Say how an id is given, finished where one role alone may be meant."""
    if len(likely) == 1:
        return f'If that is the role that is meant, give it with --role-map "{word}={likely[0]}".'
    return (
        f'Give it with --role-map "{word}=ID" (the number after roleid= in the address of the role\'s page in'
        " Define roles)."
    )


def _unproved(word: str, role: KnownRole, known: RoleList) -> Problem:
    return Problem(
        Code.ROLE_UNKNOWN,
        f'A role named "{role.name}" has the id {role.id}, but whether "{word}" is another one\'s short name could not'
        " be learned from the site.",
        f"{_giving(word, [role.id])} {known.hint}".rstrip(),
        value=word,
    )


def _not_certain(word: str, said: Meanings, known: RoleList) -> Problem:
    ((short, codes),) = said.items()
    return Problem(
        Code.ROLE_UNKNOWN,
        f'Role "{word}" is not known. It is what Moodle calls the role "{short}" in {words().language(codes)}, but'
        " whether that is meant is not certain.",
        f'If it is, give --role-map "{word}={short}". {known.hint}'.rstrip(),
        value=word,
        suggestions=(short,),
    )


def _unknown(ref: RoleRef, word: str, known: RoleList) -> Problem:
    sought = ref.value
    said = words().roles.get(folded(word), {}) if ref.by == "word" and sought == word else {}
    if len(said) == 1:
        return _not_certain(word, said, known)
    shorts = sorted({role.shortname for role in known.candidates() if role.shortname})
    # Another word for a role whose id is not known either would be no help.
    learned = sorted(role.shortname for role in known.roles if role.shortname and role.id)
    near = nearest(sought, shorts + [role.name for role in known.candidates() if role.name])
    through = "" if sought == word else f' ("{sought}" in the role map)'
    return Problem(
        Code.ROLE_UNKNOWN,
        f'Role "{word}"{through} is not known{did_you_mean(sought, near)}',
        f"Write one of these short names: {', '.join(shorts)}; or translate the word with"
        f' --role-map "{word}=SHORTNAME". {known.hint}'.rstrip(),
        value=word,
        suggestions=tuple(dict.fromkeys([near, *learned] if near else learned or shorts)),
    )
