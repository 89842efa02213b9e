import type { CommandEntry } from '../command.ts'
import { separateProgram } from '../exec/separate-program.ts'

type NeedsPackages = NonNullable<CommandEntry['needsPackages']>

const globalFlag = /^(?:--json|-q|--quiet|--verbose|--no-color)$/

/** The first word names the only provider that matters. */
const unlessFirstIsBuiltIn: NeedsPackages = (words, isBuiltIn) => {
  const first = words.find((word) => !globalFlag.test(word))
  return first === undefined || !isBuiltIn(first)
}

/**
 * Any word may name a provider, with a profile after a colon; without one, all are meant. A value of a flag counts
 * too, and loads in vain.
 */
const unlessAllAreBuiltIn: NeedsPackages = (words, isBuiltIn) => {
  const names = words.filter((word) => !word.startsWith('-'))
  return (
    names.length === 0 ||
    words.some((word) => word.startsWith('--mount')) ||
    names.some((name) => !isBuiltIn(name.replace(/:.*$/s, '')))
  )
}

const always: NeedsPackages = () => true

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'Run all flows against emulators, with throwaway keys.',
    load: async () => (await import('./demo.ts')).configureDemo,
    needsPackages: always,
  },
  {
    name: 'init',
    summary: 'Set up a provider: answer questions, make a dry run, save a profile.',
    load: async () => (await import('./init.ts')).configureInit,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
  {
    name: 'token',
    summary: 'Print a token.',
    load: async () => (await import('./token.ts')).configureToken,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
  {
    name: 'request',
    summary: 'Send an authenticated request, or show what would be sent.',
    load: async () => (await import('./request.ts')).configureRequest,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
  {
    name: 'explain',
    summary: 'Explain why a token or request is refused, and how to fix it.',
    load: async () => (await import('./explain.ts')).configureExplain,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
  {
    name: 'doctor',
    summary: 'Check configuration, keys, clock and network, and say how to fix them.',
    load: async () => (await import('./doctor.ts')).configureDoctor,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
    reportsPackages: true,
  },
  {
    name: 'emulator',
    summary: 'Serve emulators of the providers on this computer.',
    load: async () => (await import('./emulator.ts')).configureEmulator,
    needsPackages: unlessAllAreBuiltIn,
  },
  {
    name: 'playground',
    summary: 'Serve the page that shows what each provider requires, and why a token fails.',
    load: async () => (await import('./playground.ts')).configurePlayground,
    needsPackages: always,
  },
  {
    name: 'keys',
    summary: 'Generate, inspect and convert keys, and make certificate requests.',
    load: async () => (await import('./keys.ts')).configureKeys,
    needsPackages: (words) => words.some((word) => word.startsWith('--provider')),
  },
  {
    name: 'jwt',
    summary: 'Decode, verify and sign a JWT.',
    load: async () => (await import('./jwt.ts')).configureJwt,
  },
  {
    name: 'exec',
    summary: 'Run a program with the token in its environment.',
    load: async () => (await import('./exec.ts')).configureExec,
    needsPackages: always,
    takesProvider: true,
    separateWords: separateProgram,
  },
  {
    name: 'proxy',
    summary: 'Run a local signing proxy, for curl and other languages.',
    load: async () => (await import('./proxy.ts')).configureProxy,
    needsPackages: unlessAllAreBuiltIn,
  },
  {
    name: 'export',
    summary: 'Write a collection of requests for Bruno, Postman or Hurl, which go through the proxy.',
    load: async () => (await import('./export.ts')).configureExport,
    needsPackages: always,
  },
  {
    name: 'completion',
    summary: 'Print a shell completion script.',
    load: async () => (await import('./completion.ts')).configureCompletion,
    // The script is the same with any providers; what follows -- is completed.
    needsPackages: (words) => words.includes('--'),
    reportsPackages: true,
  },
  {
    name: 'profiles',
    summary: 'List, show and remove profiles, and choose the defaults.',
    load: async () => (await import('./profiles.ts')).configureProfiles,
    needsPackages: always,
  },
  {
    name: 'whoami',
    summary: 'Show the active identity, and with --online whether the provider accepts it.',
    load: async () => (await import('./whoami.ts')).configureWhoami,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
  {
    name: 'logout',
    summary: 'Remove the tokens that are kept for a provider; keys and profiles stay.',
    load: async () => (await import('./logout.ts')).configureLogout,
    needsPackages: unlessFirstIsBuiltIn,
    takesProvider: true,
  },
]
