"""The structures that web-service functions take and give.

Names, order, types and needs as a Moodle 4.3 reports them on its own API documentation page; what a 5.1 has besides by
its answers in XML, where every key stands, and in JSON.
"""

from batchroles.sandbox.functions.shapes import (
    ALPHA,
    ALPHANUM,
    ALPHANUMEXT,
    BOOL,
    INT,
    NOTAGS,
    RAW,
    TEXT,
    Many,
    Record,
    Shape,
    Value,
    maybe,
    must,
    only,
    optional,
    record,
)
from batchroles.sandbox.site.release import MOODLE_51

WARNINGS = optional(
    Many(
        Record(
            {
                **maybe(TEXT, "item"),
                **maybe(INT, "itemid"),
                **must(ALPHANUM, "warningcode"),
                **must(RAW, "message"),
            }
        )
    )
)
FILES = Many(
    Record(
        {
            **maybe(RAW, "filename", "filepath"),
            **maybe(INT, "filesize"),
            **maybe(RAW, "fileurl"),
            **maybe(INT, "timemodified"),
            **maybe(RAW, "mimetype"),
            **maybe(BOOL, "isexternalfile"),
            **maybe(RAW, "repositorytype", "icon"),
        }
    )
)
USER_FIELDS = optional(Many(Record({**must(RAW, "type", "value", "name", "shortname")})))
COURSE_FIELDS = optional(Many(Record({**must(RAW, "name", "shortname", "type", "valueraw", "value")})))
NAME_AND_VALUE = Record(must(RAW, "name", "value"))

ASSIGNMENT = Record(
    {
        **must(INT, "roleid", "userid"),
        **maybe(INT, "contextid"),
        **maybe(ALPHA, "contextlevel"),
        **maybe(INT, "instanceid"),
    }
)

ROLES = optional(
    Many(
        Record(
            {
                **must(INT, "roleid"),
                **must(RAW, "name"),
                **must(ALPHANUMEXT, "shortname"),
                **must(INT, "sortorder"),
            }
        )
    )
)
GROUPS = optional(
    Many(Record({**must(INT, "id"), **must(RAW, "name", "description"), **must(INT, "descriptionformat")}))
)
ENROLLED_COURSES = optional(Many(Record({**must(INT, "id"), **must(RAW, "fullname", "shortname")})))

USER_KEYS: dict[str, Shape] = {
    **must(INT, "id"),
    **maybe(RAW, "username", "firstname", "lastname"),
    **must(NOTAGS, "fullname"),
    **maybe(
        RAW, "email", "address", "phone1", "phone2", "department", "institution", "idnumber", "interests"
    ),
    **maybe(INT, "firstaccess", "lastaccess"),
    **maybe(RAW, "auth"),
    **maybe(BOOL, "suspended", "confirmed"),
    **maybe(RAW, "lang", "calendartype", "theme", "timezone"),
    **maybe(INT, "mailformat"),
    **only(maybe(INT, "trackforums"), MOODLE_51),
    **maybe(RAW, "description"),
    **maybe(INT, "descriptionformat"),
    **maybe(RAW, "city", "country"),
    **must(RAW, "profileimageurlsmall", "profileimageurl"),
    "customfields": USER_FIELDS,
    "preferences": optional(Many(NAME_AND_VALUE)),
}
USER = Record(USER_KEYS)
PROFILE = Record({**USER_KEYS, "groups": GROUPS, "roles": ROLES, "enrolledcourses": ENROLLED_COURSES})
ENROLLED_USER_KEYS: dict[str, Shape] = {
    **must(INT, "id"),
    **maybe(RAW, "username", "firstname", "lastname"),
    **must(RAW, "fullname"),
    **maybe(
        RAW, "email", "address", "phone1", "phone2", "department", "institution", "idnumber", "interests"
    ),
    **maybe(INT, "firstaccess", "lastaccess", "lastcourseaccess"),
    **maybe(RAW, "description"),
    **maybe(INT, "descriptionformat"),
    **maybe(RAW, "city", "country", "profileimageurlsmall", "profileimageurl"),
    "customfields": USER_FIELDS,
    "groups": GROUPS,
    "roles": ROLES,
    "preferences": optional(Many(NAME_AND_VALUE)),
    "enrolledcourses": ENROLLED_COURSES,
}

COURSE = Record(
    {
        **must(INT, "id"),
        **must(RAW, "shortname"),
        **must(INT, "categoryid"),
        **maybe(INT, "categorysortorder"),
        **must(RAW, "fullname", "displayname"),
        **maybe(RAW, "idnumber"),
        **must(RAW, "summary"),
        **must(INT, "summaryformat"),
        **must(RAW, "format"),
        **maybe(INT, "showgrades", "newsitems"),
        **must(INT, "startdate", "enddate"),
        **maybe(INT, "numsections", "maxbytes", "showreports", "visible", "hiddensections", "groupmode"),
        **maybe(
            INT, "groupmodeforce", "defaultgroupingid", "timecreated", "timemodified", "enablecompletion"
        ),
        **maybe(INT, "completionnotify"),
        **maybe(RAW, "lang", "forcetheme"),
        "courseformatoptions": optional(Many(NAME_AND_VALUE)),
        **must(BOOL, "showactivitydates", "showcompletionconditions"),
        "customfields": optional(
            Many(Record({**must(RAW, "name", "shortname", "type", "valueraw", "value")}))
        ),
    }
)
FOUND_COURSE_KEYS: dict[str, Shape] = {
    **must(INT, "id"),
    **must(RAW, "fullname", "displayname", "shortname"),
    **maybe(RAW, "courseimage"),
    **must(INT, "categoryid"),
    **must(RAW, "categoryname"),
    **maybe(INT, "sortorder"),
    **must(RAW, "summary"),
    **must(INT, "summaryformat"),
    "summaryfiles": optional(FILES),
    "overviewfiles": FILES,
    **maybe(BOOL, "showactivitydates", "showcompletionconditions"),
    "contacts": Many(Record({**must(INT, "id"), **must(NOTAGS, "fullname")})),
    "enrollmentmethods": Many(RAW),
    "customfields": COURSE_FIELDS,
}
COURSE_BY_FIELD = Record(
    {
        **FOUND_COURSE_KEYS,
        **maybe(RAW, "idnumber", "format"),
        **maybe(INT, "showgrades", "newsitems", "startdate", "enddate", "maxbytes", "showreports", "visible"),
        **maybe(
            INT, "groupmode", "groupmodeforce", "defaultgroupingid", "enablecompletion", "completionnotify"
        ),
        **maybe(RAW, "lang", "theme"),
        **maybe(INT, "marker", "legacyfiles"),
        **maybe(RAW, "calendartype"),
        **maybe(INT, "timecreated", "timemodified", "requested", "cacherev"),
        "filters": optional(
            Many(Record({**must(RAW, "filter"), **must(INT, "localstate", "inheritedstate")}))
        ),
        "courseformatoptions": optional(Many(NAME_AND_VALUE)),
    }
)
CATEGORY = Record(
    {
        **must(INT, "id"),
        **must(RAW, "name"),
        **maybe(RAW, "idnumber"),
        **must(RAW, "description"),
        **must(INT, "descriptionformat", "parent", "sortorder", "coursecount"),
        **maybe(INT, "visible", "visibleold", "timemodified"),
        **must(INT, "depth"),
        **must(TEXT, "path"),
        **maybe(RAW, "theme"),
    }
)
MODULE = record(
    cm=Record(
        {
            **must(INT, "id", "course", "module"),
            **must(RAW, "name"),
            **must(RAW, "modname"),
            **must(INT, "instance", "section", "sectionnum", "groupmode", "groupingid", "completion"),
            **maybe(RAW, "idnumber"),
            **maybe(INT, "added", "score", "indent", "visible", "visibleoncoursepage", "visibleold"),
            **maybe(INT, "completiongradeitemnumber", "completionpassgrade", "completionview"),
            **maybe(INT, "completionexpected", "showdescription", "downloadcontent"),
            **maybe(RAW, "availability", "grade", "gradepass"),
            **maybe(INT, "gradecat", "advancedgrading", "outcomes"),
        }
    ),
    warnings=WARNINGS,
)
CONTENT = Record(
    {
        **must(ALPHA, "type"),
        **must(RAW, "filename", "filepath"),
        **must(INT, "filesize"),
        **maybe(RAW, "fileurl", "content"),
        **must(INT, "timecreated", "timemodified", "sortorder"),
        **maybe(RAW, "mimetype"),
        **maybe(BOOL, "isexternalfile"),
        **maybe(RAW, "repositorytype"),
        **must(INT, "userid"),
        **must(TEXT, "author", "license"),
    }
)
SECTION_MODULE = Record(
    {
        **must(INT, "id"),
        **maybe(RAW, "url"),
        **must(RAW, "name"),
        **maybe(INT, "instance", "contextid"),
        **maybe(RAW, "description"),
        **maybe(INT, "visible"),
        **maybe(BOOL, "uservisible"),
        **maybe(RAW, "availabilityinfo"),
        **maybe(INT, "visibleoncoursepage"),
        **must(RAW, "modicon", "modname"),
        **only({**must(RAW, "purpose"), **must(BOOL, "branded")}, MOODLE_51),
        **must(RAW, "modplural"),
        **maybe(RAW, "availability"),
        **must(INT, "indent"),
        **maybe(RAW, "onclick", "afterlink"),
        "activitybadge": optional(Record(maybe(RAW, "badgecontent", "badgestyle", "badgeurl"))),
        **maybe(RAW, "customdata"),
        **maybe(BOOL, "noviewlink"),
        **only(must(BOOL, "candisplay"), MOODLE_51),
        **maybe(INT, "completion", "downloadcontent"),
        "dates": Many(Record({**must(TEXT, "label"), **must(INT, "timestamp")})),
        **maybe(INT, "groupmode"),
        "contents": optional(Many(CONTENT)),
        "contentsinfo": optional(
            Record(
                {
                    **must(INT, "filescount", "filessize", "lastmodified"),
                    "mimetypes": Many(RAW),
                    **maybe(RAW, "repositorytype"),
                }
            )
        ),
    }
)
SECTION = Record(
    {
        **must(INT, "id"),
        **must(RAW, "name"),
        **maybe(INT, "visible"),
        **must(RAW, "summary"),
        **must(INT, "summaryformat"),
        **maybe(INT, "section", "hiddenbynumsections"),
        **maybe(BOOL, "uservisible"),
        **maybe(RAW, "availabilityinfo"),
        **only({**maybe(RAW, "component"), **maybe(INT, "itemid")}, MOODLE_51),
        "modules": Many(SECTION_MODULE),
    }
)
USERS_COURSE = Record(
    {
        **must(INT, "id"),
        **must(RAW, "shortname", "fullname"),
        **maybe(RAW, "displayname"),
        **maybe(INT, "enrolledusercount"),
        **must(RAW, "idnumber"),
        **must(INT, "visible"),
        **maybe(RAW, "summary"),
        **maybe(INT, "summaryformat"),
        **maybe(RAW, "format"),
        **maybe(RAW, "courseimage"),
        **maybe(BOOL, "showgrades"),
        **maybe(RAW, "lang"),
        **maybe(BOOL, "enablecompletion", "completionhascriteria", "completionusertracked"),
        **maybe(INT, "category"),
        **maybe(Value("float"), "progress"),
        **maybe(BOOL, "completed"),
        **maybe(INT, "startdate", "enddate", "marker", "lastaccess"),
        **maybe(BOOL, "isfavourite", "hidden"),
        "overviewfiles": optional(FILES),
        **must(BOOL, "showactivitydates", "showcompletionconditions"),
        **maybe(INT, "timemodified"),
    }
)
SITE_INFO = Record(
    {
        **must(RAW, "sitename", "username"),
        **must(TEXT, "firstname", "lastname", "fullname"),
        **must(RAW, "lang"),
        **must(INT, "userid"),
        **must(RAW, "siteurl", "userpictureurl"),
        "functions": Many(Record(must(RAW, "name", "version"))),
        **maybe(INT, "downloadfiles", "uploadfiles"),
        **maybe(TEXT, "release", "version"),
        **maybe(RAW, "mobilecssurl"),
        "advancedfeatures": optional(Many(Record({**must(RAW, "name"), **must(INT, "value")}))),
        **maybe(BOOL, "usercanmanageownfiles"),
        **maybe(INT, "userquota", "usermaxuploadfilesize", "userhomepage"),
        **maybe(ALPHANUM, "userprivateaccesskey"),
        **maybe(INT, "siteid"),
        **maybe(RAW, "sitecalendartype", "usercalendartype"),
        **maybe(BOOL, "userissiteadmin"),
        **maybe(RAW, "theme"),
        **maybe(INT, "limitconcurrentlogins", "usersessionscount"),
        **only(maybe(INT, "policyagreed"), MOODLE_51),
    }
)
ROLE = Record(
    {
        **maybe(INT, "id"),
        **maybe(TEXT, "name", "shortname", "description"),
        **maybe(INT, "sortorder"),
        **maybe(TEXT, "archetype"),
    }
)
