"""The one door to Moodle's REST web service: requests, retries, and what its errors mean."""

from batchroles.client.attempts import Retry
from batchroles.client.login import fetch_token
from batchroles.client.moodle import Moodle, Observer, Silent
from batchroles.client.shapes import records
from batchroles.client.wire import Answer, Transport

__all__ = ["Answer", "Moodle", "Observer", "Retry", "Silent", "Transport", "fetch_token", "records"]
