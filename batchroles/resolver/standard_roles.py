"""The roles that every Moodle has, and the names under which it shows them in English.

Moodle's answers leave the name of a standard role empty until somebody renames it, so the names are kept here.
"""

STANDARD_NAMES = {
    "manager": "Manager",
    "coursecreator": "Course creator",
    "editingteacher": "Teacher",
    "teacher": "Non-editing teacher",
    "student": "Student",
    "guest": "Guest",
    "user": "Authenticated user",
    "frontpage": "Authenticated user on site home",
}
"""Short name → name."""
