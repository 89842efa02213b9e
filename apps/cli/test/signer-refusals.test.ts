import { generateKeyPairSync } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { inspectKey } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSigner } from '../src/signer/open-signer.ts'
import { splitWords } from '../src/signer/split-words.ts'
import { createSigner, signerHead, type TestSigner } from './create-signer.ts'
import { type Outcome, runCommand } from './run-command.ts'

let signer: TestSigner
beforeAll(async () => {
  signer = await createSigner()
})
afterAll(() => signer?.[Symbol.asyncDispose]())

const token = (command: string, more: Parameters<typeof runCommand>[1] = {}): Promise<Outcome> =>
  runCommand(['token', 'cdata', '--account-id', 'example', '--signer-command', command], {
    cwd: () => signer.folder,
    ...more,
  })

let count = 0
/** Runs a program whose text follows the head that every test program has. */
async function withProgram(text: string, more?: Parameters<typeof runCommand>[1]): Promise<Outcome> {
  count += 1
  return token(await signer.program(`program-${count}.mjs`, signerHead + text), more)
}

/** A program that answers the question for the public key well, and a signature with this expression. */
const signing = (expression: string) =>
  `await answerEach((question) => say(question.ask === 'publicKey' ? honest(question) : ${expression}))`

function expectRefusal({ stdout, stderr, exitCode }: Outcome, code: string, exit: number, words: string[]) {
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: exit })
  expect(stderr.split('\n')).toHaveLength(2)
  expect(stderr).toContain(`${code}: cdata: `)
  for (const each of words) expect(stderr).toContain(each)
}

describe('a command that cannot be run is CONFIG_INVALID:', () => {
  test.each([
    ['', 'names no program'],
    ['   ', 'names no program'],
    ["''", 'names no program'],
    ["sign 'key", "has no closing '"],
    ['sign "key', 'has no closing "'],
    ['sign key\\', 'ends with a backslash'],
    ['sign key | tee log', 'contains | outside quotes'],
    ['sign $KEY', 'contains $ outside quotes'],
    ['sign; rm -r x', 'contains ; outside quotes'],
    ['sign `id`', 'contains ` outside quotes'],
    ['sign > log', 'contains > outside quotes'],
  ])('%j %s', async (command, words) => {
    expectRefusal(await token(command), 'CONFIG_INVALID', 2, ['--signer-command', words])
  })

  test('a program that is not in PATH, and one that is not at its path', async () => {
    await writeFile(join(signer.folder, 'here'), '#!/bin/sh\n', { mode: 0o700 })
    const env = { PATH: `.:${join(signer.folder, 'nowhere')}:` }
    // A program of the current folder is not found by its name.
    for (const command of ['here', 'nowhere/sign', './nothing', '~/sign'])
      expectRefusal(await token(command, { env: { ...env, HOME: signer.folder } }), 'CONFIG_INVALID', 2, [
        `The program ${command} of --signer-command was not found.`,
        `counted from ${signer.folder}`,
      ])
  })

  test('a file that is not executable, and a folder', async () => {
    await writeFile(join(signer.folder, 'plain'), 'text', { mode: 0o600 })
    await mkdir(join(signer.folder, 'bin'))
    await writeFile(join(signer.folder, 'bin/plain'), 'text', { mode: 0o600 })
    const env = { PATH: join(signer.folder, 'bin') }
    for (const [command, path] of [
      ['./plain', 'plain'],
      ['./bin', 'bin'],
      ['plain', 'bin/plain'],
    ] as const)
      expectRefusal(await token(command, { env }), 'CONFIG_INVALID', 2, [
        `The program ${join(signer.folder, path)} of --signer-command cannot be executed.`,
        'chmod +x',
      ])
  })
})

describe('a program that does not answer is SIGN_FAILED:', () => {
  test('one whose interpreter does not exist', async () => {
    const path = await signer.program('no-interpreter', '#!/nowhere/interpreter\n')
    expectRefusal(await token(path), 'SIGN_FAILED', 3, ['cannot be started (ENOENT)', 'interpreter'])
  })

  test('one that exits with an error: its exit code and its stderr are shown, without secrets', async () => {
    const secret = fixedKeys.rsa2048.privateKey
    const outcome = await withProgram(
      `console.error('cannot log in\\n  with this key:', privateKey); process.exit(7)`,
    )
    expectRefusal(outcome, 'SIGN_FAILED', 3, [
      'ended with exit code 7 and gave no answer',
      'cannot log in / with',
    ])
    for (const line of secret.split('\n').filter((each) => each.length > 40))
      expect(outcome.stderr).not.toContain(line)
  })

  test('one that a signal ends', async () => {
    const outcome = await withProgram(`process.kill(process.pid, 'SIGKILL'); await new Promise(() => 0)`)
    expectRefusal(outcome, 'SIGN_FAILED', 3, ['was ended by SIGKILL and gave no answer'])
  })

  test('one that exits well without a word, at the first question and at a later one', async () => {
    for (const text of [
      'process.exit(0)',
      `await answerEach((question) => question.ask === 'publicKey' ? say(honest(question)) : process.exit(0))`,
    ])
      expectRefusal(await withProgram(text), 'SIGN_FAILED', 3, ['ended with exit code 0 and gave no answer'])
  })

  test('one that takes too long, at the first question and at a later one', async () => {
    // Long enough for the first answer of the second program on a busy computer.
    for (const text of [
      'await new Promise(() => setInterval(() => 0, 1e6))',
      `await answerEach((question) => question.ask === 'publicKey' && say(honest(question)))`,
    ])
      expectRefusal(await withProgram(text, { signerTimeoutMs: 500 }), 'SIGN_FAILED', 3, [
        'gave no answer within 0.5 s',
      ])
  })

  test('one that writes without end', async () => {
    const outcome = await withProgram(
      `process.stdout.on('error', () => process.exit())
       const more = () => process.stdout.write('x'.repeat(10_000), more)
       more()`,
    )
    expectRefusal(outcome, 'SIGN_FAILED', 3, ['answered with more than 65536 bytes'])
  })

  test.each([
    ['text', 'hello', 'a line that is not JSON'],
    ['an empty line', '', 'an empty line'],
    ['JSON on several lines', '{\n"publicKey": 1\n}', 'a line that is not JSON'],
    ['a list', '[]', 'JSON that is not an object'],
    ['null', 'null', 'JSON that is not an object'],
    ['another version', '{"version":2,"publicKey":"x"}', 'a version of the protocol other than 1'],
    ['nothing that was asked', '{"signature":"x"}', 'without the member "publicKey"'],
    ['null for what was asked', '{"publicKey":null,"error":null}', 'without the member "publicKey"'],
    ['a number as its key', '{"publicKey":5}', 'neither text nor a JWK'],
  ])('one that answers with %s', async (_title, line, words) => {
    const outcome = await withProgram(`await answerEach(() => say(${JSON.stringify(line)}))`)
    expectRefusal(outcome, 'SIGN_FAILED', 3, [words])
  })

  test('one that refuses: its sentence is shown, without secrets', async () => {
    const outcome = await withProgram(`await answerEach(() => say({ error: 'No session. ' + privateKey }))`)
    expectRefusal(outcome, 'SIGN_FAILED', 3, ['The signing program refused: No session.'])
    expect(outcome.stderr).not.toContain(fixedKeys.rsa2048.privateKey.split('\n')[1])
  })
})

test('the error itself holds no secret of what a program wrote, before it is printed', async () => {
  const command = await signer.program(
    'chatty.mjs',
    `${signerHead}console.error(privateKey); await answerEach(() => say({ error: privateKey }))`,
  )
  const quiet = { write: () => true }
  const io = { stdin: (async function* () {})(), stdout: quiet, stderr: quiet, env: {} }
  const error: unknown = await openSigner(
    { command, folder: signer.folder },
    { algorithm: 'RS256' },
    io,
  ).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'SIGN_FAILED' })
  expect(inspect(error, { depth: 9 })).not.toContain(fixedKeys.rsa2048.privateKey.split('\n')[1])
})

test('a current folder that was removed is named, where a program should run in it', async () => {
  const gone = () => {
    throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' })
  }
  const { stderr, exitCode } = await token(signer.command, { cwd: gone })
  expect({ stderr, exitCode }).toEqual({
    stderr:
      'CONFIG_INVALID: The current folder was removed, and no program can run in it. Go to another folder.\n',
    exitCode: 2,
  })
})

describe('a public key that cannot be used is refused:', () => {
  const pem = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
    String(key.export({ type: 'spki', format: 'pem' }))

  test.each([
    ['of an elliptic curve', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'KEY_NOT_RSA'],
    ['that is too short', () => generateKeyPairSync('rsa', { modulusLength: 1024 }), 'KEY_TOO_SHORT'],
  ])('one %s', async (_title, make, code) => {
    const outcome = await withProgram(
      `await answerEach(() => say({ publicKey: ${JSON.stringify(pem(make().publicKey))} }))`,
    )
    expectRefusal(outcome, code, 3, [])
  })

  test('a private key, which is not shown', async () => {
    const outcome = await withProgram(`await answerEach(() => say({ publicKey: privateKey }))`)
    expectRefusal(outcome, 'SIGN_FAILED', 3, ['answered with a private key'])
    expect(outcome.stderr).not.toContain(fixedKeys.rsa2048.privateKey.split('\n')[1])
  })
})

describe('a signature that does not hold is refused, and the error says what it is:', () => {
  const ec = JSON.stringify(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  )
  const other = JSON.stringify(fixedKeys.otherRsa2048.privateKey)
  const input = `Buffer.from(question.input, 'base64url')`
  const digest = `Buffer.from(question.digest, 'base64url')`
  const text = (bytes: string) => `{ signature: (${bytes}).toString('base64url') }`

  test.each([
    ['a number', '{ signature: 5 }', 'a signature that is not text'],
    ['an empty text', `{ signature: '' }`, 'an empty signature'],
    ['standard Base64', `{ signature: 'a+/=' }`, 'a signature that is not base64url'],
    ['a few bytes', `{ signature: 'abcd' }`, 'It has 3 bytes, and one of this key has 256'],
    [
      'ECDSA',
      text(`sign('sha256', ${input}, ${ec})`),
      'it is in the form of ECDSA (DER), and RS256 needs an RSA key',
    ],
    ['a different key', `{ signature: signatureOf(question, ${other}) }`, 'made with a different key'],
    ['PS256', `{ signature: signatureOf({ ...question, algorithm: 'PS256' }) }`, 'a signature of PS256'],
    ['RS512', `{ signature: signatureOf({ ...question, algorithm: 'RS512' }) }`, 'a signature of RS512'],
    ['a digest that was hashed once more', text(`sign('sha256', ${digest}, privateKey)`), 'hashed once more'],
    [
      'a digest without its DigestInfo',
      text(`privateEncrypt(privateKey, ${digest})`),
      'without its DigestInfo',
    ],
    ['other data', text(`sign('sha256', Buffer.from('x'), privateKey)`), 'different data'],
  ])('%s', async (_title, expression, words) => {
    const outcome = await withProgram(signing(expression))
    expectRefusal(outcome, 'SIGN_FAILED', 3, [words])
  })

  test('the error names the key by its thumbprint', async () => {
    const outcome = await withProgram(signing(`{ signature: signatureOf(question, ${other}) }`))
    const { thumbprint } = await inspectKey(fixedKeys.rsa2048.publicKey)
    expectRefusal(outcome, 'SIGN_FAILED', 3, [`whose thumbprint (RFC 7638) is ${thumbprint}`])
  })

  test('a salt of another length', async () => {
    const path = await signer.program(
      'salt.mjs',
      signerHead +
        signing(
          text(
            `sign('sha256', ${input}, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 })`,
          ),
        ),
    )
    const { stderr, exitCode } = await runCommand([
      'jwt',
      'sign',
      'sub=me',
      '--alg',
      'PS256',
      '--signer-command',
      path,
    ])
    expect(exitCode).toBe(3)
    expect(stderr).toContain('The salt has the wrong length: PS256 needs 32 bytes.')
  })
})

test('doctor names what is wrong with the program, and that it is right', async () => {
  const doctor = (command: string) =>
    runCommand(['doctor', 'cdata', '--account-id', 'example', '--signer-command', command, '--json'], {
      fetch: async () => new Response(null, { status: 404 }),
    })
  const findings = ({ stdout }: Outcome) =>
    (JSON.parse(stdout) as { findings: { id: string; level: string; sentence: string }[] }).findings
  const { thumbprint } = await inspectKey(fixedKeys.rsa2048.publicKey)
  const good = await doctor(signer.command)
  expect(good.exitCode).toBe(0)
  expect(findings(good)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        id: 'signer',
        level: 'ok',
        sentence: `The signing program signs with RS256. Thumbprint (RFC 7638) of its key: ${thumbprint}`,
      }),
      expect.objectContaining({ id: 'private-key.size' }),
      expect.objectContaining({ id: 'dry-run', level: 'ok' }),
    ]),
  )
  const refusing = await signer.program('refuse.mjs', `${signerHead}${signing(`{ error: 'Locked.' }`)}`)
  const bad = await doctor(refusing)
  expect(bad.exitCode).toBe(3)
  expect(findings(bad).at(-1)).toMatchObject({
    id: 'signer',
    level: 'fail',
    sentence: 'SIGN_FAILED: The signing program refused: Locked.',
  })
})

test('words are split as POSIX shells do, and nothing is expanded', () => {
  expect(splitWords(` a  'b c'\t"d \\"e\\" \\x" f\\ g h'i'"j" '' '$x' "~" ~/k*? # `)).toEqual({
    words: ['a', 'b c', 'd "e" \\x', 'f g', 'hij', '', '$x', '~', '~/k*?', '#'],
  })
})

test('an argument that looks like a command is only an argument', async () => {
  const mark = join(signer.folder, 'mark')
  const { exitCode } = await token(`${signer.command} '$(touch ${mark})' '; touch ${mark}' "| touch ${mark}"`)
  expect(exitCode).toBe(0)
  await expect(stat(mark)).rejects.toThrow('ENOENT')
})
