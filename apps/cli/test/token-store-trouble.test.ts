import { expect, test } from 'vitest'
import { parseStoreAddress } from '../src/token-store/address.ts'
import { createTroubleLog, type StoreNotice } from '../src/token-store/trouble.ts'

function createFixture(text = 'rediss://cache.example') {
  const notices: StoreNotice[] = []
  const log = createTroubleLog(parseStoreAddress(text, '--token-store'), (notice) => notices.push(notice))
  return { log, notices }
}

test.each([
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another name'],
  ['CERT_HAS_EXPIRED', "does not hold at this computer's time"],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLS with the token store failed'],
  ['ENOTFOUND', 'cannot be reached (ENOTFOUND)'],
  ['WRONGPASS', 'COUNTERSIGN_TOKEN_STORE_PASSWORD'],
])('%s is named', (code, words) => {
  const { log, notices } = createFixture()
  log.failed({ code }, 'connection')
  expect(notices).toEqual([
    { event: 'store.unreachable', code, message: expect.stringContaining(words) as string },
  ])
})

test('one trouble is told once, another one too, and the end of all', () => {
  const { log, notices } = createFixture()
  log.failed({ code: 'ECONNREFUSED' }, 'connection')
  log.failed({ code: 'ECONNREFUSED' }, 'connection')
  log.failed({ code: 'UNREACHABLE' }, 'connection')
  log.failed({ code: 'READONLY', said: 'no' }, 'script')
  log.works('connection')
  expect(log.hasTrouble()).toBe(true)
  log.works('script')
  log.works('script')
  expect(notices.map((notice) => ('code' in notice ? notice.code : notice.event))).toEqual([
    'ECONNREFUSED',
    'READONLY',
    'store.reachable',
  ])
})

test('what a server says is told in one short line without its control characters', () => {
  const { log, notices } = createFixture()
  log.failed({ code: 'ERR', said: `unknown \u001b[31m${'x'.repeat(300)}` }, 'script')
  const [notice] = notices
  const message = notice !== undefined && 'message' in notice ? notice.message : ''
  expect(message).toMatch(/^The token store reports an error \(ERR: unknown /)
  expect(message).not.toContain('\u001b')
  expect(message.length).toBeLessThan(200)
})
