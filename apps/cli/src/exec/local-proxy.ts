import { toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import type { Output } from '../output.ts'
import type { Flags } from '../provider-options.ts'
import { createSecret } from '../proxy/access-check.ts'
import type { AllowRule } from '../proxy/allow.ts'
import { parseMounts } from '../proxy/mounts.ts'
import { openMounts } from '../proxy/open-mounts.ts'
import { serveMounts, toBaseUrl } from '../proxy/serve-mounts.ts'
import type { SharedStore } from '../token-store/open-token-store.ts'

/** What the proxy of one program is made of. */
export interface LocalProxyOptions {
  /** The provider's name. */
  name: string
  flags: Flags
  allow: readonly AllowRule[]
  sharedStore: Pick<SharedStore, 'open'>
  output: Pick<Output, 'talk' | 'detail'>
  /** Variables for the base URL and the secret, where others are wanted. */
  variables: { url: string | undefined; secret: string | undefined }
}

/** A signing proxy for one program, on a port of this computer that is chosen for it. */
export interface LocalProxy {
  /** What the program's environment gets. */
  env: Record<string, string>
  /** What its output must not show. */
  secret: string
  close(): Promise<void>
}

/** Starts a signing proxy with a secret that exists only for the run. */
export async function startLocalProxy(options: LocalProxyOptions, io: Io): Promise<LocalProxy> {
  const { name, flags, allow, sharedStore, output, variables } = options
  const { talk, detail } = output
  const mounts = await openMounts(
    parseMounts([name], []),
    { flags, limits: {}, allow, sharedStore, talk, detail },
    io,
  )
  const secret = createSecret()
  const { served, close } = await serveMounts(mounts, {
    main: { port: 0, flag: '--proxy' },
    hosts: { host: '127.0.0.1', allowed: [] },
    admin: undefined,
    secret,
    onRequest: (entry) => detail(JSON.stringify(entry)),
  })
  const [only] = served
  const url = only === undefined ? '' : toBaseUrl(only)
  return {
    env: {
      [variables.url ?? toVariable(name, 'proxyUrl')]: url,
      [variables.secret ?? toVariable(name, 'proxySecret')]: secret.value,
    },
    secret: secret.value,
    close: () => close(0),
  }
}
