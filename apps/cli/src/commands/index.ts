import type { CommandEntry } from '../command.ts'
import { separateProgram } from '../exec/separate-program.ts'

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'Run all flows against emulators, with throwaway keys.',
    load: async () => (await import('./demo.ts')).configureDemo,
  },
  {
    name: 'init',
    summary: 'Set up a provider: answer questions, make a dry run, save a profile.',
    load: async () => (await import('./init.ts')).configureInit,
  },
  {
    name: 'token',
    summary: 'Print a token.',
    load: async () => (await import('./token.ts')).configureToken,
  },
  {
    name: 'request',
    summary: 'Send an authenticated request, or show what would be sent.',
    load: async () => (await import('./request.ts')).configureRequest,
  },
  {
    name: 'explain',
    summary: 'Explain why a token or request is refused, and how to fix it.',
    load: async () => (await import('./explain.ts')).configureExplain,
  },
  {
    name: 'doctor',
    summary: 'Check configuration, keys, clock and network, and say how to fix them.',
    load: async () => (await import('./doctor.ts')).configureDoctor,
  },
  {
    name: 'emulator',
    summary: 'Serve emulators of the providers on this computer.',
    load: async () => (await import('./emulator.ts')).configureEmulator,
  },
  {
    name: 'playground',
    summary: 'Serve the page that shows what each provider requires, and why a token fails.',
    load: async () => (await import('./playground.ts')).configurePlayground,
  },
  {
    name: 'keys',
    summary: 'Generate, inspect and convert keys, and make certificate requests.',
    load: async () => (await import('./keys.ts')).configureKeys,
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
    separateWords: separateProgram,
  },
  {
    name: 'proxy',
    summary: 'Run a local signing proxy, for curl and other languages.',
    load: async () => (await import('./proxy.ts')).configureProxy,
  },
  {
    name: 'completion',
    summary: 'Print a shell completion script.',
    load: async () => (await import('./completion.ts')).configureCompletion,
  },
  {
    name: 'profiles',
    summary: 'List, show and remove profiles, and choose the defaults.',
    load: async () => (await import('./profiles.ts')).configureProfiles,
  },
  {
    name: 'whoami',
    summary: 'Show the active identity, and with --verbose where every value comes from.',
    load: async () => (await import('./whoami.ts')).configureWhoami,
  },
]
