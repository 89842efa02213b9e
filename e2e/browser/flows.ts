import { createSigningKey, type PrivateKeyInput, signJwt, verifyJwt } from '@countersign/core'
import { flowsOf, loadProviders } from '@countersign/providers'
import { createUtgl } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'

/** A key that the page made and cannot export. */
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

/** The result of a flow. */
export interface Outcome {
  status: number
  answer: unknown
  /** The scheme of the token, where there is one. */
  scheme?: string
}

/** Runs every flow of every provider against its emulator in the page, with a key that the page made. */
export async function runFlows(): Promise<Record<string, Outcome>> {
  const flows = (await loadProviders()).flatMap(flowsOf)
  const outcomes = flows.map(async ({ name, provider, createEmulator, options }) => {
    const { privateKey, publicKey } = await makeKey(provider.algorithm === 'RS512' ? 'SHA-512' : 'SHA-256')
    const emulator = createEmulator()
    const credentials = { privateKey, ...(await emulator.register(publicKey)) }
    const auth = provider.create({ ...options(credentials), fetch: emulator.fetch })
    const { method, path } = provider.example
    const response = await auth.fetch(`${Object.values(provider.baseUrls)[0]}/${path}`, { method })
    const token = await auth.token?.()
    const scheme = token === undefined ? {} : { scheme: token.scheme }
    return [name, { status: response.status, answer: await response.json(), ...scheme }] as const
  })
  return Object.fromEntries(await Promise.all(outcomes))
}

/** A form, which the browser alone can serialise, and JSON, each signed as it is sent. */
export async function signBodies(): Promise<number[]> {
  const { privateKey, publicKey } = await makeKey()
  const emulator = createUtglEmulator()
  const utgl = createUtgl({ ...(await emulator.register(publicKey)), privateKey, fetch: emulator.fetch })
  const form = new FormData()
  form.set('file', new Blob(['bytes']), 'file.txt')
  const url = 'https://access.utgl.io/v1/ping'
  const responses = [
    await utgl.fetch(url, { method: 'POST', body: form }),
    await utgl.api.post('ping', { json: { hello: 'world' } }),
  ]
  return responses.map(({ status }) => status)
}

/** Signs with a key that cannot be exported; returns the verified subject and the result of an export. */
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

/** The emulator's response to a request that was signed with a wrong key. */
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
