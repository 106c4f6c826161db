"""signature.py
Verifies Signature Version 4 as the service does, which emulators don't.

verify() returns None, or the name and the message of the exception that the
service would answer with.  Written from AWS's description alone: it must not
agree with the signer under test by sharing its mistakes.
"""

import calendar
import functools
import hashlib
import hmac
import re
import time

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)"
    r"/aws4_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$")

# What the service allows a clock to be wrong by, in seconds.
TOO_OLD = 5 * 60
TOO_NEW = 15 * 60


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@functools.lru_cache(64)
def signing_key(secret, date, region):
    key = ("AWS4" + secret).encode()
    for part in (date, region, "dynamodb", "aws4_request"):
        key = sign(key, part)
    return key


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical_request(path, headers, signed, body):
    lines = ["POST", path, ""]
    for name in signed:
        lines.append(name + ":" + " ".join(headers.get(name, "").split()))
    return "\n".join(lines + ["", ";".join(signed), sha256(body)])


def wrong_time(stamp, date, now):
    try:
        then = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return "Date must be in ISO-8601 'basic format'. Got '%s'." % stamp
    if stamp[:8] != date:
        return "Date in Credential scope does not match YYYYMMDD from " \
               "ISO-8601 version of date from HTTP"
    if then < now - TOO_OLD:
        return "Signature expired: %s is now earlier than %s (%s - 5 min.)" % (
            stamp, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now - TOO_OLD)),
            time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now)))
    if then > now + TOO_NEW:
        return "Signature not yet current: %s is still later than %s " \
               "(%s + 15 min.)" % (
                   stamp,
                   time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now + TOO_NEW)),
                   time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now)))
    return None


def verify(path, headers, body, keys, now):
    """keys: what is known, secrets by key id; a secret may be given as
    {"secret": s, "token": t} for temporary keys."""
    text = headers.get("authorization")
    if not text:
        return ("MissingAuthenticationTokenException",
                "Request is missing Authentication Token")
    match = AUTHORIZATION.match(text)
    if not match:
        return ("IncompleteSignatureException",
                "Authorization header requires 'Credential', 'SignedHeaders' "
                "and 'Signature' in the forms of AWS4-HMAC-SHA256.")
    key_id, date, region, service, signed, signature = match.groups()
    known = keys.get(key_id)
    if isinstance(known, str):
        known = {"secret": known}
    if not known or headers.get("x-amz-security-token") != known.get("token"):
        return ("UnrecognizedClientException",
                "The security token included in the request is invalid.")
    if service != "dynamodb":
        return ("InvalidSignatureException",
                "Credential should be scoped to correct service: 'dynamodb'.")
    signed = signed.split(";")
    if signed != sorted(set(signed)):
        return ("IncompleteSignatureException",
                "SignedHeaders must be sorted and without duplicates.")
    unsigned = [name for name in headers
                if (name == "host" or name.startswith("x-amz-"))
                and name not in signed]
    if unsigned:
        return ("InvalidSignatureException",
                "'%s' must be a 'SignedHeader' in the AWS Authorization."
                % unsigned[0])
    stamp = headers.get("x-amz-date", "")
    wrong = wrong_time(stamp, date, now)
    if wrong:
        return ("InvalidSignatureException", wrong)
    to_sign = "\n".join([
        "AWS4-HMAC-SHA256", stamp, "%s/%s/dynamodb/aws4_request" % (
            date, region),
        sha256(canonical_request(path, headers, signed, body).encode())])
    right = sign(signing_key(known["secret"], date, region), to_sign).hex()
    if not hmac.compare_digest(right, signature):
        return ("InvalidSignatureException",
                "The request signature we calculated does not match the "
                "signature you provided.")
    return None
