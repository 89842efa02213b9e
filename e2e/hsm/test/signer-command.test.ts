import { verifyJws } from '@countersign/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProcess } from '../../../apps/cli/test/run-process.ts'
import { needService } from '../../../tools/services.ts'
import { createSoftHsmToken, type SoftHsmToken } from '../src/soft-hsm-token.ts'

const program = new URL('../../../tools/recipes/pkcs11-signer.ts', import.meta.url).pathname

let module: string
let token: SoftHsmToken
beforeAll(() => {
  module = needService('softhsm')
  token = createSoftHsmToken(module)
})
afterAll(() => token?.[Symbol.dispose]())

/** `jwt sign` with the recipe for PKCS#11, each in a process of its own. */
const sign = (algorithm: string, { pin = token.pin, label = token.keyLabel } = {}) =>
  runProcess(
    [
      ...['jwt', 'sign', 'sub=example', '--alg', algorithm, '--json', '--signer-command'],
      `'${process.execPath}' ${program} ${module} ${token.tokenLabel} ${label}`,
    ],
    { PKCS11_PIN: pin, SOFTHSM2_CONF: process.env['SOFTHSM2_CONF'] ?? '' },
  )

test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const)(
  'the command signs %s with a key that is in the token',
  async (algorithm) => {
    const { stdout, stderr, exitCode } = await sign(algorithm)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    const { token: jwt } = JSON.parse(stdout) as { token: string }
    await expect(verifyJws(jwt, await publicKeyOf(), { algorithm })).resolves.toMatchObject({
      header: { alg: algorithm },
    })
  },
)

test('a wrong PIN and a key that is not there are named, and the PIN is not shown', async () => {
  const wrong = await sign('RS256', { pin: '87654321' })
  expect(wrong).toMatchObject({ stdout: '', exitCode: 3 })
  expect(wrong.stderr).toContain('SIGN_FAILED')
  expect(wrong.stderr).toContain('CKR_PIN_INCORRECT')
  expect(wrong.stderr).not.toContain('87654321')
  const missing = await sign('RS256', { label: 'another' })
  expect(missing).toMatchObject({ stdout: '', exitCode: 3 })
  expect(missing.stderr).toContain('object not found')
  expect(missing.stderr).not.toContain(token.pin)
})

/** The public half, as an operator reads it. */
async function publicKeyOf(): Promise<Uint8Array> {
  const { execFileSync } = await import('node:child_process')
  const place = ['--module', module, '--token-label', token.tokenLabel, '--login', '--pin', token.pin]
  const read = ['--read-object', '--type', 'pubkey', '--label', token.keyLabel]
  return new Uint8Array(execFileSync('pkcs11-tool', [...place, ...read], { stdio: 'pipe' }))
}
