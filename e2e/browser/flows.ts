import { createCData } from '@countersign/cdata'
import { createCDataEmulator } from '@countersign/cdata/emulator'
import { createSigningKey, type PrivateKeyInput, signJwt, verifyJwt } from '@countersign/core'
import { createPaymentsGate } from '@countersign/paymentsgate'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeeda } from '@countersign/speeda'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createUtgl } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { createVictor } from '@countersign/victor'
import { createVictorEmulator } from '@countersign/victor/emulator'

/** A key that the page made and cannot read. */
export interface PageKey {
  privateKey: CryptoKey
  publicKey: string
  extractable: boolean
}

/** Makes a key with WebCrypto, not extractable. */
export async function makeKey(hash: 'SHA-256' | 'SHA-512' = 'SHA-256'): Promise<PageKey> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash,
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const base64 = btoa(String.fromCharCode(...spki)).replace(/.{64}/g, '$&\n')
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`
  return { privateKey, publicKey: pem, extractable: privateKey.extractable }
}

/** What a flow came to. */
export interface Outcome {
  status: number
  answer: unknown
  scheme?: string
}

type Flow = () => Promise<Outcome>

/** All flows, each with a key of its own unless nothing is signed. */
const flows: Readonly<Record<string, Flow>> = {
  async speeda() {
    const { privateKey, publicKey } = await makeKey()
    const emulator = createSpeedaEmulator()
    const speeda = createSpeeda({
      ...(await emulator.register(publicKey)),
      privateKey,
      fetch: emulator.fetch,
    })
    const answer = await speeda.api.get('private-company/v1/companies', { searchParams: { country: 'KOR' } })
    return { status: answer.status, answer: await answer.json(), scheme: (await speeda.token()).scheme }
  },
  async cdata() {
    const { privateKey, publicKey } = await makeKey()
    const emulator = createCDataEmulator()
    const cdata = createCData({ ...(await emulator.register(publicKey)), privateKey, fetch: emulator.fetch })
    const tenant = cdata.forSubAccount('tenant')
    const answer = await tenant.api.post('query', { json: { query: 'SELECT 1 AS n' } })
    return { status: answer.status, answer: await answer.json(), scheme: (await tenant.token()).scheme }
  },
  async utgl() {
    const { privateKey, publicKey } = await makeKey()
    const emulator = createUtglEmulator()
    const utgl = createUtgl({ ...(await emulator.register(publicKey)), privateKey, fetch: emulator.fetch })
    const form = new FormData()
    form.set('file', new Blob(['bytes']), 'file.txt')
    await utgl.fetch('https://access.utgl.io/v1/ping', { method: 'POST', body: form })
    const answer = await utgl.api.post('ping', { json: { hello: 'world' } })
    return { status: answer.status, answer: await answer.json() }
  },
  async victor() {
    const { privateKey, publicKey } = await makeKey('SHA-512')
    const emulator = createVictorEmulator()
    const { apiKey } = await emulator.register(publicKey)
    const victor = createVictor({ environment: 'production', apiKey, privateKey, fetch: emulator.fetch })
    const answer = await victor.fetch('https://api.victorfi.com/v2/accounts')
    return { status: answer.status, answer: await answer.json(), scheme: (await victor.token()).scheme }
  },
  async 'victor-oauth'() {
    const emulator = createVictorEmulator()
    const { clientId, clientSecret } = await emulator.register()
    const victor = createVictor({ environment: 'staging', clientId, clientSecret, fetch: emulator.fetch })
    const answer = await victor.fetch('https://api.stage.victorfi.com/v2/accounts')
    return { status: answer.status, answer: await answer.json(), scheme: (await victor.token()).scheme }
  },
  async paymentsgate() {
    const emulator = createPaymentsGateEmulator()
    const credentials = await emulator.register()
    const gate = createPaymentsGate({ ...credentials, environment: 'sandbox', fetch: emulator.fetch })
    const answer = await gate.api.post('deals/payin', { json: { amount: 1 } })
    return { status: answer.status, answer: await answer.json(), scheme: (await gate.token()).scheme }
  },
}

/** Runs every flow against the emulator in the page. */
export async function runFlows(): Promise<Record<string, Outcome>> {
  const outcomes = Object.entries(flows).map(async ([name, flow]) => [name, await flow()] as const)
  return Object.fromEntries(await Promise.all(outcomes))
}

/** Signs with a key that cannot be exported; returns the verified subject and what an export says. */
export async function signWithPageKey(): Promise<{
  extractable: boolean
  exported: string
  subject: unknown
}> {
  const { privateKey, publicKey, extractable } = await makeKey()
  const key = createSigningKey(privateKey satisfies PrivateKeyInput, { algorithm: 'RS256' })
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { sub: 'page', iat: seconds, exp: seconds + 60 }
  const token = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims })
  const verified = await verifyJwt(token, publicKey, { algorithm: 'RS256' })
  const exported = await crypto.subtle.exportKey('pkcs8', privateKey).then(
    () => 'exported',
    (error: DOMException) => error.name,
  )
  return { extractable, exported, subject: verified.claims.sub }
}

/** A wrong key: what the emulator in the page says of it. */
export async function refuse(): Promise<{ status: number; rule: string | null }> {
  const emulator = createUtglEmulator()
  const credentials = await emulator.register((await makeKey()).publicKey)
  const { privateKey } = await makeKey()
  const utgl = createUtgl({ ...credentials, privateKey, fetch: emulator.fetch })
  const answer = await utgl.fetch('https://access.utgl.io/v1/ping')
  return { status: answer.status, rule: answer.headers.get('x-countersign-rule') }
}

/** Over real HTTP to the server that the page came from: the bytes that a browser sends are what was signed. */
export async function sendHome(path: string): Promise<number> {
  const { privateKey } = await makeKey()
  const utgl = createUtgl({ accessKey: crypto.randomUUID(), privateKey, baseUrl: `${location.origin}/v1` })
  const body = new Blob(['gr\u00fc\u00df dich ', Uint8Array.of(0, 255)])
  return (await utgl.fetch(location.origin + path, { method: 'POST', body })).status
}
