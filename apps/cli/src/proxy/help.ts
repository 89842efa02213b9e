import { secretHeader } from './access-check.ts'

/** The help of `proxy` below its options. */
export const proxyHelp: string = `
One provider gets every path of the port. Several are each served under their name: the rest of the path
after /speeda is the path at the provider. --mount serves a provider, or one of its profiles, elsewhere.
For several providers, credentials come from profiles and variables; only --environment and
--backdate-seconds apply to all.

Every request must send the header ${secretHeader} with the secret of --secret-file or of the variable
COUNTERSIGN_PROXY_SECRET. Without either, a secret is generated for the run and printed on stderr.
A socket needs no secret: its file mode keeps others out.

The proxy itself answers /healthz, /readyz and /metrics, also under /_countersign; they need the secret
like every other path, except on the port of --admin-port. /readyz covers all mounts, /readyz/eu the one
at /eu.

Examples:
  countersign proxy utgl --environment emulator
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4500/v1/ping
  countersign proxy speeda --socket ~/.speeda.sock
  curl --unix-socket ~/.speeda.sock \\
    'http://localhost/private-company/v1/companies?country=KOR'
  countersign proxy speeda utgl --port 4800
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4800/utgl/v1/ping
  countersign proxy --mount /eu=speeda:work --mount :4801=utgl --timeout 20s`
