import { ProcessFault, type SignerProcess } from './signer-process.ts'

/** Programs that are kept for the next question. */
export interface SignerPool {
  /**
   * Asks a program that is free, starts one, or waits until one is free.
   *
   * @throws {ProcessFault}
   */
  ask(line: string): Promise<string>
  /** Ends those that are free; the others end after their answer, and so does one that is started later. */
  release(): Promise<void>
}

/** So many run at a time; each answers one question at a time. */
const mostPrograms = 4

/** Makes a pool of one program. */
export function createSignerPool(start: () => SignerProcess): SignerPool {
  const free: SignerProcess[] = []
  const queue: (() => void)[] = []
  let busy = 0
  let released = false

  async function askFree(line: string): Promise<string> {
    const kept = free.pop()
    if (kept?.alive === true) {
      try {
        return await askOne(kept, line)
      } catch (error) {
        // It exited after its last answer, which it may; then nothing was signed.
        if (!(error instanceof ProcessFault && error.peaceful)) throw error
      }
    }
    return askOne(start(), line)
  }

  async function askOne(program: SignerProcess, line: string): Promise<string> {
    const answer = await program.ask(line)
    if (released) await program.close()
    else if (program.alive) free.push(program)
    return answer
  }

  return {
    async ask(line) {
      if (busy >= mostPrograms) await new Promise<void>((resolve) => queue.push(resolve))
      else busy += 1
      try {
        return await askFree(line)
      } finally {
        const next = queue.shift()
        if (next === undefined) busy -= 1
        else next()
      }
    },
    async release() {
      released = true
      await Promise.all(free.splice(0).map((program) => program.close()))
    },
  }
}
