import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFixedClock, fixedKeys } from '@countersign/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { importSigningKey } from '../src/index.ts'
import { createKeyFileSigner, readKeyFile } from '../src/node/index.ts'

const data = new TextEncoder().encode('what is signed')
const signedBy = async (pem: string) => (await importSigningKey(pem, { algorithm: 'RS256' })).sign(data)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

test('a key file is read in every form, and opened when it is encrypted', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const forms = {
    'key.pem': pem,
    'key.der': privateKey.export({ type: 'pkcs1', format: 'der' }),
    'encrypted.pem': privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    }),
    'encrypted.base64': privateKey
      .export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
      .toString('base64'),
    'encrypted.der': privateKey.export({
      type: 'pkcs8',
      format: 'der',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    }),
  }
  for (const [name, content] of Object.entries(forms)) {
    await writeFile(join(folder, name), content)
    const key = await readKeyFile(join(folder, name), { passphrase: 'open sesame' })
    const signer = await importSigningKey(key, { algorithm: 'RS256' })
    expect(await signer.sign(data), name).toEqual(await signedBy(pem))
  }
})

test('a file that is not there is CONFIG_INVALID and named', async () => {
  const path = join(folder, 'nowhere.pem')
  await expect(readKeyFile(path)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('nowhere.pem'),
  })
  await expect(createKeyFileSigner({ path, algorithm: 'RS256' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
})

test('a new key in the file signs from the next look at it on, and no earlier', async () => {
  const path = join(folder, 'key.pem')
  const clock = createFixedClock()
  const reloaded: unknown[] = []
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({
    path,
    algorithm: 'RS256',
    clock,
    onReload: (jwk) => reloaded.push(jwk),
  })
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.rsa2048.privateKey))
  clock.advance(5_000)
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
  expect(reloaded).toEqual([signer.publicJwk])
})

test('a new file that is no key leaves the old one signing, and says so once', async () => {
  const path = join(folder, 'key.pem')
  const errors: unknown[] = []
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({
    path,
    algorithm: 'RS256',
    onError: (error) => errors.push(error),
  })
  await replace(path, fixedKeys.rsa2048.privateKey.slice(0, 400))
  expect(await signer.reload()).toBe(false)
  expect(await signer.reload()).toBe(false)
  expect(errors).toEqual([expect.objectContaining({ code: 'KEY_TRUNCATED' })])
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.rsa2048.privateKey))
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  expect(await signer.reload()).toBe(true)
})

test('an adapter that was given the signer follows it to the new key', async () => {
  const path = join(folder, 'key.pem')
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const file = await createKeyFileSigner({ path, algorithm: 'RS256', checkEveryMs: 0 })
  const guarded = await importSigningKey(file, { algorithm: 'RS256' })
  await guarded.sign(data)
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  expect(await guarded.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
})
