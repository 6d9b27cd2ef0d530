"""The capabilities that the practice Moodle knows: those that its functions ask for, and Moodle's common ones."""

from batchroles.sandbox.text import words

CAPABILITY_NAMES = {
    "moodle/role:assign": "Assign roles to users",
    "moodle/role:review": "Review permissions for others",
    "moodle/course:view": "View courses without participation",
    "moodle/course:viewparticipants": "View participants",
    "moodle/site:viewparticipants": "View participants",
    "moodle/course:enrolreview": "Review course enrolments",
    "moodle/site:accessallgroups": "Access all groups",
    "moodle/site:config": "Change site configuration",
    "moodle/category:manage": "Manage categories",
    "moodle/course:update": "Update course settings",
    "enrol/manual:enrol": "Enrol users",
    "enrol/manual:unenrol": "Unenrol users from the course",
}
"""Capabilities as Moodle's English texts name them."""

OTHERS = words("""
    moodle/backup:backupcourse moodle/blog:view moodle/calendar:manageentries moodle/category:viewcourselist
    moodle/category:viewhiddencategories moodle/cohort:assign moodle/cohort:manage moodle/cohort:view
    moodle/course:create moodle/course:delete moodle/course:enrolconfig moodle/course:manageactivities
    moodle/course:managegroups moodle/course:request moodle/course:useremail moodle/course:view
    moodle/course:viewhiddenactivities moodle/course:viewhiddencourses moodle/course:viewhiddensections
    moodle/course:viewhiddenuserfields moodle/course:visibility moodle/grade:edit moodle/grade:view
    moodle/grade:viewall moodle/role:manage moodle/role:override moodle/role:safeoverride
    moodle/reportbuilder:edit moodle/reportbuilder:editall moodle/reportbuilder:scheduleviewall
    moodle/reportbuilder:view moodle/reportbuilder:viewall moodle/role:switchroles
    moodle/site:maintenanceaccess moodle/site:uploadusers moodle/site:viewfullnames
    moodle/site:viewparticipants moodle/site:viewreports moodle/site:viewuseridentity moodle/user:create
    moodle/user:delete moodle/user:update moodle/user:viewalldetails moodle/user:viewdetails
    moodle/user:viewhiddendetails moodle/webservice:createmobiletoken moodle/webservice:createtoken
    mod/assign:grade mod/assign:submit mod/assign:view mod/forum:addnews mod/forum:replypost
    mod/forum:viewdiscussion mod/page:view mod/quiz:attempt mod/quiz:grade mod/quiz:view enrol/cohort:config
    enrol/manual:config enrol/manual:manage enrol/manual:unenrolself enrol/self:config enrol/self:manage
    enrol/self:unenrol gradereport/user:view report/log:view webservice/rest:use webservice/soap:use
""")

KNOWN_CAPABILITIES = frozenset([*CAPABILITY_NAMES, *OTHERS, ""])
"""Capabilities that exist; the empty one is what a client sends for "any"."""
