import { readFile } from 'node:fs/promises'
import { ConfigError } from '../errors/config-error.ts'

const largest = 65_536

/**
 * A function that reads an assertion from a file each time, for platforms that replace the file (workload
 * identity). White space around the assertion is dropped.
 *
 * @example
 * ```ts
 * import { createAssertionFile } from '@countersign/core/node'
 *
 * const assertion = createAssertionFile('/var/run/secrets/tokens/api')
 * ```
 *
 * @returns A function that rejects with a `ConfigError`, `CONFIG_INVALID`, when the file cannot be read, is empty or
 * is larger than 64 KiB.
 */
export function createAssertionFile(path: string | URL): () => Promise<string> {
  return async () => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      const { code = 'unknown' } = error as { code?: string }
      throw unusable(path, `cannot be read (${code})`)
    })
    if (text.length > largest) throw unusable(path, 'is larger than 64 KiB')
    const assertion = text.trim()
    if (assertion === '') throw unusable(path, 'is empty')
    return assertion
  }
}

function unusable(path: string | URL, problem: string): ConfigError {
  return new ConfigError(`The assertion file ${String(path)} ${problem}.`, {
    hint: 'Check the path, the permissions, and that the platform writes the file.',
  })
}
