import { type AuthEvent, importSigningKey } from '@countersign/core'
import type { Emulator, EmulatorRequestInit } from '@countersign/core/emulator'
import { type ProviderAuth, readFields } from '@countersign/core/provider'
import { createFixedClock, type FixedClock } from '../fixed-clock.ts'
import { serveEmulator } from '../serve-emulator.ts'
import { type TestKeyPair, testKeys } from '../test-keys.ts'
import type { AdapterContract } from './contract.ts'

/** One adapter before its own emulator, and what was seen of both. */
export interface Fixture {
  readonly emulator: Emulator<unknown>
  /** The time of both sides; `emulator.clock` moves the emulator's alone. */
  readonly clock: FixedClock
  readonly baseUrl: string
  /** The address of the provider's example. */
  readonly url: string
  /** The path of the example below the base URL. */
  readonly path: string
  /** What `create` passes to the factory unless told otherwise. */
  readonly options: Readonly<Record<string, unknown>>
  /** Every event of every instance, oldest first. */
  readonly events: readonly AuthEvent[]
  create(options?: Record<string, unknown>): ProviderAuth
  /** Options for another identity that the same emulator knows. */
  registerAnother(): Promise<Record<string, unknown>>
  /** Options that name an identity which nobody registered. */
  stranger(): Record<string, unknown>
  /** How many calls of the API, and of the token endpoint, came in. */
  apiCalls(): number
  tokenCalls(): number
  /** How often the private key was used. */
  signatures(): number
  /** The token calls, oldest first: headers and body as one text. */
  tokenRequests(): readonly string[]
  /** Bodies of the API calls, oldest first. */
  apiBodies(): readonly string[]
  /** What proves each API call, oldest first: the headers that `fetch` does not send on its own. */
  proofs(): readonly string[]
  /** Resolves when the next request comes in. */
  arrival(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const plainHeaders =
  /^(host|connection|accept|accept-.*|user-agent|content-type|content-length|sec-fetch-.*)$/

function proofOf(headers: Headers): string {
  return [...headers]
    .filter(([name]) => !plainHeaders.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

/** Serves the adapter's emulator on loopback, registers the key and gets the factory's options ready. */
export async function createFixture(contract: AdapterContract): Promise<Fixture> {
  const { provider, keys = testKeys() } = contract
  const clock = createFixedClock()
  const emulator = contract.createEmulator({ clock })
  // The emulator's journal forgets, and has no credentials.
  const seen: { isApi: boolean; body: string; proof: string }[] = []
  const waiting: (() => void)[] = []
  const events: AuthEvent[] = []
  let signatures = 0

  async function observe(input: string | URL | Request, init?: EmulatorRequestInit): Promise<Response> {
    const request = input as Request
    const path = new URL(request.url).pathname.slice(provider.basePath.length)
    const body = await request.clone().text()
    const fields = readFields(request.headers, new TextEncoder().encode(body))
    seen.push({
      isApi: (provider.endpointOf?.(request.method, path, fields) ?? 'api') === 'api',
      body,
      proof: proofOf(request.headers),
    })
    for (const arrived of waiting.splice(0)) arrived()
    return emulator.fetch(request, init)
  }

  const seenAt = (isApi: boolean) => seen.filter((request) => request.isApi === isApi)

  async function register(pair: TestKeyPair) {
    const algorithm = provider.algorithm ?? 'RS256'
    const key = await importSigningKey(pair.privateKey, { algorithm })
    const counted = {
      ...key,
      sign(data: Uint8Array) {
        signatures += 1
        return key.sign(data)
      },
    }
    return contract.options(await emulator.register(pair.publicKey), counted)
  }

  const server = await serveEmulator({ fetch: observe })
  const baseUrl = server.url + provider.basePath
  const common = { baseUrl, clock, onEvent: (event: AuthEvent) => events.push(event) }
  const options: Record<string, unknown> = { ...(await register(keys.own)), ...common }
  return {
    emulator,
    clock,
    baseUrl,
    url: `${baseUrl}/${provider.example.path}`,
    path: provider.example.path,
    options,
    events,
    create: (more = {}) => provider.create({ ...options, ...more }),
    registerAnother: async () => ({ ...(await register(keys.other)), ...common }),
    stranger() {
      const [name = ''] = provider.credentialSets.flat().filter((name) => name in options)
      return { [name]: `${String(options[name]).slice(0, -4)}9999` }
    },
    apiCalls: () => seenAt(true).length,
    tokenCalls: () => seenAt(false).length,
    signatures: () => signatures,
    tokenRequests: () => seenAt(false).map(({ proof, body }) => `${proof}\n\n${body}`),
    apiBodies: () => seenAt(true).map(({ body }) => body),
    proofs: () => seenAt(true).map(({ proof }) => proof),
    arrival: () => new Promise((resolve) => waiting.push(resolve)),
    [Symbol.asyncDispose]: server.close,
  }
}
