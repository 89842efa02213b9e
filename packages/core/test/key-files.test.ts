import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, rmdir, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock } from '@countersign/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { importSigningKey } from '../src/index.ts'
import { createKeyFileSigner, type KeyFileSignerOptions, readKeyFile } from '../src/node/index.ts'

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

test('a clock in seconds is refused before anything is signed', async () => {
  const path = join(folder, 'key.pem')
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = createKeyFileSigner({ path, algorithm: 'RS256', clock: () => 1_767_323_045 })
  await expect(signer).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    problem: '`clock` must return epoch milliseconds; it returned seconds.',
  })
})

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

test('a new key in the file signs from the next check on, not before', async () => {
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

test('a key that Kubernetes swaps by the link `..data` signs from the next check on', async () => {
  for (const [name, key] of [
    ['..1', fixedKeys.rsa2048],
    ['..2', fixedKeys.otherRsa2048],
  ] as const) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'key.pem'), key.privateKey)
  }
  await symlink('..1', join(folder, '..data'))
  await symlink('..data/key.pem', join(folder, 'key.pem'))
  const signer = await createKeyFileSigner({ path: join(folder, 'key.pem'), algorithm: 'RS256' })
  expect(await signer.reload()).toBe(false)
  await symlink('..2', join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  expect(await signer.reload()).toBe(true)
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
})

test('a key file that is written in two halves keeps the old key until it is whole', async () => {
  const path = join(folder, 'key.pem')
  const { privateKey: pem } = fixedKeys.otherRsa2048
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({ path, algorithm: 'RS256' })
  for (const part of ['', pem.slice(0, 30), pem.slice(0, 900), pem.slice(0, -30)]) {
    await writeFile(path, part)
    expect(await signer.reload(), `${part.length} characters`).toBe(false)
    expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.rsa2048.privateKey))
  }
  await writeFile(path, pem)
  expect(await signer.reload()).toBe(true)
})

test('if the new file is not a key, the old key keeps signing and the failure is reported once', async () => {
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

describe('a file that cannot be read once', () => {
  const open = async (more: Partial<KeyFileSignerOptions> = {}) => {
    const path = join(folder, 'key.pem')
    const errors: unknown[] = []
    await writeFile(path, fixedKeys.rsa2048.privateKey)
    const onError = (error: unknown) => errors.push(error)
    const signer = await createKeyFileSigner({ path, algorithm: 'RS256', onError, ...more })
    return { path, errors, signer }
  }

  test('is tried again: the new key signs as soon as it can be read', async () => {
    const { path, errors, signer } = await open({ checkEveryMs: 0 })
    // A folder has a version and cannot be read as a file, for any user.
    await rm(path)
    await mkdir(path)
    expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.rsa2048.privateKey))
    expect(await signer.reload()).toBe(false)
    expect(errors).toEqual([expect.objectContaining({ code: 'CONFIG_INVALID' })])
    await rmdir(path)
    await writeFile(path, fixedKeys.otherRsa2048.privateKey)
    expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
  })

  test('is tried again though its size, inode and time are the same', async () => {
    const reads: boolean[] = []
    const { path, signer } = await open()
    const pem = fixedKeys.otherRsa2048.privateKey
    const whole = `${pem}${' '.repeat(64)}`
    const time = new Date(1_000_000)
    await writeFile(path, `-----BEGIN${whole.slice(10).replaceAll('END', 'XXX')}`)
    await utimes(path, time, time)
    const before = await stat(path)
    reads.push(await signer.reload())
    await writeFile(path, whole)
    await utimes(path, time, time)
    const { ino, size, mtimeMs } = await stat(path)
    expect({ ino, size, mtimeMs }).toEqual({
      ino: before.ino,
      size: before.size,
      mtimeMs: before.mtimeMs,
    })
    reads.push(await signer.reload())
    expect(reads).toEqual([false, true])
    expect(await signer.sign(data)).toEqual(await signedBy(pem))
  })

  test('and is gone for a while leaves the old key, and then the new one signs', async () => {
    const { path, errors, signer } = await open({ checkEveryMs: 0 })
    await rm(path)
    expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.rsa2048.privateKey))
    expect(errors).toHaveLength(1)
    await writeFile(path, fixedKeys.otherRsa2048.privateKey)
    expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
  })
})

test('a listener that throws stops neither the key nor the next reload', async () => {
  const path = join(folder, 'key.pem')
  const fail = () => {
    throw new Error('the log is full')
  }
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({ path, algorithm: 'RS256', onReload: fail, onError: fail })
  await replace(path, 'not a key')
  expect(await signer.reload()).toBe(false)
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  expect(await signer.reload()).toBe(true)
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
})

test('a listener whose promise is rejected does no harm', async () => {
  const path = join(folder, 'key.pem')
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listen)
  onTestFinished(() => void process.off('unhandledRejection', listen))
  const fail = () => Promise.reject(new Error('the log is full'))
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({ path, algorithm: 'RS256', onReload: fail, onError: fail })
  await replace(path, 'not a key')
  expect(await signer.reload()).toBe(false)
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  expect(await signer.reload()).toBe(true)
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
})

test.each([Number.NaN, -1, '5000'])('a time of %s between checks is CONFIG_INVALID', async (checkEveryMs) => {
  const path = join(folder, 'key.pem')
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const options = { path, algorithm: 'RS256', checkEveryMs } as KeyFileSignerOptions
  await expect(createKeyFileSigner(options)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    problem: '`checkEveryMs` must be a number of milliseconds, 0 or more.',
  })
})

test('a file that is touched, or holds the same key in another form, is not a new key', async () => {
  const path = join(folder, 'key.pem')
  const reloaded: unknown[] = []
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const onReload = (jwk: unknown) => reloaded.push(jwk)
  const signer = await createKeyFileSigner({ path, algorithm: 'RS256', onReload })
  const der = createPrivateKey(fixedKeys.rsa2048.privateKey).export({ type: 'pkcs1', format: 'der' })
  await writeFile(path, der)
  expect(await signer.reload()).toBe(false)
  expect(reloaded).toEqual([])
})

test('a clock that is set back does not stop the checks', async () => {
  const path = join(folder, 'key.pem')
  let now = 10_000_000
  await writeFile(path, fixedKeys.rsa2048.privateKey)
  const signer = await createKeyFileSigner({ path, algorithm: 'RS256', clock: () => now })
  await replace(path, fixedKeys.otherRsa2048.privateKey)
  now -= 3_600_000
  expect(await signer.sign(data)).toEqual(await signedBy(fixedKeys.otherRsa2048.privateKey))
})
