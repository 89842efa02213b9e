import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { Miniflare } from 'miniflare'
import { buildWorker } from './build-worker.ts'

/** `wrangler dev --port N`, as far as the documentation uses it: the same runtime, `wrangler.json` and `.dev.vars`. */
const { values } = parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } })
const { main, compatibility_date: compatibilityDate } = JSON.parse(readFileSync('wrangler.json', 'utf8')) as {
  main: string
  compatibility_date: string
}
const worker = new Miniflare({
  modules: true,
  script: await buildWorker(join(process.cwd(), main)),
  compatibilityDate,
  bindings: parseEnv(readFileSync('.dev.vars', 'utf8')) as Record<string, string>,
  host: '127.0.0.1',
  port: Number(values.port),
})
await worker.ready
