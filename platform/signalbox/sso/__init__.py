"""Single sign-on by OpenID Connect, and second factors, by django-allauth: the extra `[sso]`.

Without any of its settings nothing of it is loaded, and the admin's own sign-in serves. `configuration` is
read by the settings file, so it imports no Django app.
"""
