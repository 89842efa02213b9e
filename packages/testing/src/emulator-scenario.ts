import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { type ServedEmulator, serveEmulator } from './serve-emulator.ts'

/** One request, put together by hand; `path` follows the base URL. */
export interface HandMadeRequest {
  path: string
  init?: RequestInit
}

/** An emulator with one registered key, called over HTTP or in this process. */
export interface EmulatorScenario<Credentials> {
  readonly emulator: Emulator<Credentials>
  readonly credentials: Credentials
  readonly clock: FixedClock
  /** Where the emulator answers, without a trailing slash. */
  readonly baseUrl: string
  /** The emulator's time in whole seconds. */
  now(): number
  /** Path and query of a request as they go over the wire. */
  target(path: string): string
  /** Sends a request by plain `fetch`, following no redirect. */
  send(request: HandMadeRequest, init?: RequestInit): Promise<Response>
  /** Values of every header that was sent but `Content-Type`, and every body. */
  readonly sent: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** What a scenario needs to create its emulator. */
export interface EmulatorScenarioOptions<Credentials> {
  create(options?: EmulatorOptions): Emulator<Credentials>
  /** PEM of the key that is registered. */
  publicKey: string
  /** The path under which the emulator is served, such as `/utgl/v1`. */
  basePath: string
}

/**
 * Serves an emulator on loopback under a base path and registers a key with it.
 *
 * @example
 * ```ts
 * import { openServedScenario, testKeys } from '@countersign/testing'
 * import { createAcmeEmulator } from './acme-emulator.ts'
 *
 * const { publicKey } = testKeys().own
 * await using scenario = await openServedScenario({ create: createAcmeEmulator, publicKey, basePath: '/acme' })
 * const response = await scenario.send({ path: '/things' })
 * ```
 */
export async function openServedScenario<Credentials>(
  options: EmulatorScenarioOptions<Credentials>,
  { strict = false }: { strict?: boolean } = {},
): Promise<EmulatorScenario<Credentials>> {
  const { create, basePath } = options
  const clock = createFixedClock()
  const emulator = create({ clock, strict, baseUrl: `http://127.0.0.1${basePath}` })
  const server = await serveEmulator(emulator)
  return openScenario(options, { emulator, clock, server, baseUrl: `${server.url}${basePath}`, send: fetch })
}

/**
 * The same scenario in this process, at one of the provider's real addresses: nothing is served.
 *
 * @example
 * ```ts
 * import { openLocalScenario, testKeys } from '@countersign/testing'
 * import { createAcmeEmulator } from './acme-emulator.ts'
 *
 * const { publicKey } = testKeys().own
 * const options = { create: createAcmeEmulator, publicKey }
 * await using scenario = await openLocalScenario(options, 'https://api.acme.example/v3')
 * const response = await scenario.send({ path: '/things' })
 * ```
 */
export async function openLocalScenario<Credentials>(
  options: Omit<EmulatorScenarioOptions<Credentials>, 'basePath'>,
  baseUrl: string,
): Promise<EmulatorScenario<Credentials>> {
  const clock = createFixedClock()
  const emulator = options.create()
  emulator.clock.set(clock.now())
  const { fetch: unbound } = emulator
  return openScenario(options, { emulator, clock, baseUrl, send: unbound })
}

async function openScenario<Credentials>(
  { publicKey }: Pick<EmulatorScenarioOptions<Credentials>, 'publicKey'>,
  access: {
    emulator: Emulator<Credentials>
    clock: FixedClock
    baseUrl: string
    send: typeof fetch
    server?: ServedEmulator
  },
): Promise<EmulatorScenario<Credentials>> {
  const { emulator, clock, baseUrl, send, server } = access
  const sent: string[] = []
  return {
    emulator,
    clock,
    baseUrl,
    sent,
    credentials: await emulator.register(publicKey),
    now: () => Math.floor(emulator.clock.now() / 1000),
    target(path) {
      const { pathname, search } = new URL(`${baseUrl}${path}`)
      return pathname + search
    },
    send({ path, init }, more) {
      const { body } = init ?? {}
      const headers = [...new Headers(init?.headers)].flatMap(([name, value]) =>
        name === 'content-type' ? [] : [value],
      )
      sent.push(...[...headers, body].filter((text) => typeof text === 'string'))
      return send(`${baseUrl}${path}`, { redirect: 'manual', ...init, ...more })
    },
    [Symbol.asyncDispose]: async () => server?.close(),
  }
}
