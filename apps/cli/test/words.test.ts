import { expect, test } from 'vitest'
import { toExitCode } from '../src/exit-code.ts'
import { toFlag, toVariable } from '../src/field-names.ts'
import { parseDuration, toHumanTime } from '../src/human-time.ts'
import { toRequestUrl } from '../src/request/plan.ts'
import { shellQuote } from '../src/shell-quote.ts'

test.each([
  ['60s', 60_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['90', 90_000],
  ['250ms', 250],
])('the duration %s is %i ms', (text, milliseconds) => {
  expect(parseDuration(text, '--min-ttl')).toBe(milliseconds)
})

test('options have one name as flag and one as variable', () => {
  expect([toFlag('subAccountId'), toVariable('cdata', 'subAccountId')]).toEqual([
    '--sub-account-id',
    'COUNTERSIGN_CDATA_SUB_ACCOUNT_ID',
  ])
})

test('times are absolute and relative', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5)
  expect(toHumanTime(now + 290_000, now)).toBe('2026-01-02T03:08:55Z (in 4 min 50 s)')
  expect(toHumanTime(now - 5_000, now)).toBe('2026-01-02T03:04:00Z (5 s ago)')
  expect(toHumanTime(Number.MAX_SAFE_INTEGER, now)).toBe('no time')
})

test.each([
  ['ping', 'https://a.example/v1/ping'],
  ['/ping?x=1', 'https://a.example/v1/ping?x=1'],
  ['?x=1', 'https://a.example/v1?x=1'],
  ['//other.example/x', 'https://a.example/v1//other.example/x'],
  ['https://b.example/x', 'https://b.example/x'],
])('the address %s is %s', (address, url) => {
  expect(toRequestUrl(address, 'https://a.example/v1').href).toBe(url)
})

test('a shell takes quoted words as they are', () => {
  expect(shellQuote('/v1/ping')).toBe('/v1/ping')
  expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`)
  expect(shellQuote('')).toBe("''")
})

test.each([
  ['CONFIG_INVALID', 2],
  ['ORIGIN_REFUSED', 2],
  ['KEY_TOO_SHORT', 3],
  ['TOKEN_RESPONSE_INVALID', 4],
  ['REDIRECT_REFUSED', 5],
  ['SIGNATURE_INVALID', 6],
  ['SIGN_FAILED', 3],
  [undefined, 1],
])('%s exits %i', (code, exitCode) => {
  expect(toExitCode(code)).toBe(exitCode)
})
