import { runInNewContext } from 'node:vm'
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

test('a message consists of provider, problem and hint, which are properties too', () => {
  const error = new RequestError('TIMEOUT', 'It took too long.', {
    provider: 'fake',
    hint: 'Try again.',
    retryable: true,
  })
  expect(error.message).toBe('fake: It took too long. Try again.')
  expect({ ...error }).toStrictEqual({
    name: 'RequestError',
    code: 'TIMEOUT',
    provider: 'fake',
    problem: 'It took too long.',
    hint: 'Try again.',
    retryable: true,
  })
  expect(new ConfigError('no.').message).toBe('countersign: no.')
})

test('an unknown detail is not a property', () => {
  expect(Object.keys(new RequestError('NETWORK', 'no.'))).toEqual(['code', 'problem', 'retryable', 'name'])
  expect('cause' in new RequestError('NETWORK', 'no.')).toBe(false)
  const { cause, ...shown } = new TokenError('TOKEN_REQUEST_REJECTED', 'no.', {
    status: 400,
    cause: new Error('x'),
  })
  expect(shown).toStrictEqual({
    code: 'TOKEN_REQUEST_REJECTED',
    problem: 'no.',
    retryable: false,
    name: 'TokenError',
    status: 400,
  })
})

test('isInstance recognises errors of another copy of the package, and nothing else', async () => {
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

test('isInstance recognises an error whose prototype chain belongs to another realm', () => {
  const error = new TokenError('TOKEN_REQUEST_REJECTED', 'No.', { provider: 'fake', status: 401 })
  Object.setPrototypeOf(error, runInNewContext('Error.prototype'))
  expect(error).not.toBeInstanceOf(Error)
  expect(CountersignError.isInstance(error)).toBe(true)
})

test('a cause of another realm keeps its name, code and redacted message, and so do its own causes', () => {
  const cause: unknown = runInNewContext(
    `Object.assign(new TypeError('failed with hunter2hunter2', {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED', secret: 'hunter2hunter2' }),
    }), { code: 'UND_ERR' })`,
  )
  expect(cause).not.toBeInstanceOf(Error)
  const error = new RequestError('NETWORK', 'No.', { cause, secrets: ['hunter2hunter2'] })
  expect(error.cause).toBeInstanceOf(Error)
  expect(error.cause).toMatchObject({
    name: 'TypeError',
    message: 'failed with [secret]',
    code: 'UND_ERR',
    cause: { name: 'Error', message: 'connect', code: 'ECONNREFUSED' },
  })
})
