import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** The three ways to call, and what each adds. */
export function testCalls(contract: AdapterContract): void {
  test('api, fetch and headers each make a request that the provider accepts', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const byApi = await auth.api.get(fixture.path).json()
    const byFetch = await auth.fetch(fixture.url)
    const byHeaders = await fetch(fixture.url, { headers: await auth.headers(new Request(fixture.url)) })
    const byRequest = await auth.fetch(new Request(fixture.url))
    for (const answer of [byFetch, byHeaders, byRequest]) {
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual(byApi)
    }
    expect(fixture.emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
    expect(fixture.apiCalls()).toBe(4)
  })

  test('an Authorization of the caller is replaced, never sent along', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const headers = { AUTHORIZATION: 'Basic from-the-caller', 'x-kept': 'yes' }
    const answers = [
      await auth.fetch(fixture.url, { headers }),
      await auth.fetch(fixture.url, { headers: new Headers(headers) }),
      await auth.fetch(new Request(fixture.url, { headers })),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(fixture.proofs().join()).not.toContain('Basic')
    const merged = await auth.headers(new Request(fixture.url, { headers }))
    expect(merged.get('authorization')).not.toContain('Basic')
    expect(merged.get('x-kept')).toBe('yes')
  })

  test('headers leaves the body of the request unread', async () => {
    await using fixture = await createFixture(contract)
    const request = new Request(fixture.url, { method: 'POST', body: '{"hello":"world"}' })
    await fixture.create().headers(request)
    expect(request.bodyUsed).toBe(false)
    expect(await request.text()).toBe('{"hello":"world"}')
  })

  test('token, where there is one, gives what the requests carry', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const token = await auth.token?.()
    if (token === undefined) return expect(contract.proof).toBe('signed each time')
    expect(token.expiresAt).toBeGreaterThan(fixture.emulator.clock.now())
    expect(JSON.stringify(token)).not.toContain(token.value.reveal())
    const headers = await auth.headers(new Request(fixture.url))
    expect(headers.get('authorization')).toBe(`${token.scheme} ${token.value.reveal()}`)
    expect((await fetch(fixture.url, { headers })).status).toBe(200)
  })

  test('an identity that the provider does not know is refused with a typed error', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create(fixture.stranger())
    const code = contract.proof === 'exchanged' ? 'TOKEN_REQUEST_REJECTED' : 'HTTP_STATUS'
    await expect(auth.api.get(fixture.path).json()).rejects.toMatchObject({
      code,
      // RFC 6749, section 5.2: 400 for a grant, 401 for a client.
      status: contract.proof === 'exchanged' ? expect.toBeOneOf([400, 401]) : 401,
      retryable: false,
      provider: contract.provider.id,
    })
    expect(fixture.emulator.journal).toHaveLength(contract.proof === 'signed once' ? 2 : 1)
  })
}
