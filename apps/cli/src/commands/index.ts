import type { CommandEntry } from '../command.ts'
import { separateProgram } from '../exec/separate-program.ts'

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'Run all five flows against emulators, with throw-away keys.',
    load: async () => (await import('./demo.ts')).configureDemo,
  },
  {
    name: 'init',
    summary: 'Set up a provider: questions, a dry run, and a profile that is kept.',
    load: async () => (await import('./init.ts')).configureInit,
  },
  {
    name: 'token',
    summary: 'Print a token.',
    load: async () => (await import('./token.ts')).configureToken,
  },
  {
    name: 'request',
    summary: 'Send a request with proof, or show what would be sent.',
    load: async () => (await import('./request.ts')).configureRequest,
  },
  {
    name: 'explain',
    summary: 'Show every rule of a provider, and which ones a token keeps or breaks.',
    load: async () => (await import('./explain.ts')).configureExplain,
  },
  {
    name: 'doctor',
    summary: 'Look at configuration, keys, clock and network, and say what mends them.',
    load: async () => (await import('./doctor.ts')).configureDoctor,
  },
  {
    name: 'emulator',
    summary: 'Serve the providers’ emulators on one port of this computer.',
    load: async () => (await import('./emulator.ts')).configureEmulator,
  },
  {
    name: 'playground',
    summary: 'Serve the page that shows what each provider wants, and why a token fails.',
    load: async () => (await import('./playground.ts')).configurePlayground,
  },
  {
    name: 'keys',
    summary: 'Make, inspect and convert keys, and make certificate requests.',
    load: async () => (await import('./keys.ts')).configureKeys,
  },
  {
    name: 'jwt',
    summary: 'Decode, verify and sign a JWT.',
    load: async () => (await import('./jwt.ts')).configureJwt,
  },
  {
    name: 'exec',
    summary: 'Run a program that has the token in its environment.',
    load: async () => (await import('./exec.ts')).configureExec,
    separateWords: separateProgram,
  },
  {
    name: 'proxy',
    summary: 'Sign whatever comes through a port of this computer, for curl and other languages.',
    load: async () => (await import('./proxy.ts')).configureProxy,
  },
  {
    name: 'completion',
    summary: 'Print what makes a shell complete this command.',
    load: async () => (await import('./completion.ts')).configureCompletion,
  },
  {
    name: 'profiles',
    summary: 'List, show and remove profiles, and choose the defaults.',
    load: async () => (await import('./profiles.ts')).configureProfiles,
  },
  {
    name: 'whoami',
    summary: 'Say who asks, and with --verbose where every value comes from.',
    load: async () => (await import('./whoami.ts')).configureWhoami,
  },
]
