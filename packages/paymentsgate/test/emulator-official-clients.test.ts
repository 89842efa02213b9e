import { decodeJwt } from '@countersign/core'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createPaymentsGateEmulator } from '../src/paymentsgate-emulator.ts'

/**
 * Makes the calls that the official Node and PHP clients make, in their order: the expiry is read from the access
 * token, a token that has expired is refreshed without `Authorization`, and only a 400 or 401 whose body has no
 * `error` makes them issue again.
 */
function createOfficialClient(
  baseUrl: string,
  credentials: { account_id: string; public_key: string },
  now: () => number,
) {
  let accessToken = ''
  let refreshToken = ''

  async function ask(method: string, path: string, more: { json?: object; authorization?: string }) {
    const { json, authorization } = more
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const body = (await response.json()) as Record<string, unknown>
    if (response.status > 302)
      throw Object.assign(new Error(String(body['message'])), { error: body['error'] })
    return body
  }

  async function updateToken() {
    const isCurrent = accessToken !== '' && (decodeJwt(accessToken).claims.exp ?? 0) * 1000 > now()
    if (isCurrent) return
    const pair =
      refreshToken === ''
        ? await ask('POST', '/auth/token', { json: credentials })
        : await ask('POST', '/auth/token/refresh', { json: { refresh_token: refreshToken } })
    accessToken = String(pair['access_token'])
    refreshToken = String(pair['refresh_token'])
  }

  return async (method: string, path: string, json?: object) => {
    await updateToken()
    return ask(method, path, {
      authorization: `Bearer ${accessToken}`,
      ...(json === undefined ? {} : { json }),
    })
  }
}

async function open(options: { refreshWithoutHeader?: boolean }) {
  const clock = createFixedClock()
  const emulator = createPaymentsGateEmulator({ clock, ...options })
  const { accountId, publicKey } = await emulator.register()
  const server = await serveEmulator(emulator)
  const credentials = { account_id: accountId, public_key: Buffer.from(publicKey).toString('base64') }
  const call = createOfficialClient(server.url, credentials, () => clock.now())
  return { clock, emulator, server, call }
}

test('the calls of the official clients pass over several lives of the token', async () => {
  const { clock, emulator, server, call } = await open({ refreshWithoutHeader: true })
  await using _server = server
  for (let life = 0; life < 3; life++) {
    expect(await call('POST', '/deals/payin', { amount: 10, currency: 'AZN', type: 'p2p' })).toMatchObject({
      status: 'new',
    })
    expect(await call('GET', '/deals/deal-1')).toMatchObject({ _id: 'deal-1' })
    expect(await call('GET', '/wallet')).toHaveProperty('assets')
    clock.advance(3_600_000)
  }
  const calls = emulator.journal.map(({ path, status }) => `${status} ${path}`)
  expect(calls.filter((line) => line.includes('/auth/'))).toEqual([
    '200 /auth/token',
    '200 /auth/token/refresh',
    '200 /auth/token/refresh',
  ])
  expect(emulator.journal.flatMap(({ advice = [] }) => advice.map(({ id }) => id))).toEqual([
    'paymentsgate.refresh-authorization',
    'paymentsgate.refresh-authorization',
  ])
})

test('without the option their refresh is refused, and they stay without a token', async () => {
  const { clock, emulator, server, call } = await open({})
  await using _server = server
  await call('GET', '/wallet')
  clock.advance(3_600_000)
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(call('GET', '/wallet')).rejects.toMatchObject({ error: 'UNAUTHORIZED' })
  expect(emulator.journal.at(-1)).toMatchObject({
    path: '/auth/token/refresh',
    rule: { id: 'paymentsgate.refresh-authorization' },
  })
})
