"""Every TwiML document that the tests of the telephone were answered with, against the grammar Twilio publishes."""

import re
from xml.etree import ElementTree

import pytest

from callcenter.app import PAGES
from tests.contract.twiml_grammar import complaints, grammar
from tests.web.office import application

#: webhooks that only listen: nothing is said back
SILENT = {"agent", "status", "message-status", "line-status", "room-status", "connect-status", "customer-status", "placed", "recording",
          "room-recording", "music.wav"}
#: answers to texts have a grammar of their own
TEXTS = "sms"


@pytest.fixture(scope="module")
def rules(packages):
    return grammar(packages / "twilio")


def test_the_grammar_was_read_whole(rules):
    assert len(rules) >= 50
    assert {"Client", "Number", "Sip", "Conference", "Queue"} <= rules["Dial"].children
    assert complaints("<Response><Dial record='maybe'><Play/></Dial><Fax/></Response>", rules) != []


def test_no_document_has_a_word_that_twilio_does_not_know(documents, rules, packages):
    assert documents, "scripts/test-twilio runs tests/telephony first, with TWIML_SEEN"
    texts = grammar(packages / "twilio", "Messaging")
    wrong = {name: found for name, text in documents.items() if (found := complaints(text, texts if name.startswith(TEXTS) else rules))}
    assert wrong == {}


def test_every_address_in_a_document_is_one_of_ours(documents, sqlite_hotline):
    app = application(sqlite_hotline, PAGES)
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    pointed = {found for text in documents.values() for element in ElementTree.fromstring(text).iter()
               for name, value in element.attrib.items() if name in ("action", "url", "waitUrl", "statusCallback", "recordingStatusCallback")
               for found in re.findall(r"^https?://[^/]+(/[^?#]*)", value)}
    assert pointed
    assert pointed <= paths


def test_every_webhook_that_speaks_was_heard(documents, sqlite_hotline):
    app = application(sqlite_hotline, PAGES)
    spoken = {name.rpartition("-")[0] for name in documents}
    routes = {rule.rule.rpartition("/")[2] for rule in app.url_map.iter_rules() if rule.rule.startswith("/twilio/")}
    assert routes - SILENT - spoken == set()
