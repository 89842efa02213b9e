import type { Io } from '../io.ts'
import type { Output } from '../output.ts'
import type { MountSpec } from './parse-mounts.ts'
import { type SharedSecret, secretHeader } from './shared-secret.ts'

/** A mount, and the address at which its port or socket listens. */
export interface Served {
  spec: MountSpec
  url: string
}

/** What is told when the proxy listens. */
export interface Announcement {
  /** Of the proxy's own port or socket; absent where every mount has a port of its own. */
  url: string | undefined
  socket: string | undefined
  adminUrl: string | undefined
  secret: SharedSecret | undefined
  served: readonly Served[]
}

/** Tells where the proxy is. A secret is shown only when nobody could know it. */
export function announce(told: Announcement, io: Io, output: Output): void {
  const { url, socket, adminUrl, secret, served } = told
  const alone = served.every(({ spec }) => spec.name === '')
  if (output.json) {
    const mounts = served.map((each) => ({
      mount: each.spec.name,
      provider: each.spec.provider,
      profile: each.spec.profile,
      url: `${each.url}${each.spec.prefix}`,
    }))
    const shown =
      secret === undefined ? {} : { secretHeader, ...(secret.made ? { secret: secret.value } : {}) }
    output.value({ url, socket, adminUrl, ...(alone ? {} : { mounts }), ...shown })
    return
  }
  // Not talk: without it nobody can use the proxy.
  if (secret?.made === true) io.stderr.write(`${secretHeader}: ${secret.value}\n`)
  if (alone) output.result(socket ?? url ?? '')
  else for (const each of served) output.result(toLine(each, socket))
}

function toLine({ spec, url }: Served, socket: string | undefined): string {
  const { provider, profile, port, prefix } = spec
  const who = profile === undefined ? provider : `${provider}:${profile}`
  return socket === undefined || port !== undefined
    ? `${who}  ${url}${prefix}`
    : `${who}  ${socket} ${prefix}`.trimEnd()
}
