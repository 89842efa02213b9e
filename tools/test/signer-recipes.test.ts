import { randomUUID } from 'node:crypto'
import { decodeJwt } from '@countersign/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProcess } from '../../apps/cli/test/run-process.ts'
import { startVault, type VaultStandIn } from './vault-stand-in.ts'

const program = new URL('../recipes/vault-transit-signer.ts', import.meta.url).pathname
const secret = randomUUID()

let vault: VaultStandIn
beforeAll(async () => {
  vault = await startVault(secret)
})
afterAll(() => vault[Symbol.asyncDispose]())

const sign = (algorithm: string, token = secret) =>
  runProcess(
    [
      ...['jwt', 'sign', 'sub=example', '--alg', algorithm, '--expires-in', '60s', '--signer-command'],
      `'${process.execPath}' ${program} countersign`,
    ],
    { VAULT_ADDR: vault.url, VAULT_TOKEN: token },
  )

test.each(['RS256', 'RS512'])(
  'the command signs %s with a key of Vault, by the program of the docs',
  async (algorithm) => {
    const { stdout, stderr, exitCode } = await sign(algorithm)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(decodeJwt(stdout.trim()).header).toMatchObject({ alg: algorithm })
    expect(vault.signed.at(-1)).toMatchObject({ prehashed: false, signature_algorithm: 'pkcs1v15' })
  },
)

test('what Vault refuses is reported, without the token of Vault', async () => {
  const token = randomUUID()
  const { stdout, stderr, exitCode } = await sign('RS256', token)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  expect(stderr).toContain('The signing program refused: Vault answered 403')
  expect(stderr).not.toContain(token)
})

test('an algorithm that the program does not have is refused by it', async () => {
  const { stderr, exitCode } = await sign('PS256')
  expect(exitCode).toBe(3)
  expect(stderr).toContain('Version 1 with PS256 is not supported.')
})
