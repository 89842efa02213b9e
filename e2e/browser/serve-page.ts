import { createServer, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'

/** A request that the page sent home. */
export interface Arrival {
  method: string
  target: string
  authorization: string
  body: Buffer
}

/** The page on loopback, and what it sends there. */
export interface ServedPage {
  url: string
  arrivals: readonly Arrival[]
  close(): void
}

/** Bundles the packages as they are published, for a browser. */
async function bundlePage(): Promise<string> {
  const bundle = (await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: 'page.ts', formats: ['es'], fileName: 'page' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })) as Rolldown.RolldownOutput[]
  const [chunk] = bundle.flatMap(({ output }) => output)
  if (chunk?.type !== 'chunk') throw new Error('The page was not bundled.')
  return chunk.code
}

/** Serves the page; whatever else arrives is kept and answered with 200. */
export async function servePage(): Promise<ServedPage> {
  const script = await bundlePage()
  const arrivals: Arrival[] = []
  const server = createServer(async (request, response) => {
    if (request.url === '/page.js')
      return void response.setHeader('content-type', 'text/javascript').end(script)
    if (request.url === '/')
      return void response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>')
    arrivals.push(await arrivalOf(request))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`,
    arrivals,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function arrivalOf(request: IncomingMessage): Promise<Arrival> {
  const { method = '', url: target = '' } = request
  const body = Buffer.concat(await request.toArray())
  return { method, target, authorization: request.headers.authorization ?? '', body }
}
