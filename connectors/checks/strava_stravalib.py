"""Reads a simulated Strava with stravalib, the library that people use, and says what it understood.

    cargo run -p connectors --features simulator --example strava_simulator
    python3 strava_stravalib.py ADDRESS CLIENT_ID CLIENT_SECRET REFRESH_TOKEN [suspended]

The library has no setting for the address: a session sends its calls to the simulator instead.
"""

import json
import os
import sys
from urllib.parse import urlsplit

address, client_id, client_secret, refresh_token = sys.argv[1:5]
suspended = sys.argv[5:] == ["suspended"]
os.environ["STRAVA_CLIENT_ID"] = client_id
os.environ["STRAVA_CLIENT_SECRET"] = client_secret
os.environ["SILENCE_TOKEN_WARNINGS"] = "true"

import requests
import stravalib
from stravalib import exc


class Rewrite(requests.adapters.HTTPAdapter):
    def send(self, request, **kw):
        url = urlsplit(request.url)
        request.url = f"http://{address}{url.path}" + (f"?{url.query}" if url.query else "")
        return super().send(request, **kw)


def fails(kind, call):
    try:
        call()
    except kind:
        return
    except Exception as other:
        sys.exit(f"{type(other).__name__} where {kind.__name__} belongs: {other}")
    sys.exit(f"nothing where {kind.__name__} belongs")


def client(**tokens):
    session = requests.Session()
    session.mount("https://www.strava.com", Rewrite())
    return stravalib.Client(requests_session=session, rate_limit_requests=False, **tokens)


strava = client(access_token="old", refresh_token=refresh_token, token_expires=1)
if suspended:
    # Before a refresh: the sign-in is refused as well.
    fails(exc.ApplicationInactive, strava.get_athlete)
    print("suspended: understood")
    sys.exit()

# The token has ended: the first call refreshes it.
athlete = strava.get_athlete()
activities = list(strava.get_activities())
recorded = next(activity for activity in activities if not activity.manual)
manual = next(activity for activity in activities if activity.manual)
detail = strava.get_activity(recorded.id)
streams = strava.get_activity_streams(recorded.id, types=["time", "distance", "heartrate", "latlng"])
laps = list(strava.get_activity_laps(recorded.id))
zones = strava.get_activity_zones(recorded.id)
gear = strava.get_gear(next(activity.gear_id for activity in activities if activity.gear_id))
strava.get_athlete_stats(athlete.id)

fails(exc.ObjectNotFound, lambda: strava.get_activity(1))
fails(exc.ObjectNotFound, lambda: strava.get_activity_streams(manual.id, types=["time"]))
fails(exc.AccessUnauthorized, client(access_token="nobody's").get_athlete)
fails(exc.Fault, lambda: strava.refresh_access_token(client_id, client_secret, "dead"))

print(json.dumps({
    "athlete": athlete.id,
    "activities": len(activities),
    "ids": [activity.id for activity in activities],
    "detail": {
        "id": detail.id,
        "sport": detail.sport_type.root,
        "distance": float(detail.distance),
        "elapsed": int(detail.elapsed_time),
        "start": detail.start_date.isoformat(),
        "calories": float(detail.calories),
    },
    "samples": len(streams["distance"].data),
    "laps": len(laps),
    "zones": len(zones),
    "gear": gear.name,
}))
