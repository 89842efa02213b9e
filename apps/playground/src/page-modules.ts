import * as core from '@countersign/core'
import * as emulator from '@countersign/core/emulator'
import * as provider from '@countersign/core/provider'
import type { Entry } from './providers.ts'

/** The modules that the page has for scripts of further providers, by the specifier with which they import them. */
export const pageModules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '@countersign/core': core,
  '@countersign/core/emulator': emulator,
  '@countersign/core/provider': provider,
}

/**
 * Lets the scripts that follow in the HTML use the modules and add providers, as the global `countersign`. Returns a
 * function that resolves to the added providers, once every script of the HTML has run.
 */
export function sharePageModules(): () => Promise<readonly Entry[]> {
  const added: Entry[] = []
  Object.assign(globalThis, {
    countersign: { modules: pageModules, add: (entry: Entry) => added.push(entry) },
  })
  return async () => {
    if (document.readyState !== 'complete')
      await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }))
    return added
  }
}
