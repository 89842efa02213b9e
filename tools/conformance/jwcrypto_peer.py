"""Signs, verifies and names keys with jwcrypto: one JSON request on stdin, one JSON answer on stdout."""

import importlib.metadata
import json
import sys

from jwcrypto import jwk, jws

request = json.load(sys.stdin)


def load_key():
    return jwk.JWK.from_pem(request["key"].encode())


def sign():
    token = jws.JWS(request["claims"].encode())
    header = json.dumps({"alg": request["algorithm"], "typ": "JWT"})
    token.add_signature(load_key(), alg=None, protected=header)
    return {"token": token.serialize(compact=True)}


def verify():
    token = jws.JWS()
    token.allowed_algs = [request["algorithm"]]
    token.deserialize(request["token"], load_key())
    return {"claims": token.payload.decode()}


answers = {
    "version": lambda: {"version": importlib.metadata.version("jwcrypto")},
    "sign": sign,
    "verify": verify,
    "thumbprint": lambda: {"thumbprint": load_key().thumbprint()},
}
print(json.dumps(answers[request["do"]]()))
