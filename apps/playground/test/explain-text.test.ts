import { describe, expect, test } from 'vitest'
import { type Explanation, explainText } from '../src/model/explain-text.ts'
import { toHttpFile } from '../src/model/snippets.ts'
import { loadEntries } from '../src/providers.ts'
import { openForm } from './form-fixture.ts'

const entries = await loadEntries()

const providers = entries.map(({ provider }) => provider)
const request = { method: 'POST', path: "v1/Zoë O'Hara?a=ä b", body: '{"a":"ü"}\n' }
const broken = ({ rules }: Explanation) => rules.filter(({ kept }) => kept === false).map(({ id }) => id)

/** The HTTP file of a form, with its proof filled in. */
async function filled(id: string, set = 0) {
  const fixture = await openForm(id, { set, request })
  const { request: made } = await fixture.context()
  const text = toHttpFile(fixture.entry, fixture.form).replace(
    '{{authorization}}',
    made.headers.get('authorization') ?? '',
  )
  return { ...fixture, text, now: fixture.clock.now() }
}

describe.each(['utgl', 'victor'])('the HTTP file of %s', (id) => {
  test('is explained: its provider is recognised and no rule is broken', async () => {
    const { text, now, form } = await filled(id)
    const publicKey = form.key?.publicKey ?? ''
    const explained = await explainText({ text, provider: undefined, publicKey, now }, providers)
    expect(explained.provider?.id).toBe(id)
    expect(explained.guessedBy).toBe('address')
    expect(broken(explained)).toEqual([])
    expect(explained.rules.find((rule) => rule.id === `${id}.signature`)?.kept).toBe(true)
  })
})

test('a request that was changed on its way breaks its rule, which names both values', async () => {
  const { text, now } = await filled('utgl')
  const explained = await explainText(
    { text: text.replace(' HTTP/1.1', '&c=1 HTTP/1.1'), provider: undefined, publicKey: '', now },
    providers,
  )
  expect(broken(explained)).toEqual(['utgl.uri'])
  expect(explained.rules.find(({ id }) => id === 'utgl.uri')?.failure).toMatch(
    /`uri` was .*`request-target` was /,
  )
})

test('a token is judged by the named provider, whichever it resembles', async () => {
  const { context, clock } = await openForm('utgl')
  const { carried } = await context()
  const speeda = providers.find(({ id }) => id === 'speeda')
  const question = { text: carried?.text ?? '', publicKey: '', now: clock.now() }
  const named = await explainText({ ...question, provider: speeda }, providers)
  expect(named).toMatchObject({ provider: { id: 'speeda' }, guessedBy: undefined })
  expect(broken(named)).toContain('speeda.aud')
  const guessed = await explainText({ ...question, provider: undefined }, providers)
  expect(guessed).toMatchObject({ provider: { id: 'utgl' }, guessedBy: 'own' })
  expect(broken(guessed)).toEqual([])
})

test('unreadable input is refused with a code', async () => {
  const question = { text: 'eyJhbGciOiJSUzI1NiJ9.!.x', provider: undefined, publicKey: '', now: 0 }
  await expect(explainText(question, providers)).rejects.toMatchObject({ code: 'TOKEN_MALFORMED' })
})

describe('the token in the text', () => {
  test('is found in a request, a header, a curl command and wrapped lines', async () => {
    const { context, clock } = await openForm('utgl')
    const { carried } = await context()
    const jwt = carried?.text ?? ''
    for (const text of [
      jwt,
      `Authorization: Bearer ${jwt}`,
      `GET /v1/ping HTTP/1.1\nhost: access.utgl.io\nauthorization: Bearer ${jwt}\n\n`,
      `curl https://access.utgl.io/v1/ping -H 'Authorization: Bearer ${jwt}'`,
      jwt.replace(/.{60}/g, '$&\n'),
    ]) {
      const question = { text, provider: undefined, publicKey: '', now: clock.now() }
      expect((await explainText(question, providers)).token).toBe(jwt)
    }
  })

  test("of somebody else is decoded without a provider's name", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: '1234567890', name: 'Jo' })}.c2ln`
    const explained = await explainText({ text, provider: undefined, publicKey: '', now: 0 }, providers)
    expect(explained).toMatchObject({ provider: undefined, candidates: [], rules: [], token: text })
    expect(explained.ruleInput.jwt?.claims).toEqual({ sub: '1234567890', name: 'Jo' })
  })
})

test.each([
  [
    '{"error":"invalid_client","error_description":"No such client"}',
    'invalid_client',
    'No such client',
    true,
  ],
  [
    'HTTP/1.1 401 Unauthorized\ncontent-type: application/json\n\n{"error":"invalid_grant"}',
    'invalid_grant',
    '',
    true,
  ],
  ['{"code":"40101","message":"Signature mismatch"}', '40101', 'Signature mismatch', false],
  ['{"error":{"code":"INVALID_SIGNATURE","message":"no"}}', 'INVALID_SIGNATURE', 'no', false],
])('the error body %s is explained', async (text, code, description, hasMeaning) => {
  const { response } = await explainText({ text, provider: undefined, publicKey: '', now: 0 }, providers)
  expect(response?.error).toMatchObject({ code, description })
  expect(response?.error?.meaning !== undefined).toBe(hasMeaning)
})
