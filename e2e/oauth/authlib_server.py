"""An OAuth server of python3-authlib on loopback: RFC 7523 client assertions and the JWT bearer grant.

The public key is in PUBLIC_KEY. The first line of stdout is the address.
"""
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant

CLIENT_ID = 'authlib-client'
USER = 'user@example.com'
PUBLIC_KEY = os.environ['PUBLIC_KEY']


class Client(ClientMixin):
    def get_client_id(self):
        return CLIENT_ID

    def get_allowed_scope(self, scope):
        return scope or ''

    def check_endpoint_auth_method(self, method, endpoint):
        return method == JWTBearerClientAssertion.CLIENT_AUTH_METHOD

    def check_grant_type(self, grant_type):
        return grant_type in ('client_credentials', JWTBearerGrant.GRANT_TYPE)


class Server(AuthorizationServer):
    def query_client(self, client_id):
        return Client() if client_id == CLIENT_ID else None

    def save_token(self, token, request):
        pass

    def send_signal(self, name, *args, **kwargs):
        pass

    def create_oauth2_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        return status, body, headers


class Assertion(JWTBearerClientAssertion):
    used = set()

    def validate_jti(self, claims, jti):
        fresh = jti not in self.used
        self.used.add(jti)
        return fresh

    def resolve_client_public_key(self, client, headers):
        return PUBLIC_KEY


class Credentials(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [JWTBearerClientAssertion.CLIENT_AUTH_METHOD]


class Bearer(JWTBearerGrant):
    def resolve_issuer_client(self, issuer):
        return Client() if issuer == CLIENT_ID else None

    def resolve_client_key(self, client, headers, payload):
        return PUBLIC_KEY

    def authenticate_user(self, subject):
        return subject if subject == USER else None

    def has_granted_permission(self, client, user):
        return True


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length'])).decode()
        request = OAuth2Request('POST', url + self.path, dict(parse_qsl(body)), self.headers)
        status, answer, headers = oauth.create_token_response(request)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args):
        pass


server = HTTPServer(('127.0.0.1', 0), Handler)
url = f'http://127.0.0.1:{server.server_port}'
oauth = Server()
oauth.register_token_generator('default', BearerTokenGenerator(
    lambda *args, **kwargs: os.urandom(16).hex(), expires_generator=lambda *args: 600))
oauth.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, Assertion(f'{url}/token'))
oauth.register_grant(Credentials)
oauth.register_grant(Bearer)
print(url, flush=True)
server.serve_forever()
