import { createInterface } from 'node:readline'
import type { SigningAlgorithm, SigningKey } from '@countersign/core'

/**
 * Answers `countersign --signer-command`: a line of JSON on stdout for each
 * line on stdin.
 */
export async function serveSigner<Algorithm extends SigningAlgorithm>(
  algorithms: readonly Algorithm[],
  createKey: (algorithm: Algorithm) => SigningKey | Promise<SigningKey>,
): Promise<void> {
  const keys = new Map<Algorithm, SigningKey>()
  async function answer(line: string): Promise<object> {
    const { version, ask, algorithm: asked, input } = JSON.parse(line)
    const algorithm = algorithms.find((each) => each === asked)
    if (version !== 1 || algorithm === undefined)
      return { error: `Version ${version} with ${asked} is not supported.` }
    const key = keys.get(algorithm) ?? (await createKey(algorithm))
    keys.set(algorithm, key)
    if (ask === 'publicKey') return { publicKey: key.publicJwk }
    const signature = await key.sign(Buffer.from(input, 'base64url'))
    return { signature: Buffer.from(signature).toString('base64url') }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const said = await answer(line).catch((error: Error) => ({
      error: error.message,
    }))
    console.log(JSON.stringify(said))
  }
}
