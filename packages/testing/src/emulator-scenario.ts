import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { serveEmulator } from './serve-emulator.ts'

/** One request, put together by hand; `path` follows the base URL. */
export interface HandMadeRequest {
  path: string
  init?: RequestInit
}

/** An emulator with one registered key, called over HTTP or in this process. */
export interface EmulatorAccess<Credentials> {
  readonly emulator: Emulator<Credentials>
  /** What `register` returned. */
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

/** Where and how an emulator is opened. */
export interface EmulatorPlace<Credentials> {
  create(options?: EmulatorOptions): Emulator<Credentials>
  /** PEM of the key that is registered. */
  publicKey: string
  /** The path under which it is served on loopback, or the address at which it answers in this process. */
  at: { basePath: string } | { url: string }
  strict?: boolean | undefined
}

/** Serves an emulator on loopback, or takes it in this process, and registers a key with it. */
export async function openEmulator<Credentials>(
  place: EmulatorPlace<Credentials>,
): Promise<EmulatorAccess<Credentials>> {
  const { create, publicKey, at, strict = false } = place
  const clock = createFixedClock()
  const served = 'basePath' in at
  const emulator = served ? create({ clock, strict, baseUrl: `http://127.0.0.1${at.basePath}` }) : create()
  if (!served) emulator.clock.set(clock.now())
  const server = served ? await serveEmulator(emulator) : undefined
  const baseUrl = served ? `${server?.url}${at.basePath}` : at.url
  const { fetch: unbound } = emulator
  const call = served ? fetch : unbound
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
      return call(`${baseUrl}${path}`, { redirect: 'manual', ...init, ...more })
    },
    [Symbol.asyncDispose]: async () => server?.close(),
  }
}
