import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importSigningKey, keyThumbprint, type SigningAlgorithm, verifyJws } from '../src/index.ts'

const rfc = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/vectors/${name}.json`, import.meta.url), 'utf8'))

describe('the examples of the RFCs', () => {
  test('RFC 7515, A.2: the signature is reproduced and verified', async () => {
    const { key, compact } = rfc('rfc7515_a.2')
    await reproduces(key, compact, 'RS256')
  })
  test('RFC 7520, 4.1: the signature is reproduced and verified', async () => {
    const { input, output } = rfc('rfc7520_4.1')
    await reproduces(input.key, output.compact, 'RS256')
  })
  test('RFC 7638, 3.1: the thumbprint is reproduced', async () => {
    const { key, thumbprint } = rfc('rfc7638_3.1')
    expect(await keyThumbprint(key)).toBe(thumbprint)
  })
})

async function reproduces(
  jwk: Record<string, string>,
  compact: string,
  algorithm: SigningAlgorithm,
): Promise<void> {
  const [header, payload, signature] = compact.split('.')
  const signer = await importSigningKey(jwk as { kty: string }, { algorithm })
  const signed = await signer.sign(new TextEncoder().encode(`${header}.${payload}`))
  expect(Buffer.from(signed).toString('base64url')).toBe(signature)
  const { d: _d, ...publicJwk } = jwk
  const verified = await verifyJws(compact, publicJwk as { kty: string }, { algorithm })
  expect(Buffer.from(verified.payload).toString('base64url')).toBe(payload)
}

const folder = process.env['COUNTERSIGN_VECTORS']
const wycheproof = (name: string) => {
  const path = join(folder ?? '', 'wycheproof', `${name}.json`)
  return folder !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testGroups : []
}

interface SignatureGroup {
  sha: string
  keySize: number
  privateKeyPem: string
  privateKeyPkcs8: string
  privateKeyJwk?: Record<string, string>
  tests: { tcId: number; msg: string; sig: string }[]
}

for (const bits of [1024, 1536, 2048, 3072, 4096]) {
  for (const [index, group] of (wycheproof(`rsa_pkcs1_${bits}_sig_gen_test`) as SignatureGroup[]).entries()) {
    const algorithm = { 'SHA-256': 'RS256', 'SHA-512': 'RS512' }[group.sha] as SigningAlgorithm | undefined
    if (algorithm === undefined) continue
    const forms = [group.privateKeyPem, Buffer.from(group.privateKeyPkcs8, 'hex'), group.privateKeyJwk]
    test(`Wycheproof, ${bits} bits, ${algorithm}, group ${index}: ${bits < 2048 ? 'refused' : 'reproduced'} in every form`, async () => {
      for (const form of forms.filter((given) => given !== undefined)) {
        const key = importSigningKey(form as string, { algorithm })
        if (bits < 2048) {
          await expect(key).rejects.toMatchObject({ code: 'KEY_TOO_SHORT' })
          continue
        }
        for (const { msg, sig } of group.tests) {
          expect(Buffer.from(await (await key).sign(Buffer.from(msg, 'hex'))).toString('hex')).toBe(sig)
        }
      }
    })
  }
}

interface JwsGroup {
  comment: string
  public: Record<string, string>
  tests: { tcId: number; comment: string; jws: string; result: 'valid' | 'invalid' }[]
}

for (const [index, group] of (wycheproof('json_web_signature_test') as JwsGroup[]).entries()) {
  const algorithm = ({ rs256: 'RS256', rs512: 'RS512' }[group.comment] ??
    group.public['alg'] ??
    'RS256') as SigningAlgorithm
  if (algorithm !== 'RS256' && algorithm !== 'RS512') continue
  test(`Wycheproof, JWS group ${index}, ${group.comment}: ${group.tests.length} tokens are judged as they should be`, async () => {
    for (const { tcId, jws, result } of group.tests) {
      const outcome = await verifyJws(jws, group.public as { kty: string }, { algorithm }).then(
        () => 'valid',
        () => 'invalid',
      )
      expect(`${tcId} ${outcome}`).toBe(`${tcId} ${result}`)
    }
  })
}
