import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, parseEnv } from 'node:util'
import { Miniflare } from 'miniflare'
import { buildWorker } from './build-worker.ts'

/**
 * `wrangler dev FILE --port N --compatibility-date DATE`, as far as the documentation uses it: the same runtime, with
 * the variables of `.dev.vars`.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, 'compatibility-date': { type: 'string' } },
})
const worker = new Miniflare({
  modules: true,
  script: await buildWorker(join(process.cwd(), positionals[1] ?? '')),
  compatibilityDate: values['compatibility-date'] ?? '',
  bindings: parseEnv(readFileSync('.dev.vars', 'utf8')) as Record<string, string>,
  host: '127.0.0.1',
  port: Number(values.port),
})
await worker.ready
