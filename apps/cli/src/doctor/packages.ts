import { exitCodes } from '../exit-code.ts'
import { providerPackages } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { fail, type Judgement, ok } from './finding.ts'

/** Where each provider of a package comes from, and which packages cannot be used. */
export async function judgePackages(): Promise<Judgement[]> {
  const about = { id: 'provider-package', provider: null }
  const { entries, broken } = providerPackages()
  const loaded = entries.map(
    async ({ id, package: { name, version, folder }, hasEmulator, createEmulator }) => {
      const from = `${id} comes from ${name} ${version} in ${folder}`
      if (!hasEmulator) return ok(about, `${from}. It has no emulator.`)
      try {
        const create = await createEmulator()
        create()
        return ok(about, `${from}.`)
      } catch (error) {
        return failOfPackage(error)
      }
    },
  )
  return [...(await Promise.all(loaded)), ...broken.map(({ error }) => failOfPackage(error))]
}

function failOfPackage(error: unknown): Judgement {
  if (!(error instanceof UsageError)) throw error
  const {
    code,
    problem,
    hint = 'Remove it from `providers` of your configuration, or install a version that works.',
  } = error
  return fail({ id: 'provider-package', provider: null }, `${code}: ${problem}`, hint, exitCodes.usage)
}
