import { secretHeader } from './access-check.ts'

/** What stands below the options of `proxy`. */
export const proxyHelp: string = `
One provider has every path of the port. Several have the path of their name each: what follows /speeda
is the path at Speeda. --mount puts a provider, or one of its profiles, elsewhere. Credentials of several
providers come from profiles and variables; only --environment and --backdate-seconds are for all.

Every request carries the header ${secretHeader} with the secret of --secret-file or of the variable
COUNTERSIGN_PROXY_SECRET. Without either, one is made for the run and printed on stderr. A socket needs
none: its file mode keeps others out.

The proxy answers /healthz, /readyz and /metrics itself, also behind /_countersign, with the secret as
everything else; with --admin-port also on that port, without the secret. /readyz is of all mounts
together, /readyz/eu of the one at /eu.

Examples:
  countersign proxy utgl --environment emulator
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4500/v1/ping
  countersign proxy speeda --socket ~/.speeda.sock
  curl --unix-socket ~/.speeda.sock 'http://localhost/private-company/v1/companies?country=KOR'
  countersign proxy speeda utgl --port 4800
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4800/utgl/v1/ping
  countersign proxy --mount /eu=speeda:work --mount :4801=utgl --timeout 20s`
