import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { findProfile, namedProfile } from './choose-profile.ts'
import { readProfilesHere } from './profiles-here.ts'

/** The providers of which a profile or a variable says something; only the named profile's, when one is named. */
export async function providersSetUp(providers: readonly Provider[], io: Io): Promise<Provider[]> {
  const here = await readProfilesHere(io)
  const name = namedProfile(undefined, io)
  const named = name === undefined ? undefined : findProfile(here, name, io)
  return providers.filter(({ id, fields }) => {
    if (named !== undefined) return named.provider === id
    const inFile = here.profiles.some((profile) => profile.provider === id)
    return inFile || Object.keys(fields).some((field) => (io.env[toVariable(id, field)] ?? '') !== '')
  })
}
