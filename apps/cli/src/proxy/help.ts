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
COUNTERSIGN_PROXY_SECRET. Without either, a secret is generated for the run and printed on stderr.
A socket needs no secret: its file mode keeps others out.

The proxy itself answers /healthz, /readyz and /metrics, also under /_countersign; they need the secret
like every other path, except on the port of --admin-port. /readyz covers all mounts, /readyz/eu the one
at /eu.

Files with keys, credentials, profiles and the secret are read again when they change, and on SIGHUP. What
cannot be used is logged with its reason, and the old values stay in use.

Examples:
  countersign proxy ${three} --environment emulator
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4500${pathOf(three)}
  countersign proxy ${one} --socket ~/.${one}.sock
  curl --unix-socket ~/.${one}.sock \\
    'http://localhost${pathOf(one)}'
  countersign proxy ${one} ${three} --port 4800
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4800/${three}${pathOf(three)}
  countersign proxy --mount /eu=${one}:work --mount :4801=${three} --timeout 20s
  countersign proxy ${one} --token-store rediss://cache.example:6379`
}
