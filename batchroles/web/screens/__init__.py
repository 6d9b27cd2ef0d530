"""The screens, each with its addresses; they make plain values, and templates show them."""

from batchroles.web.screens import check, guide, history, language, run, upload

SCREENS = (upload.screen, check.screen, run.screen, history.screen, guide.screen, language.screen)
