import { describe, expect, test } from 'vitest'
import { type BreakId, breaks } from '../src/model/breaks.ts'
import { atDesk, kinds } from './at-desk.ts'

const post = { method: 'POST', path: 'ping?page=1', body: '{"a":1}' }
const titles = {
  speeda: 'Speeda',
  cdata: 'CData Connect AI Embed',
  utgl: 'UTGL Issuing',
  victor: 'Victor',
  paymentsgate: 'PaymentsGate',
} as Readonly<Record<string, string>>

/** The switches that fit a request with query and body. */
const fitting: Readonly<Record<string, readonly BreakId[]>> = {
  speeda: ['clock', 'key', 'expired', 'revoked', 'audience', 'scheme', 'replay', 'fault'],
  cdata: ['clock', 'key', 'expired', 'scheme', 'fault'],
  utgl: ['clock', 'key', 'expired', 'scheme', 'body', 'query', 'fault'],
  'victor with a JWT key': ['clock', 'key', 'expired', 'audience', 'scheme', 'fault'],
  'victor with an OAuth key': ['key', 'revoked', 'scheme', 'fault'],
  paymentsgate: ['key', 'revoked', 'scheme', 'fault'],
}

describe.each(kinds)('the switches of %s', (name, id, set) => {
  test('fit where a rule can name what they break', async () => {
    const scene = await (await atDesk(id, { set, request: post })).scene()
    expect(breaks.filter(({ unfit }) => unfit(scene) === undefined).map((each) => each.id)).toEqual(
      fitting[name],
    )
  })

  test('say why they do not fit elsewhere', async () => {
    const scene = await (await atDesk(id, { set, request: post })).scene()
    const reasons = breaks.flatMap(({ unfit }) => unfit(scene) ?? [])
    for (const reason of reasons) expect(reason).toContain(titles[id])
    expect(reasons).toHaveLength(breaks.length - (fitting[name]?.length ?? 0))
  })
})

describe('a switch that needs something of the request', () => {
  const reasonOf = async (which: BreakId, request: object) => {
    const scene = await (await atDesk('utgl', { request })).scene()
    return breaks.find(({ id }) => id === which)?.unfit(scene)
  }

  test.each([
    ['body', { method: 'GET', path: 'ping' }, /choose POST/],
    ['body', { method: 'POST', path: 'ping', body: '' }, /choose POST/],
    ['query', { method: 'GET', path: 'ping' }, /add one, such as/],
    ['query', { method: 'GET', path: 'ping?' }, /add one, such as/],
    ['query', { method: 'GET', path: 'ping#?page=1' }, /add one, such as/],
  ] as const)('%s of %o says what to add', async (which, request, words) => {
    expect(await reasonOf(which, request)).toMatch(words)
  })
})
