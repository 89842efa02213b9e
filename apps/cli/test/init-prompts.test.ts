import { generateKeyPairSync } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { createHome } from './create-home.ts'
import { keys } from './terminal.ts'

const { enter, down, up, ctrlC, ctrlU } = keys

// More than a screen is waited for, so that a test that fails still ends its process.

/** A throw-away key. */
function makeKey(modulusLength: number, passphrase?: string): string {
  const sealed = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...sealed },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return privateKey
}

test('a wrong answer is reported at the prompt, and can be corrected', async () => {
  await using home = await createHome()
  const publicKey = await home.file('public.pem', fixedKeys.rsa2048.publicKey)
  const short = await home.file('short.pem', makeKey(1024))
  const key = await home.file('private.pem', fixedKeys.rsa2048.privateKey)
  const accessKey = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'
  using init = home.run('init', 'utgl')
  await init.answer('Name of the profile', ctrlU, 'two words', enter)
  await init.correct('letters, digits, dot, _ and - make a name.', ctrlU, 'cards', enter)
  await init.answer('Which environment?', down, enter)
  await init.answer('Base URL', 'utgl.example', enter)
  await init.correct('Base URL is not an absolute http or https URL', ctrlU, 'http://127.0.0.1:9/v1', enter)
  await init.answer('Private key?', enter)
  await init.answer('Private key: path of the file', '/nowhere/key.pem', enter)
  await init.correct('CONFIG_INVALID: The file ', ctrlU, publicKey, enter)
  await init.correct('KEY_NOT_PRIVATE: A public key was passed as the private key.', ctrlU, short, enter)
  await init.correct('KEY_TOO_SHORT: ', ctrlU, key, enter)
  await init.answer('Access key', enter)
  await init.correct('Access key is empty.', 'an-access-key', enter)
  await init.answer('Anything else?', keys.space, enter)
  await init.answer('Lifetime', '30', enter)
  await init.correct('Lifetime must be a whole number of seconds from 1 to 29.', ctrlU, '20', enter)
  await init.screen.sees('Dry run: The request would break a rule.')
  await init.answer('The dry run failed. What now?', enter)
  for (const kept of ['Which environment?', 'Base URL', 'Private key?', 'Private key: path']) {
    await init.answer(kept, enter)
  }
  await init.answer('Access key', ctrlU, accessKey, enter)
  await init.answer('Anything else?', enter)
  await init.answer('Lifetime', enter)
  await init.screen.sees('none failed')
  expect(await init.ended).toMatchObject({ exitCode: 0 })
  expect(await home.profiles()).toEqual({
    profiles: {
      cards: {
        provider: 'utgl',
        baseUrl: 'http://127.0.0.1:9/v1',
        privateKey: key,
        accessKey,
        lifetimeSeconds: 20,
      },
    },
  })
})

test.each(['speeda_private_key.pem', 'private_key.pem'])(
  '%s of the current folder is offered',
  async (name) => {
    await using home = await createHome()
    await writeFile(join(home.cwd, name), fixedKeys.rsa2048.privateKey)
    using init = home.run('init', 'speeda')
    await init.answer('Name of the profile', enter)
    await init.answer('Which environment?', enter)
    await init.answer('Private key?', enter)
    await init.answer('Private key: path of the file', enter)
    await init.answer('Client id', 'a-client', enter)
    await init.answer('Key id', 'a-key', enter)
    await init.answer('Anything else?', enter)
    await init.screen.sees('none failed')
    expect(await init.ended).toMatchObject({ exitCode: 0 })
    expect(await home.profiles()).toMatchObject({
      profiles: { speeda: { privateKey: join(home.cwd, name) } },
    })
  },
)

test.each([
  ['Ctrl-C', ctrlC],
  ['Escape', keys.escape],
  ['Ctrl-D', keys.ctrlD],
])('%s in the middle leaves no file, and a new key neither', async (_name, stroke) => {
  await using home = await createHome()
  using init = home.run('init', 'speeda', '--local')
  await init.answer('Name of the profile', enter)
  await init.answer('Which environment?', enter)
  await init.answer('Private key?', down, enter)
  await init.answer('File for the new private key', enter)
  await init.answer('Client id', 'an', stroke)
  await init.screen.sees('CANCELLED: nothing was written.')
  expect(await init.ended).toMatchObject({ exitCode: 130 })
  expect([await readdir(home.cwd), await readdir(home.path)]).toEqual([[], []])
})

test('arrow keys go up and down, and round', async () => {
  await using home = await createHome()
  using init = home.run('init')
  await init.answer('Which provider?', up, down, down, down, up, enter)
  await init.screen.sees('CData Connect AI Embed')
  await init.answer('Name of the profile', enter)
  await init.answer('Which environment?', up, enter)
  await init.screen.sees('Saved profile cdata (provider cdata)')
  expect(await init.ended).toMatchObject({ exitCode: 0 })
  expect(await home.profiles()).toEqual({
    profiles: { cdata: { provider: 'cdata', environment: 'emulator' } },
  })
})

test('an encrypted key is opened by a passphrase that is neither shown nor kept', async () => {
  await using home = await createHome()
  const passphrase = 'a long passphrase'
  const key = await home.file('sealed.pem', makeKey(2048, passphrase))
  using init = home.run('init', 'cdata', '--private-key', key, '--account-id', 'x', '--local')
  await init.answer('Name of the profile', enter)
  await init.answer('Which environment?', enter)
  await init.answer('Passphrase of the key', 'not this one', enter)
  await init.correct('KEY_PASSPHRASE_WRONG: ', ctrlU, passphrase, enter)
  await init.answer('Anything else?', enter)
  await init.screen.sees('read -rs COUNTERSIGN_CDATA_PASSPHRASE && export COUNTERSIGN_CDATA_PASSPHRASE')
  expect(await init.ended).toMatchObject({ exitCode: 0 })
  expect(init.screen.text()).not.toContain(passphrase)
  expect(await home.profiles(join(home.cwd, 'countersign.toml'))).toEqual({
    profiles: { cdata: { provider: 'cdata', accountId: 'x', privateKey: key } },
  })
})

test('a second profile is asked whether it is the default', async () => {
  await using home = await createHome()
  for (const [name, ...strokes] of [['first'], ['second', enter], ['third', 'y']] as const) {
    using init = home.run('init', 'cdata', '--environment', 'emulator')
    await init.answer('Name of the profile', ctrlU, name, enter)
    if (strokes.length > 0) await init.answer(`Make ${name} the default`, ...strokes)
    expect(await init.ended).toMatchObject({ exitCode: 0 })
  }
  expect(await home.profiles()).toMatchObject({ defaults: { cdata: 'third' } })
})

test('a key that was made stays when a failed dry run leads back to the questions', async () => {
  await using home = await createHome()
  using init = home.run('init', 'utgl', '--access-key', 'no-uuid')
  await init.answer('Name of the profile', enter)
  await init.answer('Which environment?', enter)
  await init.answer('Private key?', down, enter)
  await init.answer('File for the new private key', enter)
  await init.answer('Anything else?', enter)
  await init.answer('The dry run failed. What now?', enter)
  await init.answer('Which environment?', enter)
  await init.answer('Private key?', enter)
  await init.answer('Access key', ctrlU, '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', enter)
  await init.answer('Anything else?', enter)
  await init.screen.sees('is the private key, not encrypted')
  expect(await init.ended).toMatchObject({ exitCode: 0 })
  expect((await readdir(home.configuration)).sort()).toEqual([
    'countersign.toml',
    'utgl_private_key.pem',
    'utgl_public_key.pem',
    'utgl_request.csr',
  ])
})

test.each([
  [[], true],
  [['--no-color'], false],
])('with %j the questions are in colour: %j', async (words, coloured) => {
  await using home = await createHome()
  using init = home.run('init', 'cdata', ...words)
  await init.answer('Name of the profile', enter)
  await init.answer('Which environment?', ctrlC)
  expect(await init.ended).toMatchObject({ exitCode: 130 })
  expect(init.screen.raw().includes('\u001B[36m')).toBe(coloured)
})
