"""Make samples/oneroster.zip: a OneRoster 1.1 export of two classes, for the packaged practice site.

Run it as `python samples/make_oneroster.py` after a change of the practice site. A row of each kind that is left
out is in it, too: an enrolment that is marked as deleted, and a teacher among a student's agents.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from batchroles.sandbox import default_site

HERE = Path(__file__).parent
STUDENTS, PARENTS = 6, 2
_MADE = (2026, 9, 1, 0, 0, 0)
"""The time of every file in the archive, so that the same content is the same archive."""
_USER = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password"
)
_CLASS = (
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods"
)
_ENROLLMENT = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,"
    "endDate"
)
_MANIFEST = {
    "manifest.version": "1.0",
    "oneroster.version": "1.1",
    "file.classes": "bulk",
    "file.enrollments": "bulk",
    "file.users": "bulk",
    "source.systemName": "Practice SIS",
}


def main() -> None:
    """Write the archive."""
    site = default_site()
    people = [user for user in site["users"] if user["idnumber"]][: 1 + STUDENTS + PARENTS]
    courses = [course for course in site["courses"] if course["idnumber"]][:2]
    teacher, students, parents = people[0], people[1 : 1 + STUDENTS], people[1 + STUDENTS :]
    agents = {
        student["idnumber"]: [parent["idnumber"]] for student, parent in zip(students, parents, strict=False)
    }
    agents[students[0]["idnumber"]].append(teacher["idnumber"])
    users = [
        _user(person, role, agents.get(person["idnumber"], []))
        for role, some in (("teacher", [teacher]), ("student", students), ("parent", parents))
        for person in some
    ]
    enrollments = [
        {"classSourcedId": course["idnumber"], "userSourcedId": person["idnumber"], "role": role}
        for course in courses
        for role, some in (("teacher", [teacher]), ("student", students))
        for person in some
    ]
    numbered = [{"sourcedId": f"E{number:04}", **one} for number, one in enumerate(enrollments, 1)]
    numbered[-1]["status"] = "tobedeleted"
    files = {
        "manifest.csv": _table("propertyName,value", _MANIFEST.items()),
        "users.csv": _records(_USER, users),
        "classes.csv": _records(_CLASS, map(_class, courses)),
        "enrollments.csv": _records(_ENROLLMENT, numbered),
    }
    with zipfile.ZipFile(HERE / "oneroster.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _MADE), content)


def _user(person: dict[str, Any], role: str, agents: Sequence[str]) -> dict[str, str]:
    return {
        "sourcedId": person["idnumber"],
        "enabledUser": "true",
        "role": role,
        "username": person["username"],
        "givenName": person["firstname"],
        "familyName": person["lastname"],
        "email": person["email"],
        "agentSourcedIds": ",".join(agents),
    }


def _class(course: dict[str, Any]) -> dict[str, str]:
    return {"sourcedId": course["idnumber"], "title": course["fullname"], "classCode": course["shortname"]}


def _records(headers: str, rows: Iterable[dict[str, str]]) -> str:
    return _table(headers, ([row.get(header, "") for header in headers.split(",")] for row in rows))


def _table(headers: str, rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([headers.split(","), *rows])
    return text.getvalue()


if __name__ == "__main__":
    main()
