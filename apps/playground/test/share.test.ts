import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { editTitle, fromFragment, type Shared, toLink } from '../src/model/share.ts'
import { loadEntries } from '../src/providers.ts'
import { entryOf, kinds, openForm } from './form-fixture.ts'

const entries = await loadEntries()
const toFragment = (...given: Parameters<typeof toLink>) => toLink(...given).fragment

const providers = entries.map(({ provider }) => provider)
const { privateKey, publicKey } = fixedKeys.rsa2048
const base64 = (text: string) => Buffer.from(text).toString('base64')
const token = ['{"alg":"RS256"}', '{"iss":"me"}', 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.')
const jwk = JSON.stringify({ kty: 'RSA', n: 'n'.repeat(342), e: 'AQAB', d: 'd'.repeat(342) })

/** Texts that must not be in a link, whichever input contains them. */
const forbidden: readonly [string, string][] = [
  ['a private key', privateKey],
  ['a private key in one line', privateKey.replaceAll('\n', '\\n')],
  ['the Base64 of a key file', base64(privateKey)],
  ['a private JWK', jwk],
  ['a public key', publicKey],
  ['a token', token],
  ['an Authorization header', `Authorization: Bearer ${token}`],
  ['a password in an address', 'https://user:pass@provider.example'],
]

describe.each(kinds)('a share link of %s', (_name, id, set) => {
  test('contains the form, and restores it', async () => {
    const { entry, form } = await openForm(id, {
      set,
      request: { method: 'POST', path: 'v1/ä b?page=1&x=%20#y', body: '{"a":"ü&=+\\n"}\n' },
      texts: { lifetimeSeconds: '20', backdateSeconds: '7' },
    })
    const given: Shared = {
      provider: id,
      set,
      values: form.texts,
      ...form.request,
      breaks: ['scheme', 'query'],
    }
    const back = fromFragment(toFragment(given, entry.provider), providers)
    const { clientSecret: _secret, publicKey: _key, ...open } = form.texts
    // A link cannot name an address.
    const kindOf = (name: string) => entry.provider.fields[name]?.kind ?? 'url'
    const known = Object.entries(open).filter(([name]) => kindOf(name) !== 'url')
    expect(back).toEqual({
      provider: id,
      ...(set > 0 ? { set } : {}),
      values: Object.fromEntries(known),
      ...form.request,
      breaks: ['scheme', 'query'],
    })
  })

  test('contains no key, secret or token, wherever the form has them', async () => {
    const { entry } = await openForm(id, { set })
    const { provider } = entry
    const names = Object.keys(provider.fields)
    const open = names.filter((name) => !/secret|key|code/.test(provider.fields[name]?.kind ?? ''))
    for (const [what, text] of forbidden) {
      for (const filled of [names, open]) {
        const values = Object.fromEntries(filled.map((name) => [name, text]))
        const given = { provider: id, set, values, method: 'POST', path: `x?${text}`, body: text, breaks: [] }
        const parameters = new URLSearchParams(toFragment(given, provider).slice(1))
        expect([...parameters.keys()], what).toEqual(set > 0 ? ['p', 'm', 's'] : ['p', 'm'])
      }
    }
    expect(open).not.toEqual([])
  })

  test('leaves out whatever contains a secret of the form, in any encoding', async () => {
    const { entry } = await openForm(id, { set })
    const { provider } = entry
    const secret = 'S3cret "quoted" & ünusual'
    const names = Object.keys(provider.fields).filter((name) =>
      ['secret', 'public-key', 'private-key'].includes(provider.fields[name]?.kind ?? ''),
    )
    for (const name of names) {
      for (const spelled of [
        secret,
        encodeURIComponent(secret),
        base64(secret),
        JSON.stringify({ secret }),
      ]) {
        const given = {
          provider: id,
          values: { [name]: secret },
          method: 'POST',
          path: `a?b=${spelled}`,
          body: spelled,
          breaks: [],
        }
        expect(fromFragment(toFragment(given, provider), providers)).toMatchObject({
          values: {},
          path: provider.example.path,
          body: '',
        })
      }
    }
    expect(names).not.toEqual([])
  })
})

describe('a fragment', () => {
  test.each(['', '#', '#section', '#p=nobody&m=GET', '#o.clientId=a', '#%', '#p=__proto__'])(
    '%j is not a share link',
    (fragment) => {
      expect(fromFragment(fragment, providers)).toBeUndefined()
    },
  )

  test('restores no secret and no option that the provider does not have', () => {
    const fragment =
      '#p=victor&o.clientSecret=x&o.privateKey=y&o.fetch=z&o.nonsense=a&o.constructor=b&o.__proto__=c&o.apiKey=key'
    expect(fromFragment(fragment, providers)?.values).toEqual({ apiKey: 'key' })
  })

  test.each([
    ['a line break', 'x\ntouch pwned\n'],
    ['a carriage return', 'x\rtouch pwned\r'],
    ['the end of a bracketed paste', 'x\u001b[201~touch pwned\r'],
    ['a tab', 'x\ty'],
    ['NUL', 'x\0y'],
    ['DEL', 'x\u007fy'],
    ['a C1 control', 'x\u009b31my'],
    ['a bidi override', 'x\u202ey'],
    ['a bidi isolate', 'x\u2066y\u2069'],
    ['a line separator', 'x\u2028y'],
    ['a zero-width space', 'x\u200by'],
    ['a tag character', 'x\u{e0041}y'],
  ])('with %s restores neither the options nor the path that contain it', (_what, text) => {
    const parameters = new URLSearchParams({ p: 'speeda', m: 'POST', u: text })
    for (const name of ['clientId', 'keyId', 'audience']) parameters.set(`o.${name}`, text)
    expect(fromFragment(`#${parameters}`, providers)).toEqual({
      provider: 'speeda',
      values: {},
      method: 'POST',
      path: entryOf('speeda').provider.example.path,
      body: '',
      breaks: [],
    })
  })

  test.each(['\u001b[201~', '\0', '\u009b', '\u202e', '\u2029', '\ufeff'])(
    'restores no body with %j, but one with line breaks and tabs',
    (character) => {
      const bodyOf = (b: string) =>
        fromFragment(`#${new URLSearchParams({ p: 'utgl', m: 'POST', b })}`, providers)?.body
      expect(bodyOf(`{"a":"${character}"}`)).toBe('')
      expect(bodyOf('{\n\t"a": 1\r\n}')).toBe('{\n\t"a": 1\r\n}')
    },
  )

  test.each([
    ['victor', 'environment', 'nowhere'],
    ['victor', 'environment', '__proto__'],
    ['utgl', 'lifetimeSeconds', '31'],
    ['utgl', 'lifetimeSeconds', 'soon'],
    ['cdata', 'connectionIds', ','],
    ['speeda', 'clientId', ' padded '],
    ['speeda', 'clientId', ''],
  ])('of %s leaves out %s when its field refuses %j', (id, name, text) => {
    const fragment = `#${new URLSearchParams({ p: id, [`o.${name}`]: text })}`
    expect(fromFragment(fragment, providers)?.values).toEqual({})
  })

  test.each(['TRACE', 'CONNECT', 'get', 'NONSENSE', '', 'GET '])(
    'with the method %j restores the method of the example',
    (method) => {
      const fragment = `#${new URLSearchParams({ p: 'utgl', m: method })}`
      expect(fromFragment(fragment, providers)).toEqual({
        provider: 'utgl',
        values: {},
        method: 'GET',
        path: 'ping',
        body: '',
        breaks: [],
      })
    },
  )

  test.each(['-1', '2', '1.5', 'x', '0'])('with the unknown set %j of credentials has no set', (set) => {
    expect(fromFragment(`#p=victor&s=${set}`, providers)).not.toHaveProperty('set')
  })
})

test('a link cannot send credentials to a different address', async () => {
  const { entry, form } = await openForm('utgl', { texts: { baseUrl: 'https://elsewhere.example' } })
  const fragment = toFragment(
    { provider: 'utgl', values: form.texts, ...form.request, breaks: [] },
    entry.provider,
  )
  expect(fragment).not.toContain('elsewhere')
  expect(
    fromFragment(`${fragment}&o.baseUrl=https%3A%2F%2Felsewhere.example`, providers)?.values,
  ).not.toHaveProperty('baseUrl')
})

describe('a link to a fault', () => {
  test('is as short as it can be, and leaves out what the emulator issued', async () => {
    const { entry, form } = await openForm('utgl')
    const given = { provider: 'utgl', values: form.texts, ...form.request, breaks: ['query' as const] }
    expect(form.issued).not.toEqual({})
    expect(toFragment(given, entry.provider, form.issued)).toBe('#p=utgl&break=query')
  })

  test('keeps only faults that exist', () => {
    const breaksOf = (fragment: string) => fromFragment(fragment, providers)?.breaks
    expect(breaksOf('#p=utgl&break=query,body')).toEqual(['query', 'body'])
    expect(breaksOf('#p=utgl&break=nothing,__proto__,query')).toEqual(['query'])
    expect(breaksOf('#p=utgl')).toEqual([])
  })
})

describe('what was edited by hand', () => {
  const { provider } = entryOf('utgl')
  const given = { provider: 'utgl', values: {}, ...provider.example, body: '', breaks: [] }

  test('is in the link, and applies to the token of another page', () => {
    const edit = { header: { typ: null }, claims: { sub: 'someone else', x: [1] }, signed: true }
    const { fragment, omitted } = toLink({ ...given, edit }, provider)
    expect(omitted).toEqual([])
    expect(fromFragment(fragment, providers)?.edit).toEqual(edit)
  })

  test.each(forbidden)('is left out of the link, which is said, when it contains %s', (_what, text) => {
    const edit = { header: {}, claims: { sub: text }, signed: false }
    expect(toLink({ ...given, edit }, provider)).toEqual({ fragment: '#p=utgl', omitted: [editTitle] })
  })

  test.each(['', '{', '[]', '{"claims":[],"signed":true}', '{"claims":{}}', 'null'])(
    '%j in a link is not an edit',
    (text) => {
      expect(fromFragment(`#${new URLSearchParams({ p: 'utgl', e: text })}`, providers)).not.toHaveProperty(
        'edit',
      )
    },
  )
})

test('a link says what was filled in that it does not contain', () => {
  const { provider } = entryOf('utgl')
  const values = { accessKey: token, baseUrl: 'https://gateway.example/v1' }
  const given = {
    provider: 'utgl',
    values,
    method: 'POST',
    path: `a?t=${token}`,
    body: privateKey,
    breaks: [],
  }
  expect(toLink(given, provider).omitted).toEqual(['the path', 'the body', 'Access key', 'Base URL'])
})
