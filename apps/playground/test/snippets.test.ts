import { runInNewContext } from 'node:vm'
import { decodeJwt, type JwtClaims, verifyJws } from '@countersign/core'
import { parseRawRequest } from '@countersign/core/explain'
import { fixedKeys } from '@countersign/fixtures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretsOf } from '../src/model/provider-form.ts'
import { snippets } from '../src/model/snippets.ts'
import { toWireRequest, type WireRequest } from '../src/model/wire.ts'
import { type BashFolder, openBashFolder } from './bash-runs.ts'
import { type FormFixture, kinds, openForm } from './form-fixture.ts'
import { snippetCases } from './snippet-cases.ts'

let folder: BashFolder

beforeAll(async () => {
  folder = await openBashFolder()
})

afterAll(async () => folder.close())

function write(id: string, { entry, form }: Pick<FormFixture, 'entry' | 'form'>): string {
  const snippet = snippets.find((each) => each.id === id)
  if (snippet === undefined) throw new Error(`There is no ${id}.`)
  return snippet.write(entry, form)
}

const variables = ({ entry, form }: FormFixture): Record<string, string> =>
  entry.provider.id === 'victor' ? { COUNTERSIGN_VICTOR_CLIENT_SECRET: form.texts['clientSecret'] ?? '' } : {}

/** The request of the form as it goes over the wire, without a proof. */
const wanted = ({ call }: FormFixture): Promise<WireRequest> => toWireRequest(...call)

/** Claims without those that differ between tokens. */
function lasting(text: string): Record<string, unknown> {
  return withoutTimes(decodeJwt(text).claims)
}

function withoutTimes({ iat = 0, exp = 0, jti: _jti, ...claims }: JwtClaims): Record<string, unknown> {
  return { ...claims, seconds: exp - iat }
}

/** The claims of the page's own adapter for the form. */
async function claimsOf({ context }: FormFixture): Promise<Record<string, unknown> | undefined> {
  const { carried } = await context()
  return carried === undefined ? undefined : lasting(carried.text)
}

describe.each(snippetCases)('$name', ({ id, open }) => {
  test('the command makes the request of the form', async () => {
    const fixture = await open()
    const { url, method, body } = await wanted(fixture)
    const text = write('command', fixture)
    const { code, stdout, stderr } = await folder.run(`${text} --dry-run --json --no-cache`, {
      env: variables(fixture),
    })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { requests } = JSON.parse(stdout)
    const request = requests.at(-1)
    expect(request).toMatchObject({ method, bodyBytes: body.length })
    // A fragment stays with the caller: no fetch sends one.
    expect(request.url.replace(/#.*$/, '')).toBe(url.href.replace(/#.*$/, ''))
    expect(request.headers['content-type']).toBe(body.length > 0 ? 'application/json' : undefined)
    expect(request.rules.filter(({ kept }: { kept: boolean }) => kept === false)).toEqual([])
    const { jwt } = requests[0]
    const claims = await claimsOf(fixture)
    expect(jwt === null ? undefined : withoutTimes(jwt.claims)).toEqual(claims)
  })

  test('the curl sends the request of the form, with a proof for it', async () => {
    const fixture = await open()
    const { url, method, body } = await wanted(fixture)
    const claims = await claimsOf(fixture)
    const exchanges = claims === undefined || id === 'speeda'
    const { code, stderr, calls } = await folder.run(write('curl', fixture), {
      replaced: { curl: '', ...(exchanges ? { countersign: 'Authorization: Bearer replaced' } : {}) },
      env: variables(fixture),
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const curl = readCurl(calls.at(-1)?.words ?? [])
    expect(curl).toMatchObject({
      method,
      url: url.href.replace(/#.*$/, ''),
      body: body.length > 0 ? new TextDecoder().decode(body) : undefined,
    })
    expect(curl.headers.get('content-type')).toBe(body.length > 0 ? 'application/json' : null)
    const [scheme, token = ''] = curl.headers.get('authorization')?.split(' ') ?? []
    if (exchanges) {
      expect(calls.map(({ program }) => program)).toEqual(['countersign', 'curl'])
      expect(calls[0]?.words.slice(0, 2)).toEqual(['token', id])
      expect(token).toBe('replaced')
    } else {
      const { algorithm = 'RS256' } = fixture.entry.provider
      expect(scheme).toBe(id === 'victor' ? 'Token' : 'Bearer')
      expect(lasting(token)).toEqual(claims)
      await expect(verifyJws(token, fixedKeys.rsa2048.publicKey, { algorithm })).resolves.toBeDefined()
    }
  })

  test('the HTTP file is the request', async () => {
    const fixture = await open()
    const made = await wanted(fixture)
    const { method, target, headers, body } = parseRawRequest(write('http', fixture))
    expect({ method, target, host: headers.get('host') }).toEqual({
      method: made.method,
      target: made.target,
      host: made.url.host,
    })
    expect(body).toEqual(made.body)
    expect(headers.get('authorization')).toBe('{{authorization}}')
    expect(headers.get('content-type')).toBe(made.body.length > 0 ? 'application/json' : null)
    expect(headers.get('content-length')).toBe(made.body.length > 0 ? String(made.body.length) : null)
  })

  test('the HTTP file names the command that makes its proof', async () => {
    const fixture = await open()
    const claims = await claimsOf(fixture)
    const line = write('http', fixture)
      .split('\n')
      .find((each) => each.startsWith('# countersign'))
    await folder.write('body.json', fixture.form.request.body)
    const exchanges = claims === undefined || id === 'speeda'
    const { code, stdout, stderr } = await folder.run(`${line?.slice(2)}`, {
      replaced: exchanges ? { countersign: 'Authorization: Bearer replaced' } : {},
      env: variables(fixture),
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [, , token = ''] = stdout.trim().split(' ')
    if (exchanges) expect(token).toBe('replaced')
    else expect(lasting(token)).toEqual(claims)
  })

  test('no snippet contains a key, a secret or a token, and each says where they come from', async () => {
    const fixture = await open()
    const secrets = Object.values(secretsOf(fixture.entry, fixture.form))
    for (const { id: snippet } of snippets) {
      const text = write(snippet, fixture)
      expect(text).not.toMatch(/-----BEGIN|LS0tLS1CRUdJTi|eyJ[\w-]{8}/)
      for (const secret of secrets) expect(text).not.toContain(secret)
      expect(text).toMatch(/private_key\.pem|public_key\.pem|COUNTERSIGN_VICTOR_CLIENT_SECRET/)
    }
  })
})

interface Curl {
  method: string | undefined
  url: string | undefined
  headers: Headers
  body: string | undefined
}

/** Reads curl's arguments; an unknown one is an error. */
function readCurl(words: readonly string[]): Curl {
  const curl: Curl = { method: undefined, url: undefined, headers: new Headers(), body: undefined }
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--globoff') continue
    if (word === '--request') curl.method = left.shift()
    else if (word === '--data-raw') curl.body = left.shift()
    else if (word === '--header') {
      const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(left.shift() ?? '') ?? []
      curl.headers.append(name, value)
    } else if (word.startsWith('--') || curl.url !== undefined) throw new Error(`curl does not know ${word}.`)
    else curl.url = word
  }
  return curl
}

describe('an incomplete form', () => {
  test.each(kinds)('%s: reads missing options from the environment', async (_name, id, set) => {
    const { entry, form } = await openForm(id, { set })
    const [name = ''] = entry.provider.credentialSets[set] ?? []
    const variable = `COUNTERSIGN_${id.toUpperCase()}_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
    const bare = { entry, form: { ...form, texts: { ...form.texts, [name]: '' } } }
    expect(write('typescript', bare)).toContain(`  ${name}: process.env.${variable} ?? '',`)
    for (const snippet of ['command', 'curl', 'http'])
      expect(write(snippet, bare)).toMatch(new RegExp(`^# The .* is read from ${variable}\\.$`, 'm'))
  })

  test.each(['h', 'https://', 'utgl.example', '//'])(
    'with the base URL %j breaks no snippet',
    async (baseUrl) => {
      const fixture = await openForm('utgl')
      const { entry, form } = fixture
      for (const { id } of snippets)
        expect(write(id, { entry, form: { ...form, texts: { ...form.texts, baseUrl } } })).not.toBe('')
    },
  )
})

/** Texts that act on the terminal or the editor into which a snippet is pasted. */
const hostileTexts: readonly [string, string][] = [
  ['a line break', 'x\ntouch pwned\n'],
  ['a carriage return', 'x\rtouch pwned\r'],
  ['the end of a bracketed paste', 'x\u001b[201~\rtouch pwned\r'],
  ['a tab, quotes and backslashes', `x\t'"\\x41\\\\'y`],
  ['a backspace and DEL', 'x\b\u007fy'],
  ['a C1 control', 'x\u009b31my'],
  ['a bidi override', 'x\u202e$(touch pwned)\u202c'],
  ['a line separator', 'x\u2028y'],
  ['a tag character', 'x\u{e0041}y'],
  ['an exclamation mark after a line break', "x\n'!history !! \u0001a"],
]
const hiddenButLineBreaks = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u{e0000}-\u{e007f}]/u

describe('a form with control and invisible characters', () => {
  const openHostile = (text: string, path = 'a') =>
    openForm('utgl', { texts: { accessKey: text }, request: { method: 'POST', path, body: text } })

  test.each(hostileTexts)('%s is in no snippet unescaped', async (_what, text) => {
    const fixture = await openHostile(text, text)
    for (const { id } of snippets) {
      // An HTTP file holds line breaks and tabs of a body as they are.
      const [text = ''] = id === 'http' ? write(id, fixture).split('\n\n') : [write(id, fixture)]
      const lines = text.split('\n')
      expect(lines.filter((line) => hiddenButLineBreaks.test(line))).toEqual([])
      expect(lines.filter((line) => /^\s*touch/.test(line))).toEqual([])
    }
  })

  test.each(hostileTexts)('%s reaches the programs unchanged', async (_what, text) => {
    const replaced = { curl: '', countersign: 'Authorization: Bearer replaced' }
    const command = await folder.run(write('command', await openHostile(text, text)), { replaced })
    expect(command).toMatchObject({ code: 0, stderr: '' })
    const [program, , , path, ...flags] = [command.calls[0]?.program, ...(command.calls[0]?.words ?? [])]
    expect(program).toBe('countersign')
    expect(path).toBe('POST')
    expect(flags.slice(0, 3)).toEqual([text, '--data', text])
    expect(flags[flags.indexOf('--access-key') + 1]).toBe(text)
    const curl = await folder.run(write('curl', await openHostile(text)), { replaced })
    expect(curl).toMatchObject({ code: 0, stderr: '' })
    expect(readCurl(curl.calls.at(-1)?.words ?? []).body).toBe(text)
    await expect(folder.has('pwned')).resolves.toBe(false)
  })

  test.each(hostileTexts)('%s is the same text in TypeScript', async (_what, text) => {
    const program = write('typescript', await openHostile(text, text))
    const [, accessKey = ''] = /^ {2}accessKey: (.*),$/m.exec(program) ?? []
    const [, body = ''] = /^ {2}body: (.*),$/m.exec(program) ?? []
    expect([runInNewContext(accessKey), runInNewContext(body)]).toEqual([text, text])
  })

  test.each(hostileTexts.slice(1).filter(([, text]) => !text.startsWith('x\n')))(
    '%s in a body is refused as an HTTP file',
    async (_what, text) => {
      const refusal = write('http', await openHostile(text))
      if (text.includes('\t')) return expect(refusal).toContain(text)
      expect(refusal).toBe(
        '# An HTTP file cannot hold this body: it contains control or invisible characters.',
      )
    },
  )

  test.each([
    '{}\n###\nPOST https://elsewhere.example/ HTTP/1.1',
    '< /etc/passwd',
    '{}\n  < ./private_key.pem',
    '{}\n> {% client.log(1) %}',
    '{"a":"{{$processEnv HOME}}"}',
  ])('a body on which editors act (%j) is refused as an HTTP file', async (body) => {
    const fixture = await openForm('utgl', { request: { method: 'POST', path: 'a', body } })
    expect(write('http', fixture)).toMatch(/^# An HTTP file cannot hold this body: editors act on .*$/)
  })

  test('a path on which editors act is refused as an HTTP file', async () => {
    const fixture = await openForm('utgl', { request: { method: 'GET', path: 'a?b={{authorization}}' } })
    expect(write('http', fixture)).toMatch(/^# An HTTP file cannot hold this path: .*$/)
  })

  test.each(['command', 'curl'])(
    'NUL is refused by the %s snippet, and its escaped form is not',
    async (id) => {
      const refusal = '# The form contains a NUL character, which a shell cannot pass on.'
      expect(write(id, await openHostile('a\0b'))).toBe(refusal)
      expect(write(id, await openHostile('a\\0b\\u0000'))).not.toBe(refusal)
    },
  )
})
