import { type AuthEvent, decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeeda } from '../src/index.ts'
import { createSpeedaEmulator } from '../src/speeda-emulator.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const old = { keyId: 'old', privateKey: rsa2048.privateKey }
const next = { keyId: 'next', privateKey: otherRsa2048.privateKey }

function kidOf(body: Buffer): string | undefined {
  return decodeJwt(new URLSearchParams(body.toString()).get('client_assertion') ?? '').header.kid
}

test('the next key signs from its time on, without a restart', async () => {
  await using server = await startRecordingServer(() => ({
    body: '{"access_token":"emulated-token","token_type":"bearer","expires_in":300}',
  }))
  const clock = createFixedClock()
  const privateKeys = [old, { ...next, notBefore: clock.now() + 600_000 }]
  const speeda = createSpeeda({ clientId: 'client', privateKeys, clock, baseUrl: server.url })
  await speeda.token()
  clock.advance(600_000)
  await speeda.token()
  expect(server.requests.map(({ body }) => kidOf(body))).toEqual(['old', 'next'])
})

test('a refused key is replaced by the other once, with an event', async () => {
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(rsa2048.publicKey)
  const events: AuthEvent[] = []
  const privateKeys = [
    { ...old, keyId },
    { ...next, notBefore: 0 },
  ]
  const speeda = createSpeeda({
    clientId,
    privateKeys,
    fetch: emulator.fetch,
    onEvent: (event) => events.push(event),
  })
  await speeda.token()
  expect(emulator.journal.map(({ status, rule }) => [status, rule?.id])).toEqual([
    [401, 'speeda.registered'],
    [200, undefined],
  ])
  expect(events.map(({ type }) => type)).toEqual([
    'token.exchanged',
    'key.refused',
    'token.exchanged',
    'token.acquired',
  ])
  expect(events[1]).toMatchObject({ keyId: 'next', nextKeyId: keyId })
  await speeda.invalidate()
  await speeda.token()
  expect(emulator.journal).toHaveLength(3)
})

test('when both keys are refused, the refusal is thrown after one try of each', async () => {
  const emulator = createSpeedaEmulator()
  const privateKeys = [old, { ...next, notBefore: 0 }]
  const speeda = createSpeeda({ clientId: 'client', privateKeys, fetch: emulator.fetch })
  await expect(speeda.token()).rejects.toMatchObject({ code: 'TOKEN_REQUEST_REJECTED' })
  expect(emulator.journal).toHaveLength(2)
})

test('a ring without key ids, and a ring beside a single key, are CONFIG_INVALID', () => {
  const make = (options: object) => () => createSpeeda({ clientId: 'client', ...options } as never)
  expect(make({ privateKeys: [{ privateKey: rsa2048.privateKey }] })).toThrow(/privateKeys.*keyId/)
  expect(make({ privateKeys: [old], ...next })).toThrow(/Unknown option `(?:keyId|privateKey)`/)
  expect(make({ privateKeys: [] })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})
