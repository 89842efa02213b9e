import { readFileSync } from 'node:fs'
import type { ProviderEntry } from '@countersign/providers'

/**
 * Programs of other people, by the name of their file: the type tests of core, testing and every adapter, and one in
 * which `any` in an adapter's declarations is an error.
 */
export function typePrograms(providers: readonly ProviderEntry[]): Readonly<Record<string, string>> {
  const testsOf = (folder: string) =>
    readFileSync(new URL(`../../packages/${folder}/test/types.test-d.ts`, import.meta.url), 'utf8')
  return {
    ...Object.fromEntries(
      ['core', 'testing', ...providers.map(({ id }) => id)].map((id) => [`${id}.ts`, testsOf(id)]),
    ),
    'registered.ts': `import type { Auth, Provider } from '@countersign/core'
${providers.map(importsOf).join('')}
type IsAny<Type> = 0 extends 1 & Type ? true : false
/** The names of members that are \`any\`. */
type AnyIn<Type> = Type extends unknown
  ? { [Name in keyof Type]-?: IsAny<Type[Name]> extends true ? Name : never }[keyof Type]
  : never
/** The names of options, credentials and results that are \`any\`. */
type AnyOf<Create extends (options: never) => Auth> =
  | AnyIn<Parameters<Create>[0]>
  | AnyIn<ReturnType<Create>>
  | AnyIn<{ response: Awaited<ReturnType<ReturnType<Create>['fetch']>> }>

export const known: Record<string, never[]> = {
${providers.map(({ id, factory }) => `  ${id}: [] as AnyOf<typeof ${factory}>[],\n`).join('')}}
export const descriptors: Provider[] = [${providers.map(({ id }) => `...Object.values(${id}Provider)`)}]
export const emulators: unknown[] = [${providers.map(({ id }) => `${id}Emulator`)}]
`,
  }
}

function importsOf({ id, packageName, factory }: ProviderEntry): string {
  return `import { ${factory} } from '${packageName}'
import * as ${id}Emulator from '${packageName}/emulator'
import * as ${id}Provider from '${packageName}/provider'
`
}
