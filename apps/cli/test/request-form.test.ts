import { createHash } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { parseFormWord, toMultipart } from '../src/request/form.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048
const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
  COUNTERSIGN_CDATA_ACCOUNT_ID: 'example-account',
  COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey,
}

test.each([
  ['a=b', { name: 'a', kind: 'text', value: 'b' }],
  ['a=', { name: 'a', kind: 'text', value: '' }],
  ['a=b=c;d', { name: 'a', kind: 'text', value: 'b=c;d' }],
  [
    'a={"b":1};type=application/json',
    { name: 'a', kind: 'text', value: '{"b":1}', type: 'application/json' },
  ],
  ['a="x; \\"y\\"";type=text/plain', { name: 'a', kind: 'text', value: 'x; "y"', type: 'text/plain' }],
  ['a="x;type=text/plain"', { name: 'a', kind: 'text', value: 'x;type=text/plain' }],
  ['a=one;type=urgent', { name: 'a', kind: 'text', value: 'one;type=urgent' }],
  ['a=@b.pdf', { name: 'a', kind: 'file', value: 'b.pdf' }],
  [
    'a=@b.csv;type=text/csv; charset=utf-8;filename=c.csv',
    { name: 'a', kind: 'file', value: 'b.csv', type: 'text/csv; charset=utf-8', filename: 'c.csv' },
  ],
  [
    'a=@"b;c.txt";filename="d;e\\\\.txt";type=text/plain',
    { name: 'a', kind: 'file', value: 'b;c.txt', type: 'text/plain', filename: 'd;e\\.txt' },
  ],
  ['a=<b.txt', { name: 'a', kind: 'content', value: 'b.txt' }],
])('-F %s is read as curl reads it', (word, expected) => {
  expect(parseFormWord(word)).toEqual({ type: undefined, filename: undefined, ...expected })
})

test('a form is written byte for byte: line ends stay, and no name breaks out', async () => {
  const bytes = Buffer.from('a\nb\rc', 'latin1')
  const body = toMultipart(
    [
      { name: 'plain', content: bytes },
      { name: 'q"\r\nX: 1', content: Buffer.from('x'), filename: 'f"\n.txt', type: 'text/plain' },
    ],
    'limit',
  )
  expect(Buffer.from(await body.arrayBuffer()).toString('latin1')).toBe(
    [
      '--limit',
      'Content-Disposition: form-data; name="plain"',
      '',
      'a\nb\rc',
      '--limit',
      'Content-Disposition: form-data; name="q%22%0D%0AX: 1"; filename="f%22%0A.txt"',
      'Content-Type: text/plain',
      '',
      'x',
      '--limit--',
      '',
    ].join('\r\n'),
  )
})

test('-F posts a form that any server reads, and UTGL gets the hash of its exact bytes', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer()
  const pdf = Buffer.from([0, 255, 13, 10, 45, 45])
  const argv = ['request', 'utgl', '/documents', '--base-url', server.url]
  const form = [
    '-F',
    'kind=passport',
    '-F',
    `scan=@${await scratch.file('scan.pdf', pdf)}`,
    '-F',
    `other=@${await scratch.file('x.bin', 'x')};filename=mine.txt;type=text/x-mine`,
    '-F',
    `note=<${await scratch.file('note.txt', 'hello')}`,
    '-F',
    'piped=@-',
    '-F',
    'drawn=x;filename=drawn.PNG',
  ]
  const outcome = await runCommand([...argv, ...form], { env, stdin: 'from stdin' })
  expect(outcome).toEqual({ stdout: '{}', stderr: '', exitCode: 0 })
  const [request] = server.requests
  if (request === undefined) throw new Error('no request')
  const type = request.header('content-type') ?? ''
  expect([request.method, type.split('; ')[0]]).toEqual(['POST', 'multipart/form-data'])
  const read = await new Response(new Uint8Array(request.body), {
    headers: { 'content-type': type },
  }).formData()
  expect([read.get('kind'), read.get('note')]).toEqual(['passport', 'hello'])
  const [scan, other, piped] = ['scan', 'other', 'piped'].map((name) => read.get(name) as File)
  expect([scan?.name, scan?.type, Buffer.from((await scan?.arrayBuffer()) ?? new ArrayBuffer())]).toEqual([
    'scan.pdf',
    'application/pdf',
    pdf,
  ])
  expect([other?.name, other?.type]).toEqual(['mine.txt', 'text/x-mine'])
  expect([piped?.name, piped?.type, await piped?.text()]).toEqual(['-', 'text/plain', 'from stdin'])
  expect((read.get('drawn') as File).type).toBe('image/png')
  const [, claims = ''] = (request.header('authorization') ?? '').split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    method: 'POST',
    body: createHash('sha256').update(request.body).digest('hex'),
  })
})

test.each([
  [['/a', '-F', 'a=b', '-d', 'c'], 'cannot be used together'],
  [['GET', '/a', '-F', 'a=b'], 'Leave --form out'],
  [['/a', '-F', 'alone'], 'name=value'],
  [['/a', '-F', '=b'], 'name=value'],
  [['/a', '-F', 'a=@/nowhere/file'], '/nowhere/file (--form) does not exist (ENOENT)'],
  [['/a', '-F', 'a=@-', '-F', 'b=@-'], 'Only one option can read from stdin'],
  [['/a', '-F', 'a=b', '-H', 'Content-Type: text/plain'], '--form sets Content-Type'],
  [['/a', '-F', 'a=b', '--curl'], 'signs the body'],
])('request %j is a usage error', async (argv, words) => {
  const outcome = await runCommand(['request', 'utgl', ...argv], { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})

test('--curl shows a form where the body is not signed', async () => {
  await using scratch = await createScratch()
  const scan = await scratch.file("it's.pdf", 'x')
  const form = ['-F', 'a=b;c', '-F', 'd={};type=application/json', '-F', `scan=@${scan}`]
  const { stdout, exitCode } = await runCommand(
    ['request', 'cdata', '/a', ...form, '--curl', '-i', '-o', 'out.json', '--timeout', '5s'],
    { env },
  )
  expect(exitCode).toBe(0)
  expect(stdout.split(' \\\n  ').slice(2)).toEqual([
    "--form-string 'a=b;c'",
    "--form 'd={};type=application/json'",
    `--form 'scan=@${scan.replace("'", "'\\''")}'`,
    '--include',
    '--output out.json',
    '--max-time 5\n',
  ])
  const piped = await runCommand(['request', 'cdata', '/a', '-F', 'a=@-', '--curl'], { env })
  expect(piped).toMatchObject({ stdout: '', exitCode: 2 })
})

test('--dry-run shows a form and sends nothing', async () => {
  await using server = await startRecordingServer()
  const argv = ['request', 'utgl', '/a', '-F', 'a=b', '--dry-run', '--base-url', server.url]
  const { stdout, exitCode } = await runCommand(argv, { env })
  expect([exitCode, server.requests.length]).toEqual([0, 0])
  expect(stdout).toContain('content-type: multipart/form-data; boundary=countersign-')
  expect(stdout).not.toContain('✗')
})

test('a body that is too large to be signed is a usage error that names the flag; nothing is sent', async () => {
  await using server = await startRecordingServer()
  const argv = ['request', 'utgl', '/a', '-F', 'a=12345678', '--base-url', server.url, '--max-body-bytes']
  const outcome = await runCommand([...argv, '10'], { env })
  expect(outcome).toMatchObject({
    stdout: '',
    exitCode: 2,
    stderr: expect.stringMatching(/^BODY_TOO_LARGE: utgl: .*more than 10 bytes.*raise --max-body-bytes/),
  })
  expect(server.requests).toEqual([])
  expect((await runCommand([...argv, '1000'], { env })).exitCode).toBe(0)
  expect((await runCommand([...argv, 'many'], { env })).exitCode).toBe(2)
})
