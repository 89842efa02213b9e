import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { openBrowser } from '../e2e/browser/open-browser.ts'

/**
 * Measures how long the playground takes on a CPU slowed down four times, from navigation until a token is shown
 * and can be sent, against a page on which Preact shows one line and a page with only that line: medians of rounds
 * in which the pages alternate, each in a new tab, from a file. The time includes the generation of an RSA key of
 * 2048 bits, which varies by chance. It also measures how much CPU time the page's main thread takes until then,
 * which other programs on the computer hardly change. Needs `pnpm build` and Debian's chromium.
 */
const slowdown = 4
const rounds = 20
const playground = fileURLToPath(new URL('../apps/playground', import.meta.url))
const limits = { paintMs: 1000, readyMs: 1500, scriptBytes: 150_000 }

/** Whether a page is ready: expressions that the page evaluates in each frame. */
const hasLine = "document.querySelector('#line') !== null"
const canSend =
  "document.querySelector('[data-testid=token]')?.textContent.startsWith('ey') && document.querySelector('[data-testid=send]')?.getAttribute('aria-disabled') === 'false'"

const line = '<!doctype html><meta charset="utf-8"><title>Line</title>'

function writeEmptyPage(folder: string): string {
  const path = join(folder, 'empty.html')
  writeFileSync(path, `${line}<p id="line">A line</p>`)
  return path
}

/** Inside the playground's folder, so that it uses the same Preact. */
async function writePreactPage(folder: string): Promise<string> {
  const entry = join(folder, 'line.js')
  writeFileSync(
    entry,
    "import { h, render } from 'preact'\nrender(h('p', { id: 'line' }, 'A line'), document.querySelector('#root'))\n",
  )
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { lib: { entry, formats: ['iife'], name: 'line', fileName: () => 'line.js' }, outDir: 'built' },
  })
  const path = join(folder, 'built', 'line.html')
  writeFileSync(path, `${line}<div id="root"></div><script defer src="line.js"></script>`)
  return path
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? 0
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2
}

const [script] = globSync(join(playground, 'dist/assets/*.js'))
if (script === undefined) throw new Error('The page is not built. Run `pnpm build` first.')
const folder = mkdtempSync(join(playground, 'node_modules/.bench-'))
const browser = await openBrowser()

const paints: number[] = []

async function timeOf(path: string, ready: string): Promise<number> {
  const page = await browser.context.newPage()
  const session = await browser.context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await page.addInitScript(
    `requestAnimationFrame(function look() { ${ready} ? (window.readyAt = performance.now()) : requestAnimationFrame(look) })`,
  )
  await page.goto(pathToFileURL(path).href)
  const handle = await page.waitForFunction(() => (globalThis as { readyAt?: number }).readyAt)
  const time = (await handle.jsonValue()) ?? Number.NaN
  if (ready === canSend)
    paints.push(
      await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      ),
    )
  await page.close()
  return time
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  /** CPU time of the thread, microseconds. */
  tdur?: number
}

/** CPU time of the main thread from navigation until a token can be sent, milliseconds, not slowed down. */
async function cpuTimeOf(path: string): Promise<number> {
  const page = await browser.context.newPage()
  await page.addInitScript(
    `requestAnimationFrame(function look() { ${canSend} ? performance.mark('can-send') : requestAnimationFrame(look) })`,
  )
  const session = await browser.context.newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  const traceConfig = { includedCategories: ['toplevel', 'blink.user_timing'] }
  await session.send('Tracing.start', { traceConfig, transferMode: 'ReportEvents' })
  await page.goto(pathToFileURL(path).href)
  await page.waitForFunction(() => performance.getEntriesByName('can-send').length > 0)
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()))
  await session.send('Tracing.end')
  await complete
  await page.close()
  const mark = events.find(({ name }) => name === 'can-send')
  if (mark === undefined) throw new Error('The trace does not contain the mark.')
  const tasks = events.filter(
    ({ name, ph, pid, tid, ts }) =>
      ph === 'X' && name.endsWith('RunTask') && pid === mark.pid && tid === mark.tid && ts <= mark.ts,
  )
  return tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000
}

try {
  const pages: Record<string, [path: string, ready: string]> = {
    'a line': [writeEmptyPage(folder), hasLine],
    'a line by Preact': [await writePreactPage(folder), hasLine],
    playground: [join(playground, 'dist/index.html'), canSend],
  }
  const times = new Map(Object.keys(pages).map((name) => [name, [] as number[]]))
  for (const [path, ready] of Object.values(pages)) await timeOf(path, ready)
  for (let round = 0; round < rounds; round++) {
    for (const [name, [path, ready]] of Object.entries(pages))
      times.get(name)?.push(await timeOf(path, ready))
  }
  const base = median(times.get('a line by Preact') ?? [])
  for (const [name, values] of times) {
    const figures = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
      value.toFixed(0).padStart(6),
    )
    process.stdout.write(
      `${name.padEnd(16)}${figures[0]} ms  ${(median(values) / base).toFixed(2)} x  (${figures[1]} to${figures[2]} ms)\n`,
    )
  }
  const cpuTimes: number[] = []
  for (let round = 0; round < rounds; round++)
    cpuTimes.push(await cpuTimeOf(join(playground, 'dist/index.html')))
  const cpuTime = median(cpuTimes)
  process.stdout.write(
    `CPU time of the main thread ${cpuTime.toFixed(0)} ms, ${(cpuTime * slowdown).toFixed(0)} ms on a CPU slowed ${slowdown} times\n`,
  )
  const bytes = gzipSync(readFileSync(script), { level: 9 }).length
  process.stdout.write(`script, gzipped ${(bytes / 1000).toFixed(1)} kB\n`)
  process.stdout.write(
    `first contentful paint ${median(paints).toFixed(0)} ms (limit ${limits.paintMs})\nlimits: ${limits.readyMs} ms on a CPU slowed ${slowdown} times, ${limits.scriptBytes / 1000} kB\n`,
  )
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
