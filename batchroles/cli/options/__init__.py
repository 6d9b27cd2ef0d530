"""The flags that commands share: each group of them becomes what the work itself is given."""

from batchroles.cli.aims import Aim, option
from batchroles.cli.options.checking import check_flags
from batchroles.cli.options.flags import MOST_ROWS, Flags
from batchroles.cli.options.reading import file_flags, office_flags, role_map_option, time_zone_option
from batchroles.cli.options.sending import Sending, out_flags, pace_flags, send_flags
from batchroles.cli.options.site import (
    SiteFlags,
    ca_cert_option,
    client_cert_option,
    insecure_http_option,
    site_flags,
    site_option,
    url_option,
)

__all__ = [
    "MOST_ROWS",
    "Aim",
    "Flags",
    "Sending",
    "SiteFlags",
    "ca_cert_option",
    "check_flags",
    "client_cert_option",
    "file_flags",
    "insecure_http_option",
    "office_flags",
    "option",
    "out_flags",
    "pace_flags",
    "role_map_option",
    "send_flags",
    "site_flags",
    "site_option",
    "time_zone_option",
    "url_option",
]
