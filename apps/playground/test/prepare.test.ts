import { describe, expect, test } from 'vitest'
import { endpointAt } from '../src/model/judge.ts'
import { prepare } from '../src/model/prepare.ts'
import { baseUrlOf, optionsOf, toCall } from '../src/model/provider-form.ts'
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

describe.each(kinds)('the first request of %s', (_name, id, set) => {
  test('is made by its adapter and is not sent', async () => {
    const { entry, form, call, emulator, clock } = await openForm(id, { set })
    const { first: made } = await prepare(
      entry.provider,
      { ...optionsOf(entry, form), clock },
      call,
      clock.now(),
    )
    const { provider } = entry
    const endpoint = endpointAt(provider, baseUrlOf(entry, form), made)
    expect(['token', 'api']).toContain(endpoint)
    expect(endpoint === 'token' || made.headers.has('authorization')).toBe(true)
    expect(emulator.journal).toEqual([])
  })

  test('is followed by the call with a placeholder for the token, where it is a token request', async () => {
    const { entry, form, call, clock } = await openForm(id, { set })
    const options = { ...optionsOf(entry, form), clock }
    const { first, following } = await prepare(entry.provider, options, call, clock.now())
    if (endpointAt(entry.provider, baseUrlOf(entry, form), first) === 'api')
      return expect(following).toBeUndefined()
    expect(following?.request.headers.get('authorization')).toBe(`Bearer ${following?.token}`)
    expect(following?.request.url.href).toBe(call[0])
  })

  test('is not made when options are missing: the factory names them', async () => {
    const { entry, call } = await openForm(id, { set })
    await expect(prepare(entry.provider, {}, call, 0)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      provider: id,
    })
  })
})
