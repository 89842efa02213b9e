import { readFileSync } from 'node:fs'
import { importSigningKey, keyThumbprint, verifyJws } from '@countersign/core'
import { type Check, type CheckResult, holds } from './check.ts'

type RsaJwk = Record<string, string> & { kty: string }

function example(name: string) {
  return JSON.parse(
    readFileSync(new URL(`../../packages/fixtures/vectors/${name}.json`, import.meta.url), 'utf8'),
  )
}

async function reproduces(jwk: RsaJwk, compact: string): Promise<CheckResult> {
  const [header, payload, signature] = compact.split('.')
  const key = await importSigningKey(jwk, { algorithm: 'RS256' })
  const signed = await key.sign(Buffer.from(`${header}.${payload}`))
  holds(Buffer.from(signed).toString('base64url') === signature, 'the signature')
  const { d: _private, ...publicJwk } = jwk
  const verified = await verifyJws(compact, publicJwk as RsaJwk, { algorithm: 'RS256' })
  holds(Buffer.from(verified.payload).toString('base64url') === payload, 'the payload')
  return { passed: 'the signature reproduced byte for byte, and verified' }
}

/** The examples of the RFCs that are about RSA signatures and thumbprints. */
export const rfcExamples: readonly Check[] = [
  {
    name: 'JWS using RS256',
    against: 'RFC 7515, A.2',
    onlyNode: true,
    run: () => reproduces(example('rfc7515_a.2').key, example('rfc7515_a.2').compact),
  },
  {
    name: 'RSA v1.5 signature',
    against: 'RFC 7520, 4.1',
    onlyNode: true,
    run: () => reproduces(example('rfc7520_4.1').input.key, example('rfc7520_4.1').output.compact),
  },
  {
    name: 'JWK thumbprint',
    against: 'RFC 7638, 3.1',
    onlyNode: true,
    async run() {
      const { key, thumbprint } = example('rfc7638_3.1')
      holds((await keyThumbprint(key)) === thumbprint, 'the thumbprint')
      return { passed: 'the thumbprint reproduced' }
    },
  },
]
