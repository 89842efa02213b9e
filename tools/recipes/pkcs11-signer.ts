import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import type { SigningAlgorithm } from '@countersign/core'
import { serveSigner } from './serve-signer.ts'

// node pkcs11-signer.ts MODULE TOKEN_LABEL KEY_LABEL; the PIN is in the
// variable PKCS11_PIN, which pkcs11-tool reads.
const [, , module = '', token = '', label = ''] = process.argv

/**
 * Runs `pkcs11-tool` of OpenSC on the token. Its stdin and stdout are bytes.
 */
function runTool(
  parameters: readonly string[],
  input: Uint8Array = Buffer.of(),
): Promise<Buffer> {
  const place = [
    '--module',
    module,
    '--token-label',
    token,
    '--login',
    '--pin',
    'env:PKCS11_PIN',
  ]
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', timeout: 10_000 } as const
    const tool = execFile(
      'pkcs11-tool',
      [...place, ...parameters],
      options,
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else
          reject(
            new Error(
              `pkcs11-tool ended with ${error.code}: ${stderr.toString().trim()}`,
            ),
          )
      },
    )
    tool.stdin?.on('error', () => undefined)
    tool.stdin?.end(input)
  })
}

/**
 * The token hashes the data and pads the digest; of PSS, the salt is as long as
 * the hash.
 */
function mechanismOf(algorithm: SigningAlgorithm): readonly string[] {
  const padding = algorithm.startsWith('PS') ? 'PKCS-PSS' : 'PKCS'
  const mechanism = `SHA${algorithm.slice(2)}-RSA-${padding}`
  return ['--mechanism', mechanism]
}

await serveSigner(
  ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  async (algorithm) => {
    const spki = await runTool([
      '--read-object',
      '--type',
      'pubkey',
      '--label',
      label,
    ])
    const { n = '', e = '' } = createPublicKey({
      key: spki,
      format: 'der',
      type: 'spki',
    }).export({
      format: 'jwk',
    })
    return {
      algorithm,
      publicJwk: { kty: 'RSA', n, e },
      sign: (data) =>
        runTool(['--sign', ...mechanismOf(algorithm), '--label', label], data),
    }
  },
)
