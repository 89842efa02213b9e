import { describe, expect, test } from 'vitest'
import { optionsOf } from '../src/model/desk.ts'
import { prepare, toCall } from '../src/model/prepare.ts'
import { atDesk, kinds } from './at-desk.ts'

describe('the call that a form stands for', () => {
  test.each([
    ['https://a.example/v1', '/ping', 'https://a.example/v1/ping'],
    ['https://a.example/v1/', 'ping?x=1', 'https://a.example/v1/ping?x=1'],
    ['https://a.example', '', 'https://a.example/'],
  ])('joins %j and %j by one slash', (baseUrl, path, url) => {
    expect(toCall(baseUrl, { method: 'GET', path, body: 'left out' })).toEqual([url, { method: 'GET' }])
  })

  test('carries its body as JSON, where a body can be', () => {
    const [, init] = toCall('https://a.example', { method: 'PUT', path: 'a', body: '{}' })
    expect(init).toEqual({ method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } })
  })
})

describe.each(kinds)('the first request of %s', (name, id, set) => {
  test('is made by its adapter, and reaches nobody', async () => {
    const { entry, desk, call, emulator, clock } = await atDesk(id, { set })
    const made = await prepare(entry.provider, { ...optionsOf(entry, desk), clock }, call)
    expect(made.headers.has('authorization')).toBe(['cdata', 'utgl'].includes(id) || name.includes('JWT'))
    expect(emulator.journal).toEqual([])
  })

  test('is not made of options that are missing: the factory says which', async () => {
    const { entry, call } = await atDesk(id, { set })
    await expect(prepare(entry.provider, {}, call)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      provider: id,
    })
  })
})
