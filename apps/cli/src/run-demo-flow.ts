import { generateKeyPair, type JwtClaims, type JwtHeader } from '@countersign/core'
import { toRuleInput } from '@countersign/core/provider'
import { type DemoFlow, toMistaken } from './demo-flows.ts'
import type { MountedEmulator } from './emulator/serve-emulators.ts'
import { type Io, nowOf } from './io.ts'
import { loadProvider } from './providers.ts'
import { createRecordingFetch, type RecordedRequest } from './recording-fetch.ts'

/** What one flow did. No token and no key is in it. */
export interface DemoReport {
  provider: string
  title: string
  /** What was signed; `null` where nothing is. */
  signed: { header: JwtHeader; claims: JwtClaims } | null
  /** What was exchanged for an access token; `null` where what is signed is the token. */
  exchanged: { request: string; scheme: string; livesSeconds: number } | null
  answered: { request: string; status: number; body: string }
  /** A spoilt request, and the rule that refused it. */
  refused: { what: string; status: number; rule: string; source: string }
}

/** Runs one flow through its adapter, over HTTP, against its emulator. */
export async function runDemoFlow(flow: DemoFlow, mounted: MountedEmulator, io: Io): Promise<DemoReport> {
  const { example, create } = await loadProvider(flow.id)
  const { emulator, baseUrl } = mounted
  const { privateKey, publicKey } = await generateKeyPair()
  const known: Record<string, unknown> = { privateKey, ...(await emulator.register(publicKey)) }
  const requests: RecordedRequest[] = []
  const send = io.fetch ?? globalThis.fetch
  const auth = create({
    ...flow.options(known),
    baseUrl,
    fetch: createRecordingFetch(send, requests),
    ...(io.clock === undefined ? {} : { clock: io.clock }),
  })
  const answer = await auth.fetch(`${baseUrl}/${example.path}`, { method: example.method })
  const body = (await answer.text()).trim()
  const [first, last] = [requests[0], requests.at(-1)]
  if (first === undefined || last === undefined) throw new Error(`${flow.title} sent nothing.`)
  const token = first === last ? undefined : await auth.token?.()
  const refusal = await send(toMistaken(flow.mistake, { first, last }, baseUrl))
  await refusal.body?.cancel()
  const [rule = '', source = ''] = (refusal.headers.get('x-countersign-rule') ?? '').split('; ')
  return {
    provider: flow.id,
    title: flow.title,
    signed: (await toRuleInput(first, { now: nowOf(io) })).jwt ?? null,
    exchanged:
      token === undefined
        ? null
        : {
            request: `${first.method} ${pathOf(first, baseUrl)}`,
            scheme: token.scheme,
            livesSeconds: toLifetime(token.expiresAt - nowOf(io)),
          },
    answered: { request: `${last.method} ${pathOf(last, baseUrl)}`, status: answer.status, body },
    refused: { what: flow.mistake.what, status: refusal.status, rule, source },
  }
}

/** Seconds, to the nearest five: a server counts whole seconds, and obtaining the token took a moment. */
function toLifetime(milliseconds: number): number {
  return Math.round(milliseconds / 5000) * 5
}

/** The path as the provider's documentation writes it, without the emulator's prefix. */
function pathOf({ target }: RecordedRequest, baseUrl: string): string {
  return target.slice(new URL(baseUrl).pathname.length)
}
