import { createHash } from 'node:crypto'
import {
  describeAdapterContract,
  describeEmulator,
  testKeys,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import {
  createLedger,
  createLedgerEmulator,
  ledgerProvider,
} from './per-request.ts'

const suite = { provider: ledgerProvider, createEmulator: createLedgerEmulator }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describeAdapterContract({
  ...suite,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: 'signed each time',
})

describeEmulator<{ accessKey: string }>({
  ...suite,
  credentialNames: ['accessKey'],
  call: { method: 'POST', path: '/entries', body: '{"amount":"1.00"}' },
  scheme: 'Signature',
  // The right proof of a call, made without the adapter.
  jwt: {
    in: 'call',
    of: (
      { credentials: { accessKey }, now, target },
      { method, path, body },
    ) => ({
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        iss: accessKey,
        iat: now(),
        exp: now() + 30,
        request: `${method} ${target(path)}`,
        hash: sha256(String(body ?? '')),
      },
    }),
    maxLifetimeSeconds: 60,
    texts: { iss: 'iss' },
    stranger: { claims: { iss: 'stranger' } },
  },
  expected: { noTyp: 'accepted' },
  refusal: (_rule, _status, message) => ({ error: 'unauthorized', message }),
  // `sent` replaces a part of the call after it was signed.
  wrong: [
    {
      what: 'a query that was not signed',
      rule: 'request',
      call: { sent: { path: '/entries?a=1' } },
    },
    {
      what: 'another method',
      rule: 'request',
      call: { sent: { method: 'PUT' } },
    },
    {
      what: 'another body',
      rule: 'hash',
      call: { sent: { body: '{"amount":"9.00"}' } },
    },
  ],
})

test('each page is requested with a signature of its own', async () => {
  const { privateKey, publicKey } = testKeys().own
  const emulator = createLedgerEmulator()
  const credentials = await emulator.register(publicKey)
  const { fetch } = emulator
  const ledger = createLedger({ ...credentials, privateKey, fetch })
  const names: unknown[] = []
  for await (const page of ledger.pages<{ next: unknown }>('entries'))
    names.push(page.next)
  expect(names).toEqual(['page-2', null])
  expect(
    emulator.journal.map(({ query, status }) => `${query} ${status}`),
  ).toEqual([' 200', '?cursor=page-2 200'])
})
