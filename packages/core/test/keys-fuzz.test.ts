import { createPrivateKey } from 'node:crypto'
import { fixedKeys, numRuns } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CountersignError, importSigningKey } from '../src/index.ts'

const pem = fixedKeys.rsa2048.privateKey
const der = new Uint8Array(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }))
const bodyLines = pem.split('\n').filter((line) => !line.startsWith('-----') && line.length >= 16)

/** Whatever the input is, the outcome is a signing key or a KeyError that quotes no part of it. */
async function holds(input: unknown): Promise<void> {
  const outcome = await importSigningKey(input as string, { algorithm: 'RS256', provider: 'fuzz' }).catch(
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error)) return
  const isKey = typeof input === 'string' || (typeof input === 'object' && input !== null)
  const expected = isKey && !Array.isArray(input) ? 'KeyError' : 'ConfigError'
  expect(CountersignError.isInstance(outcome) && outcome.name).toBe(expected)
  const said = [outcome.message, JSON.stringify(outcome), outcome.stack, String(outcome.cause)].join('\n')
  for (const line of bodyLines) expect(said).not.toContain(line.slice(0, 16))
}

const broken = fc
  .record({
    at: fc.nat(pem.length),
    length: fc.nat(80),
    text: fc.oneof(fc.string(), fc.constantFrom('\n', '\\n', '-----BEGIN ', '"', '\0')),
  })
  .map(({ at, length, text }) => pem.slice(0, at) + text + pem.slice(at + length))

const brokenDer = fc
  .record({ at: fc.nat(der.length - 1), byte: fc.nat(255), end: fc.integer({ min: 1, max: der.length }) })
  .map(({ at, byte, end }) => {
    const bytes = Uint8Array.from(der)
    bytes[at] = byte
    return bytes.slice(0, end)
  })

const jwk = createPrivateKey(pem).export({ format: 'jwk' })
const brokenJwk = fc
  .record({
    name: fc.constantFrom(...Object.keys(jwk)),
    value: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.object()),
  })
  .map(({ name, value }) => ({ ...jwk, [name]: value }))

const inputs = {
  'any text': fc.string({ maxLength: 2_000 }),
  'any bytes': fc.uint8Array({ maxLength: 2_000 }),
  'any value': fc.anything(),
  'PEM with a piece replaced': broken,
  'DER with a byte changed and its end cut': brokenDer,
  'Base64 of broken DER': brokenDer.map((bytes) => Buffer.from(bytes).toString('base64')),
  'a JWK with a member replaced': brokenJwk,
}

for (const [name, input] of Object.entries(inputs)) {
  test(`${name} never crashes the key reader, nor shows in its message`, async () => {
    await fc.assert(fc.asyncProperty(input as fc.Arbitrary<unknown>, holds), { numRuns })
  })
}
