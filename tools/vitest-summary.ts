import type { Reporter, TestModule } from 'vitest/node'
import { serviceProjects } from './services.ts'

/** Ends the output with what was left out and the plain line that machines read: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    // A file that cannot be loaded, or whose set-up fails: none of its tests has failed, since none was run.
    const broken = modules.filter(
      (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    ).length
    const failed = count('failed') + broken + errors.length
    const notRun = serviceProjects(process.cwd()).filter(({ run }) => !run)
    const lines = [...notRun.map((project) => project.notRun), `${count('passed')} passed, ${failed} failed`]
    process.stdout.write(`\n${lines.join('\n')}\n`)
  }
}
