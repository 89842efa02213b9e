import type { CommandEntry } from '../command.ts'

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'Run all five flows against emulators, with throw-away keys.',
    load: async () => (await import('./demo.ts')).configureDemo,
  },
  {
    name: 'token',
    summary: 'Print a token.',
    load: async () => (await import('./token.ts')).configureToken,
  },
]
