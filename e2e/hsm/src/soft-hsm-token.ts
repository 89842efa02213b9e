import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A token of SoftHSM in a folder of its own, with one RSA key pair that was generated on it. */
export interface SoftHsmToken {
  tokenLabel: string
  keyLabel: string
  pin: string
  [Symbol.dispose](): void
}

/**
 * Makes a token with `softhsm2-util` and a key pair on it with `pkcs11-tool`, as an operator does. SoftHSM
 * finds the folder by the variable `SOFTHSM2_CONF`, which is set for this process.
 */
export function createSoftHsmToken(module: string): SoftHsmToken {
  const folder = mkdtempSync(join(tmpdir(), 'softhsm-'))
  const [tokenLabel, keyLabel, pin] = ['countersign', 'signing-key', randomBytes(8).toString('hex')]
  const configuration = join(folder, 'softhsm2.conf')
  mkdirSync(join(folder, 'tokens'))
  writeFileSync(configuration, `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\n`)
  process.env['SOFTHSM2_CONF'] = configuration
  const run = (program: string, ...parameters: string[]) =>
    execFileSync(program, parameters, { stdio: 'pipe' })
  run('softhsm2-util', '--init-token', '--free', '--label', tokenLabel, '--so-pin', pin, '--pin', pin)
  run(
    'pkcs11-tool',
    ...['--module', module, '--token-label', tokenLabel, '--login', '--pin', pin],
    ...['--keypairgen', '--key-type', 'rsa:2048', '--usage-sign', '--label', keyLabel, '--id', '01'],
  )
  return {
    tokenLabel,
    keyLabel,
    pin,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
