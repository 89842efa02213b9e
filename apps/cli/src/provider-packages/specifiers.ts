import type { Io } from '../io.ts'
import { configDirectory } from '../profiles/config-directory.ts'
import { findDocument } from '../profiles/read-document.ts'
import { UsageError } from '../usage-error.ts'

/** Problems of the member `providers`: a list of texts, each of them once. What each text is, is judged when it is loaded. */
export function checkSpecifiers(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    return ['providers must be a list of packages, such as ["@acme/countersign-billing"]']
  return new Set(value).size === value.length ? [] : ['providers names a package twice']
}

/**
 * The provider packages that the user's own configuration names, as it writes them. A file of the current folder
 * never adds one.
 *
 * @throws {UsageError} when the file cannot be read.
 */
export async function readSpecifiers({ env }: Pick<Io, 'env'>): Promise<readonly string[]> {
  const file = await findDocument(configDirectory(env))
  // Most people configure none: then nothing is parsed.
  if (file === undefined || !file.text.includes('providers')) return []
  const { providers = [] } = await file.parse()
  const problems = checkSpecifiers(providers)
  if (problems.length > 0) throw new UsageError(`${file.path}: ${problems.join('; ')}.`)
  return providers as readonly string[]
}
