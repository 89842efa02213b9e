import { describe, expect, test } from 'vitest'
import { prepare } from '../src/model/prepare.ts'
import { optionsOf, toCall } from '../src/model/provider-form.ts'
import { kinds, openForm } from './form-fixture.ts'

describe('the call of a form', () => {
  test.each([
    ['https://a.example/v1', '/ping', 'https://a.example/v1/ping'],
    ['https://a.example/v1/', 'ping?x=1', 'https://a.example/v1/ping?x=1'],
    ['https://a.example', '', 'https://a.example/'],
  ])('joins %j and %j with one slash', (baseUrl, path, url) => {
    expect(toCall(baseUrl, { method: 'GET', path, body: 'left out' })).toEqual([url, { method: 'GET' }])
  })

  test('sends its body as JSON, where the method allows one', () => {
    const [, init] = toCall('https://a.example', { method: 'PUT', path: 'a', body: '{}' })
    expect(init).toEqual({ method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } })
  })
})

describe.each(kinds)('the first request of %s', (name, id, set) => {
  test('is made by its adapter and is not sent', async () => {
    const { entry, form, call, emulator, clock } = await openForm(id, { set })
    const made = await prepare(entry.provider, { ...optionsOf(entry, form), clock }, call)
    expect(made.headers.has('authorization')).toBe(['cdata', 'utgl'].includes(id) || name.includes('JWT'))
    expect(emulator.journal).toEqual([])
  })

  test('is not made when options are missing: the factory names them', async () => {
    const { entry, call } = await openForm(id, { set })
    await expect(prepare(entry.provider, {}, call)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      provider: id,
    })
  })
})
