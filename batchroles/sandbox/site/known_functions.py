"""Names of functions that a Moodle has and the practice Moodle does not: a call is refused, not unknown.

They are those of a 4.3, a choice; a 5.1 has nearly all of them.
"""

from batchroles.sandbox.text import words

CORE = frozenset(
    f"core_{name}"
    for name in words("""
    auth_confirm_user auth_request_password_reset badges_get_user_badges blog_get_entries
    calendar_create_calendar_events calendar_get_calendar_events cohort_create_cohorts cohort_delete_cohorts
    cohort_delete_cohort_members cohort_get_cohorts cohort_get_cohort_members cohort_search_cohorts
    cohort_update_cohorts comment_get_comments completion_get_activities_completion_status
    completion_get_course_completion_status completion_mark_course_self_completed
    completion_update_activity_completion_status_manually course_create_categories course_create_courses
    course_delete_categories course_delete_courses course_delete_modules course_duplicate_course
    course_edit_module course_edit_section course_get_course_content_items
    course_get_enrolled_courses_by_timeline_classification course_get_recent_courses
    course_get_updates_since course_get_user_administration_options course_get_user_navigation_options
    course_import_course course_update_categories course_update_courses course_view_course
    enrol_get_course_enrolment_methods enrol_get_potential_users enrol_search_users
    enrol_submit_user_enrolment_form enrol_unenrol_user_enrolment files_get_files files_upload
    get_component_strings get_string get_strings get_user_dates grades_get_gradeitems grades_update_grades
    group_assign_grouping group_create_groupings group_create_groups group_delete_group_members
    group_delete_groupings group_delete_groups group_get_activity_allowed_groups group_get_course_groupings
    group_get_course_groups group_get_course_user_groups group_get_group_members group_get_groupings
    group_get_groups group_unassign_grouping group_update_groupings group_update_groups
    message_get_conversations message_get_messages message_send_instant_messages notes_create_notes
    notes_get_course_notes output_load_template question_update_flag rating_get_item_ratings
    reportbuilder_audiences_delete reportbuilder_can_view_system_report reportbuilder_columns_add
    reportbuilder_columns_delete reportbuilder_columns_reorder reportbuilder_columns_sort_get
    reportbuilder_columns_sort_reorder reportbuilder_columns_sort_toggle reportbuilder_conditions_add
    reportbuilder_conditions_delete reportbuilder_conditions_reorder reportbuilder_conditions_reset
    reportbuilder_filters_add reportbuilder_filters_delete reportbuilder_filters_reorder
    reportbuilder_filters_reset reportbuilder_list_reports reportbuilder_reports_delete
    reportbuilder_reports_get reportbuilder_retrieve_report reportbuilder_retrieve_system_report
    reportbuilder_schedules_delete reportbuilder_schedules_send reportbuilder_schedules_toggle
    reportbuilder_set_filters reportbuilder_view_report search_get_results
    session_time_remaining session_touch tag_get_tags tag_update_tags
    update_inplace_editable user_add_user_device user_add_user_private_files user_agree_site_policy
    user_create_users user_delete_users user_get_private_files_info user_get_user_preferences
    user_search_identity user_set_user_preferences user_update_picture user_update_user_preferences
    user_update_users user_view_user_list user_view_user_profile webservice_get_site_info role_assign_roles
    role_unassign_roles user_get_users user_get_users_by_field user_get_course_user_profiles
    course_get_courses course_get_courses_by_field course_search_courses course_get_contents
    course_get_categories course_get_course_module course_get_course_module_by_instance
    enrol_get_enrolled_users enrol_get_enrolled_users_with_capability enrol_get_users_courses
    cohort_add_cohort_members group_add_group_members
""")
)

PLUGINS = frozenset(
    words("""
    auth_email_get_signup_settings auth_email_signup_user enrol_guest_get_instance_info
    enrol_manual_enrol_users enrol_manual_unenrol_users enrol_self_enrol_user enrol_self_get_instance_info
    gradereport_user_get_grade_items gradereport_user_get_grades_table mod_assign_get_assignments
    mod_assign_get_grades mod_assign_get_submissions mod_assign_save_grade mod_book_get_books_by_courses
    mod_choice_get_choice_options mod_data_get_databases_by_courses mod_feedback_get_feedbacks_by_courses
    mod_folder_get_folders_by_courses mod_forum_add_discussion mod_forum_get_forum_discussions
    mod_forum_get_forums_by_courses mod_glossary_get_glossaries_by_courses mod_lesson_get_lessons_by_courses
    mod_lti_get_ltis_by_courses mod_page_get_pages_by_courses mod_quiz_get_quizzes_by_courses
    mod_quiz_get_user_attempts mod_resource_get_resources_by_courses mod_scorm_get_scorms_by_courses
    mod_survey_get_surveys_by_courses mod_url_get_urls_by_courses mod_wiki_get_wikis_by_courses
    mod_workshop_get_workshops_by_courses tool_mobile_get_config tool_mobile_get_public_config
""")
)
"""Functions of plugins that come with Moodle."""


def exists(function: str) -> bool:
    """Say whether a Moodle has a function of this name."""
    return function in CORE or function in PLUGINS


def installed_order(names: list[str]) -> list[str]:
    """Order functions as Moodle installed them: core's, then the plugins', by name with one exception.

    NOTE: Moodle does not sort the functions of a service. PostgreSQL gives a short list in the order of the list
    (it looks each name up) and a longer one in the order of the table (it reads that through), as recorded.
    """
    return names if len(names) < LONG_LIST else sorted(names, key=_place)


LONG_LIST = 10


def _place(name: str) -> tuple[bool, bool, str]:
    place = "core_course_search_courses+" if name == "core_course_get_courses_by_field" else name
    return not name.startswith("core_"), name.startswith("local_"), place
