import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Auth, AuthEvent, CommonOptions, Token } from '../../../core/src/index.ts'
import { instrument } from '../../../core/src/opentelemetry/index.ts'
import { createTelemetry, type Telemetry } from '../../../core/test/telemetry.ts'
import { type Flow, flowsOf, loadProviders, type ProviderEntry } from '../../../providers/src/index.ts'
import { createFixedClock } from '../../src/fixed-clock.ts'
import { type PlainAnswer, type RecordedRequest, startRecordingServer } from '../../src/recording-server.ts'
import type { Canary } from './create-canary.ts'

/** The real secrets of one run. */
export interface Secrets {
  privateKey: string
  publicKey: string
  publicKeyBase64: string
  clientSecret: string
}

/** The endpoint at which something goes wrong; `renewal` is every call of the token endpoint but the first. */
export type FaultyEndpoint = 'token' | 'renewal' | 'api'

export type CanaryAuth = Auth & { token?: (options?: { signal?: AbortSignal }) => Promise<Token> }

/** One way to authenticate to one provider. */
export interface Subject extends Flow {
  /** Whether something is exchanged for the token. */
  exchanges: boolean
  /** The provider's successful response to a token request at this time. */
  issue(now: number): Promise<PlainAnswer>
  create(options: CommonOptions, secrets: Secrets): CanaryAuth
}

/** Secrets that no other run has; the client secret holds what encodings change. */
export function createSecrets(): Secrets {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const clientSecret = `${randomBytes(24).toString('base64')}+/ "\\é${randomBytes(12).toString('hex')}`
  return { privateKey, publicKey, publicKeyBase64: Buffer.from(publicKey).toString('base64'), clientSecret }
}

/** The lines of a PEM text between BEGIN and END, in one piece. */
export function pemBody(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '')
}

export function plantSecrets(
  canary: Canary,
  { privateKey, publicKeyBase64, publicKey, clientSecret }: Secrets,
): void {
  canary.plant('private key', pemBody(privateKey))
  canary.plant('private key, as lines', privateKey.split('\n').slice(1, -2).join('\n'))
  canary.plant('public key', pemBody(publicKey))
  canary.plant('public key, Base64', publicKeyBase64.slice(48, -48))
  canary.plant('client secret', clientSecret)
}

/** Every flow of every registered provider. Its token responses come from the provider's own emulator. */
export async function loadSubjects(entries?: readonly ProviderEntry[]): Promise<Subject[]> {
  const { privateKey, publicKey } = createSecrets()
  const loaded = await loadProviders(entries)
  return Promise.all(
    loaded.flatMap(flowsOf).map(async (flow) => {
      const { provider, createEmulator } = flow

      async function exchange(now: number): Promise<Response | undefined> {
        const clock = () => now
        const emulator = createEmulator({ clock })
        const credentials = { privateKey, ...(await emulator.register(publicKey)) }
        let issued: Response | undefined
        const auth = provider.create({
          ...flow.options(credentials),
          clock,
          async fetch(input: RequestInfo | URL, init?: RequestInit) {
            const request = new Request(input, init)
            const response = await emulator.fetch(request.clone())
            if (endpointOf(provider, request.method, request.url) !== 'api') issued = response.clone()
            return response
          },
        })
        await auth.fetch(`${Object.values(provider.baseUrls)[0]}/${provider.example.path}`)
        return issued
      }

      const registered = await createEmulator().register(publicKey)
      return {
        ...flow,
        exchanges: (await exchange(createFixedClock().now())) !== undefined,
        async issue(now: number) {
          const issued = await exchange(now)
          const headers = { 'content-type': issued?.headers.get('content-type') ?? '' }
          return { headers, body: (await issued?.text()) ?? '' }
        },
        create(options: CommonOptions, secrets: Secrets): CanaryAuth {
          const values: Record<string, unknown> = { ...registered }
          for (const name of flow.credentials) {
            const { kind, check } = provider.fields[name] ?? {}
            // Too short to be taken for a part of a secret that contains it.
            if (kind === 'text' && check !== undefined && 'value' in check('canary')) values[name] = 'canary'
            if (kind === 'private-key') values[name] = secrets.privateKey
            if (kind === 'public-key') values[name] = secrets.publicKey
            if (kind === 'secret') values[name] = secrets.clientSecret
          }
          return provider.create({ ...flow.options(values), ...options })
        },
      }
    }),
  )
}

/** The endpoint of a request that goes to a provider's base URL or to a server in its place. */
function endpointOf({ endpointOf, baseUrls }: Flow['provider'], method: string, url: string) {
  const { origin, pathname } = new URL(url)
  const base = Object.values(baseUrls).find((base) => new URL(base).origin === origin) ?? origin
  return endpointOf?.(method, pathname.slice(new URL(base).pathname.replace(/\/$/, '').length)) ?? 'api'
}

/** Replaces every opaque text of a JSON body, which may be a credential, by one that no other run has. */
function randomise(body: string, canary: Canary): string {
  const isOpaque = (value: unknown): value is string =>
    typeof value === 'string' && /^\S{12,}$/.test(value) && Number.isNaN(Date.parse(value))
  return JSON.stringify(
    JSON.parse(body, (name, value: unknown) => {
      if (!isOpaque(value)) return value
      // Digits first: a JSON parser reads them as a number and quotes the rest in its error.
      const random = `${Date.now()}0000000${randomBytes(24).toString('base64url')}`
      canary.plant(name, random)
      return random
    }),
  )
}

/** What a faulty server can echo. */
export interface Wrongdoing {
  request: RecordedRequest
  /** Everything that was received, in every encoding, as one line. */
  echo: string
  /** The credential that came in, alone. */
  credential: string
}

export interface Fixture {
  auth: CanaryAuth
  url: string
  canary: Canary
  clock: ReturnType<typeof createFixedClock>
  secrets: Secrets
  events: AuthEvent[]
  /** What a program's telemetry exports. */
  telemetry: Telemetry
  close(): Promise<void>
}

export interface FixtureOptions {
  faulty: FaultyEndpoint
  /** The response of the faulty endpoint. */
  wrong?: (wrongdoing: Wrongdoing) => PlainAnswer
  options?: () => CommonOptions
  secrets: Secrets
  /** Knows the secrets. */
  canary: Canary
}

/** One subject and a server that is faulty at one endpoint. */
export async function openFixture(
  subject: Subject,
  { faulty, wrong, options, secrets, canary }: FixtureOptions,
): Promise<Fixture> {
  const clock = createFixedClock()
  const events: AuthEvent[] = []
  let issued = 0
  const server = await startRecordingServer(async (request) => {
    plantSent(canary, request)
    const isApi = endpointOf(subject.provider, request.method, `${server.url}${request.target}`) === 'api'
    const isWrong = isApi ? faulty === 'api' : faulty === 'token' || (faulty === 'renewal' && issued > 0)
    if (isWrong && wrong !== undefined) return wrong({ request, ...echoOf(request) })
    if (isApi) return { body: JSON.stringify({ ok: true }) }
    issued += 1
    const { body = '', ...response } = await subject.issue(clock.now())
    return { ...response, body: randomise(String(body), canary) }
  })
  const auth = subject.create(
    { baseUrl: server.url, clock, onEvent: (event) => void events.push(event), ...options?.() },
    secrets,
  )
  const telemetry = createTelemetry()
  instrument(auth, telemetry)
  return { auth, url: server.url, canary, clock, secrets, events, telemetry, close: server.close }
}

/** Headers that every HTTP client sends; in all others a credential may be. */
const plainHeaders =
  /^(host|connection|accept|accept-.*|user-agent|content-type|content-length|sec-fetch-.*)$/i

function credentialHeaders({ headers }: RecordedRequest): string[] {
  return headers.filter(([name]) => !plainHeaders.test(name)).map(([, value]) => value)
}

/** The claims and signatures of the JWTs that came in are secrets of this run. */
function plantSent(canary: Canary, request: RecordedRequest): void {
  const texts = [...credentialHeaders(request), request.body.toString()]
  for (const [jwt] of texts.join(' ').matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) {
    const [, claims = '', signature = ''] = jwt.split('.')
    canary.plant('claims of a JWT', claims)
    canary.plant('signature of a JWT', signature)
  }
}

function echoOf(request: RecordedRequest): { echo: string; credential: string } {
  const sent = credentialHeaders(request).join(' ')
  const body = request.body.toString()
  const raw = `${request.method} ${request.target} ${request.headers.map((pair) => pair.join(': ')).join(' ')} ${body}`
  const form = [...new URLSearchParams(body).values()].join(' ')
  const encoded = [raw, sent, body, form].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text),
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('base64url'),
  ])
  const assertion = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(body)?.[0]
  return { echo: encoded.join(' '), credential: sent.replace(/^\w+ /, '') || assertion || body }
}
