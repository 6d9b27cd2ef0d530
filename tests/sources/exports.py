"""OneRoster exports, as student systems make them: every column of the standard, most of them blank."""

import csv
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

USERS = {
    "1.1": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password",
    "1.2": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,"
    "email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns",
}
CLASSES = (
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods"
)
ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate"
)
ROLES = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId,userProfileSourcedId"
)

Record = Mapping[str, str]


def user(sourced_id: str, role: str, username: str = "", **more: str) -> Record:
    """Give a person; `agents` are the sourcedIds of others, parted by commas."""
    agents = more.pop("agents", "")
    return {
        "sourcedId": sourced_id,
        "enabledUser": "true",
        "role": role,
        "username": username or sourced_id,
        "givenName": "Given",
        "familyName": "Family",
        "password": "PASSWORD-1",
        "agentSourcedIds": agents,
        **more,
    }


def enrollment(number: int, class_id: str, user_id: str, role: str = "student", **more: str) -> Record:
    """Give an enrolment."""
    return {
        "sourcedId": f"e{number}",
        "classSourcedId": class_id,
        "userSourcedId": user_id,
        "role": role,
        **more,
    }


def write_export(
    folder: Path,
    users: Sequence[Record],
    classes: Sequence[Record],
    enrollments: Sequence[Record],
    *,
    version: str = "1.1",
    bom: bool = False,
    modes: Mapping[str, str] | None = None,
) -> Path:
    """Write an export into a folder; `modes` is what its manifest says of files, where it is not bulk."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, tuple[str, Iterable[Record]]] = {
        "users.csv": (USERS[version], users),
        "classes.csv": (CLASSES, classes),
        "enrollments.csv": (ENROLLMENTS, enrollments),
    }
    if version == "1.2":
        roles = [
            {"sourcedId": f"r{one['sourcedId']}", "userSourcedId": one["sourcedId"], "roleType": "primary"}
            | {"role": one["role"], "status": one.get("status", "")}
            for one in users
        ]
        files["roles.csv"] = (ROLES, roles)
    said = {f"file.{name.removesuffix('.csv')}": "bulk" for name in files} | dict(modes or {})
    manifest = {"manifest.version": "1.0", "oneroster.version": version, **said}
    files["manifest.csv"] = (
        "propertyName,value",
        [{"propertyName": name, "value": value} for name, value in manifest.items()],
    )
    for name, (header, records) in files.items():
        write_records(folder / name, header, records, bom=bom)
    return folder


def write_records(path: Path, header: str, records: Iterable[Record], *, bom: bool = False) -> None:
    """Write one file of an export."""
    with path.open("w", newline="", encoding="utf-8-sig" if bom else "utf-8") as file:
        writer = csv.DictWriter(file, header.split(","), restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(records)


def zipped(folder: Path, path: Path, inside: str = "") -> Path:
    """Put the files of a folder into a zip file, in a folder there if one is named."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.iterdir()):
            archive.write(one, inside + one.name)
    return path


SMALL_USERS = [
    user("u1", "student", "Anna", agents="u2,u3", identifier="S1", email="anna@example.edu"),
    user("u2", "parent", "ben", agents="u1", email="ben@example.edu"),
    user("u3", "teacher", "carl"),
    user("u4", "student", "dora", status="tobedeleted"),
]
SMALL_CLASSES = [
    {"sourcedId": "c1", "classCode": "MAT-1", "title": "Mathematics"},
    {"sourcedId": "c2", "classCode": "OLD", "title": "Old", "status": "tobedeleted"},
]
SMALL_ENROLLMENTS = [
    enrollment(1, "c1", "u1"),
    enrollment(2, "c1", "u1", status="tobedeleted"),
    enrollment(3, "c1", "u3", "teacher"),
    enrollment(4, "c1", "u4"),
    enrollment(5, "c2", "u1"),
]


def write_small(folder: Path, **more: object) -> Path:
    """Write a small export with a row of each kind."""
    return write_export(folder, SMALL_USERS, SMALL_CLASSES, SMALL_ENROLLMENTS, **more)  # type: ignore[arg-type]
