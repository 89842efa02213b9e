import type { Package } from './structure/source-tree.ts'

/** The form of docs/versions.md. The replacement is code or a link, so that a reader can find it. */
const form = /^Since (\d+)\.(\d+)\.0, removed in (\d+)\.0\.0: use (?:`[^`]+`|\{@link [^}]+\})[\s\S]*\.$/

const wanted =
  '@deprecated must be written as "Since 1.2.0, removed in 2.0.0: use `name` instead.", with a minor version and the major version after it'

/** What is wrong with the `@deprecated` tags of public packages: each names the file and its line. */
export function checkDeprecations(packages: readonly Package[]): string[] {
  return packages
    .filter(({ manifest }) => manifest['private'] !== true)
    .flatMap(({ files }) => files)
    .flatMap(({ path, text }) =>
      [...text.matchAll(/@deprecated\b((?:(?!\*\/|\n\s*\*\s*@)[\s\S])*)/g)]
        .filter(([, said = '']) => !isComplete(said.replace(/\s*\n\s*\*?\s*/g, ' ').trim()))
        .map(({ index }) => `${path}:${text.slice(0, index).split('\n').length}: ${wanted}`),
    )
}

/** What is deprecated by a minor version goes with the next major version, and not with a later one. */
export function isComplete(said: string): boolean {
  const [, major, minor, end] = form.exec(said) ?? []
  return minor !== undefined && Number(minor) > 0 && Number(end) === Number(major) + 1
}
