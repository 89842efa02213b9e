import type { Provider } from '@countersign/core'
import { type ExampleIds, exampleIds } from '../help-examples.ts'
import { secretHeader } from './access-check.ts'

/** The help of `proxy` below its options. */
export function proxyHelp(providers: readonly Provider[], [one, , three]: ExampleIds = exampleIds()): string {
  const pathOf = (id: string) => {
    const { basePath = '', example } = providers.find((provider) => provider.id === id) ?? {}
    return `${basePath}/${example?.path}`
  }
  return `
One provider gets every path of the port. Several are each served under their name: the rest of the path
after /${one} is the path at the provider. --mount serves a provider, or one of its profiles, elsewhere.
For several providers, credentials come from profiles and variables; only --environment and
--backdate-seconds apply to all.

Every request must send the header ${secretHeader} with the secret of --secret-file or of the variable
COUNTERSIGN_PROXY_SECRET (or …_FILE). Clients that can set only a key and a base URL send it as
Authorization: Bearer, or as the password of Basic. Without a file and a variable, a secret is generated
for the run and printed on stderr. A socket needs no secret: its file mode keeps others out.

The proxy listens on this computer only. With --host 0.0.0.0, others can connect: they must call it by a
name of --allowed-host. Traffic to it is not encrypted.

--allow 'GET /v1/*' answers every other request 403. The path is the provider's, without the query: {id}
is one segment, * at the end is everything below. Case and encoding count; a path that servers could read
in two ways is refused.

The proxy itself answers /healthz, /readyz and /metrics, also under /_countersign; they need the secret
like every other path. With --admin-port they are on that port, without the secret, and on the others
under /_countersign only. /readyz covers all mounts, /readyz/eu the one at /eu.

Files with keys, credentials, profiles, the secret and the secrets of a token store are read again when they
change, and on SIGHUP. What cannot be used is logged with its reason, and the old values stay in use.

Examples:
  countersign proxy ${three} --environment emulator
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4500${pathOf(three)}
  countersign proxy ${one} --socket ~/.${one}.sock
  curl --unix-socket ~/.${one}.sock \\
    'http://localhost${pathOf(one)}'
  countersign proxy ${one} ${three} --port 4800
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4800/${three}${pathOf(three)}
  countersign proxy --mount /eu=${one}:work --mount :4801=${three} --timeout 20s
  countersign proxy ${three} --secret-file proxy-secret --host 0.0.0.0 \\
    --allowed-host countersign --admin-host 0.0.0.0 --admin-port 9464
  countersign proxy ${three} --allow 'GET /v1/*' --allow 'POST /v1/cards/{id}/lock'
  countersign proxy ${one} --token-store rediss://cache.example:6379`
}
