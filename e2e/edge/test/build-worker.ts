import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

/** One script for workerd out of a file and what it imports. */
export async function buildWorker(entry: string): Promise<string> {
  const built = (await build({
    configFile: false,
    root: fileURLToPath(new URL('..', import.meta.url)),
    logLevel: 'silent',
    resolve: { conditions: ['@countersign/source', 'workerd', 'worker', 'module'] },
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['es'], fileName: 'worker' },
      rolldownOptions: { external: /^cloudflare:/, output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput[]
  const [chunk] = built.flatMap(({ output }) => output)
  if (chunk?.type !== 'chunk') throw new Error('Nothing was bundled.')
  return chunk.code
}
