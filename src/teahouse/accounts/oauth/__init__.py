"""OAuth 2.0: one authorisation server for the apps of both protocols.

    service.py         the door of this part
    protocol.py        Authlib's server, with our strictness;  desk.py  what it decides on
    apps.py            apps registering themselves
    authorize.py       what an app asks for in the browser, and its answer
    consents.py        what people allowed which app
    token_endpoint.py  tokens, their end, codes for devices without a browser
    scopes.py  redirects.py  metadata.py     pure
    store.py  records.py                     SQL and typed rows

The wire is in `accounts/routes_oauth.py` and `accounts/routes_apps.py`, the pages for people in `accounts/pages`.

A session that an app got is a device like any other: `tokens.py` of the slice knows its tokens, and `grants` say what
it may do. Tables: oauth_clients, oauth_codes, oauth_device_codes, oauth_app_tokens, oauth_approvals,
oauth_consents. Specifications: Matrix, "OAuth 2.0 API"; Mastodon, "OAuth"; RFC 6749, 7009, 7591, 7636, 8414,
8628, 9207, 9700.
"""
