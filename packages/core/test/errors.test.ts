import {
  ConfigError,
  CountersignError,
  KeyError,
  RequestError,
  SigningError,
  TokenError,
  VerificationError,
} from '@countersign/core'
import { expect, test, vi } from 'vitest'

const errors: [CountersignError, string][] = [
  [new ConfigError('no.', { provider: 'fake' }), 'ConfigError'],
  [new KeyError('KEY_MALFORMED', 'no.', { provider: 'fake' }), 'KeyError'],
  [new SigningError('SIGN_FAILED', 'no.', { provider: 'fake' }), 'SigningError'],
  [new TokenError('TOKEN_RESPONSE_INVALID', 'no.', { provider: 'fake' }), 'TokenError'],
  [new RequestError('NETWORK', 'no.', { provider: 'fake' }), 'RequestError'],
  [new VerificationError('RULE_VIOLATED', 'no.', { provider: 'fake' }), 'VerificationError'],
]

test.each(errors)('%o is an Error with name, code and provider', (error, name) => {
  expect(error).toBeInstanceOf(Error)
  expect(error).toBeInstanceOf(CountersignError)
  expect(error).toMatchObject({ name, provider: 'fake', retryable: false, message: 'fake: no.' })
  expect(error.stack?.split('\n')[0]).toContain('fake: no.')
  expect(CountersignError.isInstance(error)).toBe(true)
})

test('a message says for whom, what failed, and what to do next', () => {
  const error = new RequestError('TIMEOUT', 'it took too long.', {
    provider: 'fake',
    hint: 'Try again.',
    retryable: true,
  })
  expect(error.message).toBe('fake: it took too long. Try again.')
  expect(error).toMatchObject({ hint: 'Try again.', retryable: true })
  expect(new ConfigError('no.').message).toBe('countersign: no.')
})

test('what is not known is no property', () => {
  expect(Object.keys(new RequestError('NETWORK', 'no.'))).toEqual(['code', 'retryable', 'name'])
  expect('cause' in new RequestError('NETWORK', 'no.')).toBe(false)
  const { cause, ...shown } = new TokenError('TOKEN_REQUEST_REJECTED', 'no.', {
    status: 400,
    cause: new Error('x'),
  })
  expect(shown).toStrictEqual({
    code: 'TOKEN_REQUEST_REJECTED',
    retryable: false,
    name: 'TokenError',
    status: 400,
  })
})

test('isInstance holds across two copies of the package, and for nothing else', async () => {
  vi.resetModules()
  const copy = await import('../src/index.ts')
  const { CountersignError: Other, RequestError: OtherRequestError } = copy
  expect(Other).not.toBe(CountersignError)
  const foreign = new OtherRequestError('NETWORK', 'no.')
  expect(foreign).not.toBeInstanceOf(CountersignError)
  expect(CountersignError.isInstance(foreign)).toBe(true)
  expect(Other.isInstance(new ConfigError('no.'))).toBe(true)
  for (const other of [
    new Error('no.'),
    undefined,
    null,
    'CONFIG_INVALID',
    { code: 'CONFIG_INVALID' },
    structuredClone(foreign),
  ])
    expect(CountersignError.isInstance(other)).toBe(false)
})
