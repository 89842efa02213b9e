import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs, parseEnv } from 'node:util'

/** `wrangler dev` without Wrangler: serves the Worker of the current folder with the variables of `.dev.vars`. */
interface Worker {
  fetch(request: Request, env: Readonly<Record<string, string | undefined>>): Promise<Response>
}

const { values } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true })
const { main } = JSON.parse(readFileSync('wrangler.json', 'utf8')) as { main: string }
const { default: worker } = (await import(pathToFileURL(resolve(main)).href)) as { default: Worker }
const env = parseEnv(readFileSync('.dev.vars', 'utf8'))

createServer(async ({ url = '/', headers }, outgoing) => {
  const response = await worker.fetch(new Request(new URL(url, `http://${headers.host}`)), env)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(await response.text())
}).listen(Number(values.port), '127.0.0.1')
