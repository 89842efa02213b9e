import { readFile, writeFile } from 'node:fs/promises'
import { readBlocks, type Step, shortenAs, writeStep } from './readme/blocks.ts'
import { mask } from './readme/mask.ts'
import { openScenario } from './readme/scenario.ts'
import { openShell, type Service, startService } from './readme/shell.ts'

const page = new URL('../README.md', import.meta.url)
const serves = /^countersign (emulator|playground|proxy)\b(?!.*--help)/

/**
 * Runs every command of the README and replaces the output below it. A command
 * that serves goes on until the end of the next block. A command may fail only where `echo $?` is next.
 */
async function rewrite(text: string): Promise<string> {
  await using scenario = await openScenario()
  const shell = openShell(scenario)
  const lines = text.split('\n')
  const shown: { start: number; end: number; lines: readonly string[] }[] = []
  const seen = new Map<string, number>()
  /** What serves, and the step that waits for what it prints. */
  let serving: { service: Service; step: Step; above: readonly string[]; at: number } | undefined

  const seedOf = (command: string) => {
    const times = (seen.get(command) ?? 0) + 1
    seen.set(command, times)
    return `README_SEED=${times}`
  }
  const toOutput = (old: readonly string[], output: string) => shortenAs(old, mask(output, scenario))

  async function runStep({ command, output: old }: Step, next: Step | undefined): Promise<Step> {
    const real = Object.entries(scenario.ports).reduce(
      (sum, [show, use]) => sum.replaceAll(`127.0.0.1:${show}`, `127.0.0.1:${use}`),
      command,
    )
    const { output, exitCode } = await shell.run(real, seedOf(command))
    if (exitCode !== 0 && next?.command !== 'echo $?')
      throw new Error(`${command}\nended with ${exitCode}:\n${output}`)
    return { command, output: toOutput(old, output) }
  }

  try {
    for (const block of readBlocks(lines)) {
      if (block.kind === 'file') {
        await scenario.write(block.path, block.content)
        continue
      }
      const before = serving
      const steps: Step[] = []
      for (const [index, step] of block.steps.entries()) {
        if (serves.test(step.command)) {
          const above = steps.flatMap(writeStep)
          serving = { service: await startService(step.command, scenario), step, above, at: shown.length }
          steps.push(step)
        } else steps.push(await runStep(step, block.steps[index + 1]))
      }
      shown.push({ start: block.start, end: block.end, lines: steps.flatMap(writeStep) })
      if (before !== undefined) {
        const { step, above, at, service } = before
        const output = toOutput(step.output, await service.stop())
        const place = shown[at]
        if (place !== undefined) place.lines = [...above, ...writeStep({ command: step.command, output })]
        if (serving === before) serving = undefined
      }
    }
  } finally {
    await serving?.service.stop()
    shell.close()
  }
  for (const { start, end, lines: inside } of shown.toReversed()) lines.splice(start, end - start, ...inside)
  return lines.join('\n')
}

const old = await readFile(page, 'utf8')
const made = await rewrite(old)
if (!process.argv.includes('--check')) await writeFile(page, made)
else if (made !== old) {
  const [is, shouldBe] = [old.split('\n'), made.split('\n')]
  const at = shouldBe.findIndex((line, index) => line !== is[index])
  console.error(`apps/cli/README.md shows what is printed no more: run pnpm readme. Line ${at + 1} is`)
  console.error(`  ${is[at]}\nand should be\n  ${shouldBe[at]}`)
  process.exitCode = 1
}
