"""The tiny hotline and a visitor for each test."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.tiny import PASSWORD, tiny_app


class Visitor:
    """A browser without scripts: keeps cookies, fills in the forgery token of the form it last saw."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more):
        return self.client.get(path, **more)

    def token(self) -> str:
        page = self.client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
        return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]

    def post(self, path: str, data: dict | None = None, token: str | None = None, **more):
        return self.client.post(path, data={"csrf_token": token or self.token(), **(data or {})}, **more)

    def sign_in(self, user: str, password: str = PASSWORD, **data):
        return self.post("/sign-in", {"user": user, "password": password, **data})


@pytest.fixture
def app() -> Flask:
    return tiny_app()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())
