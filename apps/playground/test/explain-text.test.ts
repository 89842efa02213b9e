import { describe, expect, test } from 'vitest'
import { type Explanation, explainText } from '../src/model/explain-text.ts'
import { toHttpFile } from '../src/model/snippets/http-file.ts'
import { loadEntries } from '../src/providers.ts'
import { atDesk } from './at-desk.ts'

const entries = await loadEntries()

const providers = entries.map(({ provider }) => provider)
const request = { method: 'POST', path: "v1/Zoë O'Hara?a=ä b", body: '{"a":"ü"}\n' }
const broken = ({ rules }: Explanation) => rules.filter(({ kept }) => kept === false).map(({ id }) => id)

/** The HTTP file of a form, with its proof put in. */
async function filled(id: string, set = 0) {
  const at = await atDesk(id, { set, request })
  const { request: made } = await at.scene()
  const text = toHttpFile(at.entry, at.desk).replace(
    '{{authorization}}',
    made.headers.get('authorization') ?? '',
  )
  return { ...at, text, now: at.clock.now() }
}

describe.each(['utgl', 'victor'])('the HTTP file that is taken along for %s', (id) => {
  test('is explained again: whose it is, and no rule broken', async () => {
    const { text, now, desk } = await filled(id)
    const publicKey = desk.key?.publicKey ?? ''
    const explained = await explainText({ text, provider: undefined, publicKey, now }, providers)
    expect(explained.provider?.id).toBe(id)
    expect(explained.guessedBy).toBe('address')
    expect(broken(explained)).toEqual([])
    expect(explained.rules.find((rule) => rule.id === `${id}.signature`)?.kept).toBe(true)
  })
})

test('a request that was changed on its way is explained by its rule, with what was wanted and what came', async () => {
  const { text, now } = await filled('utgl')
  const explained = await explainText(
    { text: text.replace(' HTTP/1.1', '&c=1 HTTP/1.1'), provider: undefined, publicKey: '', now },
    providers,
  )
  expect(broken(explained)).toEqual(['utgl.uri'])
  expect(explained.rules.find(({ id }) => id === 'utgl.uri')?.facts).not.toEqual([])
})

test('a token is judged by the provider that is named, whoever it looks like', async () => {
  const { scene, clock } = await atDesk('utgl')
  const { carried } = await scene()
  const speeda = providers.find(({ id }) => id === 'speeda')
  const question = { text: carried?.text ?? '', publicKey: '', now: clock.now() }
  const named = await explainText({ ...question, provider: speeda }, providers)
  expect(named).toMatchObject({ provider: { id: 'speeda' }, guessedBy: undefined })
  expect(broken(named)).toContain('speeda.aud')
  const guessed = await explainText({ ...question, provider: undefined }, providers)
  expect(guessed).toMatchObject({ provider: { id: 'utgl' }, guessedBy: 'own' })
  expect(broken(guessed)).toEqual([])
})

test('what cannot be read is refused in words', async () => {
  const question = { text: 'eyJhbGciOiJSUzI1NiJ9.!.x', provider: undefined, publicKey: '', now: 0 }
  await expect(explainText(question, providers)).rejects.toMatchObject({ code: 'TOKEN_MALFORMED' })
})
