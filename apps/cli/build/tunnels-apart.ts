import type { Rolldown } from 'tsdown'

/** Leaves `network/tunnels.ts` to a file of its own beside the command. */
export function tunnelsApart(): Rolldown.Plugin {
  return {
    name: 'tunnels-apart',
    resolveId: {
      order: 'pre',
      handler(source) {
        return source === './tunnels.ts' ? { id: './tunnels.js', external: 'absolute' } : undefined
      },
    },
  }
}
