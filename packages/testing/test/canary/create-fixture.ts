import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createCData } from '../../../cdata/src/index.ts'
import type { Auth, AuthEvent, CommonOptions, Token } from '../../../core/src/index.ts'
import { createPaymentsGate } from '../../../paymentsgate/src/index.ts'
import { createSpeeda } from '../../../speeda/src/index.ts'
import { createUtgl } from '../../../utgl/src/index.ts'
import { createVictor } from '../../../victor/src/index.ts'
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

/** At which of the provider's doors something goes wrong. */
export type Door = 'token' | 'renewal' | 'api'

export type CanaryAuth = Auth & { token?: (options?: { signal?: AbortSignal }) => Promise<Token> }

/** One way to authenticate, of one provider. */
export interface Subject {
  name: string
  /** Whether a token is exchanged. */
  exchanges: boolean
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

export const subjects: readonly Subject[] = [
  {
    name: 'speeda',
    exchanges: true,
    create: (options, { privateKey }) =>
      createSpeeda({ ...options, clientId: 'canary', keyId: 'key', privateKey }),
  },
  {
    name: 'cdata',
    exchanges: false,
    create: (options, { privateKey }) =>
      createCData({ ...options, accountId: 'canary', subAccountId: 'child', privateKey }),
  },
  {
    name: 'utgl',
    exchanges: false,
    create: (options, { privateKey }) => createUtgl({ ...options, accessKey: randomUUID(), privateKey }),
  },
  {
    name: 'victor, client JWT',
    exchanges: false,
    create: (options, { privateKey }) =>
      createVictor({ ...options, environment: 'staging', apiKey: randomUUID(), privateKey }),
  },
  {
    name: 'victor, OAuth key',
    exchanges: true,
    create: (options, { clientSecret }) =>
      createVictor({ ...options, environment: 'staging', clientId: 'canary', clientSecret }),
  },
  {
    name: 'paymentsgate',
    exchanges: true,
    create: (options, { publicKey }) =>
      createPaymentsGate({ ...options, environment: 'sandbox', accountId: 'canary', publicKey }),
  },
]

/** What a server that goes wrong has to play with. */
export interface Wrongdoing {
  request: RecordedRequest
  /** Everything that was received, in every spelling, as one line. */
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
  close(): Promise<void>
}

export interface StageOptions {
  door: Door
  /** What is answered at that door instead of the right answer. */
  wrong?: (wrongdoing: Wrongdoing) => PlainAnswer
  options?: () => CommonOptions
  secrets: Secrets
  /** Knows the secrets. */
  canary: Canary
}

/** One subject before a server that knows its token endpoint and answers wrongly at one door. */
export async function openStage(
  subject: Subject,
  { door, wrong, options, secrets, canary }: StageOptions,
): Promise<Fixture> {
  const clock = createFixedClock()
  const events: AuthEvent[] = []
  let issued = 0
  const server = await startRecordingServer((request) => {
    plantSent(canary, request)
    const atToken = /\/token(\/refresh)?$/.test(request.target)
    const isWrong = atToken ? door === 'token' || (door === 'renewal' && issued > 0) : door === 'api'
    if (isWrong && wrong !== undefined) return wrong({ request, ...echoOf(request) })
    if (!atToken) return { body: JSON.stringify({ ok: true }) }
    issued += 1
    // Digits first: a JSON parser reads them as a number and quotes what it stumbles over behind them.
    const token = () => `${Date.now()}0000000${randomBytes(24).toString('base64url')}`
    const pair = { access_token: token(), refresh_token: token() }
    canary.plant('access token', pair.access_token)
    canary.plant('refresh token', pair.refresh_token)
    const life = { expires_in: 300, expires: clock.now() + 300_000, token_type: 'Bearer' }
    return { body: JSON.stringify({ ...pair, ...life }) }
  })
  const auth = subject.create(
    { baseUrl: server.url, clock, onEvent: (event) => void events.push(event), ...options?.() },
    secrets,
  )
  return { auth, url: server.url, canary, clock, secrets, events, close: server.close }
}

/** Whatever came in as a credential is a secret of this run: JWTs by claims and signature. */
function plantSent(canary: Canary, request: RecordedRequest): void {
  const texts = [request.header('authorization') ?? '', request.body.toString()]
  for (const [jwt] of texts.join(' ').matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) {
    const [, claims = '', signature = ''] = jwt.split('.')
    canary.plant('claims of a JWT', claims)
    canary.plant('signature of a JWT', signature)
  }
}

function echoOf(request: RecordedRequest): { echo: string; credential: string } {
  const authorization = request.header('authorization') ?? ''
  const body = request.body.toString()
  const raw = `${request.method} ${request.target} ${request.headers.map((pair) => pair.join(': ')).join(' ')} ${body}`
  const form = [...new URLSearchParams(body).values()].join(' ')
  const encoded = [raw, authorization, body, form].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text),
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('base64url'),
  ])
  const assertion = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(body)?.[0]
  return { echo: encoded.join(' '), credential: authorization.replace(/^\w+ /, '') || assertion || body }
}
