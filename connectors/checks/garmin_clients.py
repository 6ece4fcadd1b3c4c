"""The programs that people use for Garmin Connect, pointed at the simulator.

    python3 garmin_clients.py BASE FOLDER

Signs in with garminconnect and with garth, reads the list and an original, and leaves in FOLDER what each of them keeps
as tokens. Ends with status 1 where one of them does not understand the simulator.
"""

import io
import logging
import pathlib
import sys
import urllib.parse
import zipfile

import garminconnect
import garth
import requests

EMAIL, PASSWORD, CODE = "athlete@example.invalid", "correct horse", "123456"
BASE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
logging.disable(logging.CRITICAL)


def expect(fact, what):
    if not fact:
        sys.exit(f"{what}: not as expected")


def read(who, listed, original):
    ids = [row["activityId"] for row in listed]
    expect(len(ids) == 20 and len(set(ids)) == 20, f"{who}: the list")
    expect(ids == sorted(ids, reverse=True), f"{who}: the newest first")
    found = next(filter(None, map(original, ids)), None)
    names = zipfile.ZipFile(io.BytesIO(found or b"")).namelist()
    expect(len(names) == 1 and names[0].endswith("_ACTIVITY.fit"), f"{who}: an original")
    print(f"{who}: {len(ids)} activities, {names[0]}")


def with_garminconnect():
    def pointed(client):
        inner = client.client
        inner._sso = inner._connect = inner._connectapi = BASE
        inner._di_token_url = BASE + "/di-oauth2-service/oauth/token"
        return client

    # Older ones keep the address in the module, and pause before they speak.
    from garminconnect import client as module

    if hasattr(module, "DI_TOKEN_URL"):
        module.DI_TOKEN_URL = BASE + "/di-oauth2-service/oauth/token"
    for where in (module, getattr(garminconnect.client, "sso", module)):
        for name in dir(where):
            if name.endswith(("_DELAY_MIN_S", "_DELAY_MAX_S")):
                setattr(where, name, 0)

    client = pointed(garminconnect.Garmin(EMAIL, PASSWORD, return_on_mfa=True))
    state = client.login()
    if state and state[0] == "needs_mfa":
        client.resume_login(state[1], CODE)
    kept = FOLDER / "garminconnect"
    client.client.dump(str(kept))

    again = pointed(garminconnect.Garmin())
    again.login(str(kept))

    def original(activity):
        try:
            return again.download_activity(activity, dl_fmt=garminconnect.Garmin.ActivityDownloadFormat.ORIGINAL)
        except Exception:  # What was never recorded has none.
            return None

    listed = again.get_activities(0, 20)
    read(f"garminconnect {version('garminconnect')}", listed, original)
    detail = again.get_activity(str(listed[0]["activityId"]))
    expect(detail["summaryDTO"]["duration"] > 0, "garminconnect: a detail")


def with_garth():
    class Pointed(requests.adapters.HTTPAdapter):
        def send(self, request, *args, **kwargs):
            parts = urllib.parse.urlsplit(request.url)
            request.url = BASE + parts.path + ("?" + parts.query if parts.query else "")
            return super().send(request, *args, **kwargs)

    def pointed(client):
        # After configure() or load(), which mount adapters of their own.
        client.sess.mount("https://", Pointed())
        return client

    garth.sso.OAUTH_CONSUMER.update(consumer_key="key", consumer_secret="secret")
    # Its sign-in opens a session of its own for the old kind of tokens.
    opened = garth.sso.GarminOAuth1Session.__init__

    def open_pointed(session, *args, **kwargs):
        opened(session, *args, **kwargs)
        session.mount("https://", Pointed())

    garth.sso.GarminOAuth1Session.__init__ = open_pointed

    client = pointed(garth.Client())
    client.login(EMAIL, PASSWORD, prompt_mfa=lambda: CODE)
    client.dump(str(FOLDER / "garth"))
    (FOLDER / "garth.txt").write_text(client.dumps())

    def original(activity):
        try:
            return client.download(f"/download-service/files/activity/{activity}")
        except garth.exc.GarthHTTPError:
            return None

    listed = client.connectapi("/activitylist-service/activities/search/activities", params={"start": 0, "limit": 20})
    read(f"garth {version('garth')}", listed, original)


def version(package):
    from importlib import metadata

    return metadata.version(package)


with_garminconnect()
with_garth()
